# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `zq_drift` returns of many devices, and writes down of all."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_drift
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, run

AWX_KEEPS = 700_000  # bytes of a task's result
SECRET = "Kq7vX2-Zr9wT4"


def fleet(platform: Platform, differing: int, matching: int) -> list[dict[str, Any]]:
    """Devices, each of an organization of its own, as they are declared."""
    config = []
    for number in range(differing + matching):
        name = f"device-{number:06d}"
        platform.add(name, description="as it is", organization_id=number + 1)
        description = "x" * 600 if number < differing else "as it is"
        config.append({"name": name, "description": description})
    return config


def parts(result: dict[str, Any]) -> dict[str, Any]:
    return {key: result[key] for key in ("devices", "matching")}


def test_the_file_has_what_is_returned_where_all_of_it_is(
    platform: Platform, tmp_path: Path
) -> None:
    config = fleet(platform, 3, 4)
    file = tmp_path / "new" / "drift.json"
    result = run(zq_drift, platform, config=config, results_file=str(file))
    assert [len(result["devices"]), len(result["matching"])] == [3, 4]
    assert json.loads(file.read_text(encoding="utf-8")) == parts(result)
    # Nobody else may read it.
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("differing", "matching"), [(0, 3_000), (3_000, 0), (1_500, 1_500)])
def test_of_the_problems_no_more_is_returned_than_awx_keeps(
    platform: Platform, tmp_path: Path, differing: int, matching: int
) -> None:
    config = fleet(platform, differing, matching)
    whole = run(zq_drift, platform, config=config)
    file = tmp_path / "drift.json"
    given: dict[str, Any] = {"include_results": "problems", "results_file": str(file)}
    result = run(zq_drift, platform, config=config, **given)
    assert len(json.dumps(result)) < AWX_KEEPS
    assert "matching" not in result
    assert result["devices"] == whole["devices"][: len(result["devices"])]
    assert bool(result["devices"]) is bool(differing)
    for key in ("headline", "lines", "summary", "drifted"):
        assert result[key] == whole[key]
    assert json.loads(file.read_text(encoding="utf-8")) == parts(whole)


def test_problems_are_what_drifted_alone(platform: Platform) -> None:
    for name in ("same", "other", "extra"):
        platform.add(name, description="x", organization_id=1)
    config = [{"name": "same"}, {"name": "other", "description": "y"}]
    scope = {"organization": 1}
    result = run(zq_drift, platform, config=config, scope=scope, include_results="problems")
    assert [one["name"] for one in result["devices"]] == ["other"]
    assert result["summary"]["undeclared"] == 1


def test_a_file_that_cannot_be_written_is_seen_before_anything_is_read(
    platform: Platform, tmp_path: Path
) -> None:
    config = fleet(platform, 1, 0)
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = str(tmp_path / "file" / "drift.json")
    error = failure(zq_drift, platform, config=config, results_file=path)
    assert "results_file" in error.message
    assert not platform.seen


def test_no_secret_is_in_the_file(platform: Platform, tmp_path: Path) -> None:
    platform.add("d0", description=f"has {SECRET} in it")
    platform.add(SECRET, description="x")
    config = [
        {"name": "d0", "description": "new", "password": SECRET},
        {"name": SECRET, "description": f"also {SECRET}"},
    ]
    file = tmp_path / "drift.json"
    run(zq_drift, platform, config=config, results_file=str(file))
    kept = json.loads(file.read_text(encoding="utf-8"))
    fields = [one["fields"] for one in kept["devices"]]
    assert "********" in str(fields)
    assert SECRET not in str(fields)
    # A name stays one, whatever somebody has as a password.
    assert SECRET in [one["name"] for one in kept["devices"]]
