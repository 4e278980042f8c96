# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of many devices a fleet task returns, and the file that holds the rest."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    TOKEN,
    Platform,
    detail,
)
from ansible_collections.zequenze.control.tests.unit.support import failure, fleet, run

MANY = 10_000
AWX_CUTS = 700_000  # bytes of a task's result


def declared(names: list[str], changed: int, text: str = "new") -> list[dict[str, Any]]:
    """Of the devices as they are, so many with another description."""
    texts = [text] * changed + ["old"] * (len(names) - changed)
    return [{"name": name, "description": one} for name, one in zip(names, texts)]


def names_of(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]


@pytest.mark.parametrize(
    ("include", "planned", "told"),
    [
        (None, ["d0", "d1"], ["d0", "d1"]),
        ("changes", ["d0", "d1"], ["d0", "d1"]),
        ("all", ["d0", "d1", "d2", "d3"], ["d0", "d1"]),
        ("problems", [], []),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_what_is_returned(
    platform: Platform, check: bool, include: str | None, planned: list[str], told: list[str]
) -> None:
    config = declared(fleet(platform, 4), 2)
    result = run(zq_fleet, platform, check=check, config=config, include_results=include)
    assert names_of(result["plan"]) == planned
    assert names_of(result["results"]) == told
    assert result["summary"]["updated"] == 2
    assert result["changed"] is True


def test_the_digest_is_the_same_whatever_is_returned(platform: Platform) -> None:
    config = declared(fleet(platform, 4), 2)
    plans = [
        run(zq_fleet, platform, check=True, config=config, include_results=include)
        for include in ("changes", "all", "problems")
    ]
    assert len({plan["plan_digest"] for plan in plans}) == 1


def test_of_the_problems_are_plan_and_results(platform: Platform, tmp_path: Path) -> None:
    config = declared(fleet(platform, 4), 3)
    platform.fail("PATCH", detail(400, "No."))
    file = tmp_path / "new" / "results.json"
    error = failure(
        zq_fleet,
        platform,
        config=config,
        include_results="problems",
        concurrency=1,
        results_file=str(file),
    )
    assert names_of(error.partial["plan"]) == names_of(error.partial["results"]) == ["d0"]
    # The file has all, and nobody else may read it.
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert names_of(kept["plan"]) == ["d0", "d1", "d2"]
    assert [one["status"] for one in kept["results"]] == ["failed", "done", "done"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_refused_run_leaves_the_plan_and_no_results(platform: Platform, tmp_path: Path) -> None:
    config = declared(fleet(platform, 4), 3)
    file = tmp_path / "results.json"
    failure(zq_fleet, platform, config=config, max_changes="1", results_file=str(file))
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert names_of(kept["plan"]) == ["d0", "d1", "d2"]
    assert "results" not in kept


def test_no_secret_is_in_the_file(platform: Platform, tmp_path: Path) -> None:
    fleet(platform, 2)
    config = [
        {"name": "d0", "description": "has pw-Zk81 in it", "password": "pw-Zk81"},
        {"name": "pw-Zk81", "type": 7, "description": "new"},
    ]
    platform.fail("PATCH", detail(400, "pw-Zk81 is too short"))
    file = tmp_path / "results.json"
    options: dict[str, Any] = {"update_password": "always", "results_file": str(file)}
    failure(zq_fleet, platform, config=config, concurrency=1, **options)
    kept = json.loads(file.read_text(encoding="utf-8"))
    texts = [one["reason"] for one in kept["results"]]
    texts += [one["after"].get("description", "") for one in kept["plan"]]
    assert "********" in str(texts)
    assert "pw-Zk81" not in str(texts)
    # A name stays one, whatever somebody has as a password.
    assert "pw-Zk81" in names_of(kept["plan"])


def test_a_note_that_repeats_a_secret_is_masked_in_the_file(
    platform: Platform, tmp_path: Path
) -> None:
    # So many that the list is read, which tells who has a serial number.
    config: list[dict[str, Any]] = [{"name": name} for name in fleet(platform, 6)]
    platform.devices["d0"]["serial_number"] = "pw-Zk81"
    config[1:] += [
        {"name": "new", "type": 7, "serial_number": "pw-Zk81"},
        {"name": "another", "type": 7, "password": "pw-Zk81"},
    ]
    file = tmp_path / "results.json"
    run(zq_fleet, platform, check=True, config=config, results_file=str(file))
    entry = json.loads(file.read_text(encoding="utf-8"))["plan"][0]
    assert "the platform will refuse the serial number ********" in entry["note"]


def test_a_file_that_cannot_be_written_is_told_before_the_platform_is_read(
    platform: Platform, tmp_path: Path
) -> None:
    config = declared(fleet(platform, 2), 1)
    error = failure(zq_fleet, platform, config=config, results_file=str(tmp_path))
    assert isinstance(error, InputError)
    assert error.option == "results_file"
    assert not platform.seen


@pytest.mark.parametrize(
    ("length", "check"),
    [
        (80, True),
        pytest.param(4000, True, marks=pytest.mark.thorough),
        pytest.param(80, False, marks=pytest.mark.thorough),
        pytest.param(4000, False, marks=pytest.mark.thorough),
    ],
)
def test_with_problems_alone_awx_does_not_cut_it(
    platform: Platform, length: int, check: bool
) -> None:
    config = declared(fleet(platform, MANY), MANY, "x" * length)
    result = run(zq_fleet, platform, check=check, config=config, include_results="problems")
    assert result["summary"]["updated"] == MANY
    assert len(json.dumps(result)) < AWX_CUTS


def test_nor_where_all_have_failed(platform: Platform) -> None:
    count = 700
    config = declared(fleet(platform, count), count, "x" * 4000)
    platform.fail("PATCH", *(detail(400, f"No {number}. " * 200) for number in range(count)))
    error = failure(zq_fleet, platform, config=config, include_results="problems")
    assert error.partial["summary"]["failed"] == count
    assert len(json.dumps(error.to_dict())) < AWX_CUTS


def test_the_token_is_nowhere_in_the_file(platform: Platform, tmp_path: Path) -> None:
    fleet(platform, 1)
    config = [{"name": "d0", "location_name": f"at {TOKEN}", "description": f"has {TOKEN}"}]
    file = tmp_path / "results.json"
    run(zq_fleet, platform, check=True, config=config, results_file=str(file))
    text = file.read_text(encoding="utf-8")
    assert TOKEN not in text
    assert '"location_name": "at ********"' in text
