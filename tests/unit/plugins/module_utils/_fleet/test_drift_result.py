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
from ansible_collections.zequenze.control.plugins.module_utils._fleet import (
    drift_result as _drift_result,
)
from ansible_collections.zequenze.control.plugins.modules import zq_drift
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import TOKEN, Platform
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


def without_free_texts(devices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With whether there is one in the place of each."""
    shown = []
    for device in devices:
        fields = [
            {**one, "declared": bool(one["declared"]), "actual": bool(one["actual"])}
            if one["field"] == "description"
            else one
            for one in device["fields"]
        ]
        violations = [{**one, "reason": bool(one["reason"])} for one in device["violations"]]
        shown.append({**device, "fields": fields, "violations": violations})
    return shown


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
    # And not much less.
    assert len(result["devices"]) >= min(differing, 400)
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


def test_without_a_file_nothing_is_made_for_one(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_drift_result, "_for_file", None)
    assert run(zq_drift, platform, config=fleet(platform, 1, 1))["drifted"]


# Each is a part of a key, of a name, or of a value that is no free text.
@pytest.mark.parametrize("password", [SECRET, "1234", "name", "field", "e"])
def test_no_secret_is_in_the_free_texts_of_the_file(
    platform: Platform, tmp_path: Path, password: str
) -> None:
    platform.add("d0", description=f"has <{password}> in it", serial_number=f"ZQ{password}")
    platform.add(f"d-{password}", description="x")
    config = [
        {
            "name": "d0",
            "description": "new",
            "serial_number": f"ZQ{password}X",
            "password": password,
        },
        {"name": f"d-{password}", "description": f"also <{password}>"},
    ]
    policy = {"name": {"value": "^x", "why": f"<{password}> says so"}}
    file = tmp_path / "drift.json"
    result = run(zq_drift, platform, config=config, results_file=str(file), policy=policy)
    text = file.read_text(encoding="utf-8")
    assert f"<{password}>" not in text
    kept = json.loads(text)["devices"]
    # All else is itself, whatever somebody has as a password.
    assert without_free_texts(kept) == without_free_texts(result["devices"])
    assert "********" in text


def test_the_token_is_nowhere_in_the_file(platform: Platform, tmp_path: Path) -> None:
    platform.add("d0", description=f"has {TOKEN}", location_name=f"at {TOKEN}")
    platform.add(f"named {TOKEN}")
    config = [{"name": "d0", "location_name": "x"}, {"name": f"named {TOKEN}"}]
    file = tmp_path / "drift.json"
    run(zq_drift, platform, config=config, results_file=str(file))
    text = file.read_text(encoding="utf-8")
    assert TOKEN not in text
    assert "********" in text
