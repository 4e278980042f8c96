# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device that is deleted is written as it was, before it goes, so that it can be declared again."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.module_utils._devices import Device, DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._fleet import records as _records
from ansible_collections.zequenze.control.plugins.module_utils._plan import Write
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, looked, path, run

NAMES = ("r1", "r2", "r3")
GONE: dict[str, Any] = {"state": "deleted", "config": [{"name": name} for name in NAMES]}


def three(platform: Platform) -> None:
    for number, name in enumerate(NAMES):
        platform.add(
            name,
            serial_number=f"S{number}",
            description='a "text": {{ here }}, \u202e \U0001f600 \u2028 # no comment',
            organization_id=1,
            username="acs",
            update_frequency=900,
            debug=True,
            latitude="12.500000",
        )


def as_they_were(platform: Platform) -> dict[str, dict[str, Any]]:
    kept = ("name", "serial_number", "description", "organization_id", "username", "latitude")
    found = {}
    for name, device in platform.devices.items():
        found[name] = {key: device[key] for key in (*kept, "update_frequency", "debug", "type")}
    return found


def test_beside_the_plan_as_a_file_of_devices(platform: Platform, tmp_path: Path) -> None:
    three(platform)
    before = as_they_were(platform)
    given: dict[str, Any] = {**GONE, "plan_file": str(tmp_path / "plan.json")}
    run(zq_fleet, platform, check=True, **given)
    file = tmp_path / "plan.deleted.yml"
    assert not file.exists()
    platform.sent()
    result = run(zq_fleet, platform, concurrency=1, **given)
    assert platform.sent() == [
        *map(looked, NAMES),
        *(call for name in NAMES for call in (looked(name), ("DELETE", path(name), None))),
    ]
    assert platform.devices == {}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"# Deleted by the plan {result['plan_digest']} of ")
    kept = yaml.safe_load(text)
    assert [one["name"] for one in kept] == list(NAMES)
    run(zq_fleet, platform, config=kept)
    assert as_they_were(platform) == before
    # What is deleted again is added: nothing that was kept is lost.
    run(zq_fleet, platform, concurrency=8, **given)
    assert len(yaml.safe_load(file.read_text(encoding="utf-8"))) == 6


def test_in_the_journal_where_there_is_one(platform: Platform, tmp_path: Path) -> None:
    three(platform)
    before = as_they_were(platform)
    file = tmp_path / "journal.jsonl"
    files: dict[str, Any] = {"plan_file": str(tmp_path / "plan.json"), "journal_file": str(file)}
    run(zq_fleet, platform, concurrency=8, **GONE, **files)
    lines = list(map(json.loads, file.read_text(encoding="utf-8").splitlines()))
    assert sorted(line["status"] for line in lines) == ["begun"] * 3 + ["done"] * 3
    kept = [line["device"] for line in lines if "device" in line]
    assert len(kept) == 3
    assert sorted(one.name for one in tmp_path.iterdir()) == ["journal.jsonl", "plan.json"]
    run(zq_fleet, platform, config=kept)
    assert as_they_were(platform) == before


def test_what_cannot_be_kept_is_not_deleted(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(platform)
    given: dict[str, Any] = {**GONE, "plan_file": str(tmp_path / "plan.json")}
    (tmp_path / "plan.deleted.yml").mkdir()
    error = failure(zq_fleet, platform, **given)
    assert "plan.deleted.yml' is a folder, and no file" in error.message
    (tmp_path / "plan.deleted.yml").rmdir()

    def full(*_args: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_records, "open_to_append", full)
    error = failure(zq_fleet, platform, concurrency=1, **given)
    assert [one["status"] for one in error.partial["results"]] == ["failed", "skipped", "skipped"]
    assert "cannot be written: No space left on device" in error.message
    assert list(platform.devices) == list(NAMES)
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_what_is_gone_or_somebody_elses_by_then(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(platform)
    given: dict[str, Any] = {**GONE, "scope": {"organization": 1}, "concurrency": 1}
    given["plan_file"] = str(tmp_path / "plan.json")
    carry_out = DeviceApi.carry_out

    def meanwhile(api: DeviceApi, write: Write, device_id: int | None = None) -> Device:
        platform.devices.pop("r2", None)
        platform.devices["r3"]["organization_id"] = 2
        return carry_out(api, write, device_id)

    monkeypatch.setattr(DeviceApi, "carry_out", meanwhile)
    error = failure(zq_fleet, platform, **given)
    assert [one["status"] for one in error.partial["results"]] == ["done", "done", "failed"]
    assert "belongs to someone else now" in error.message
    assert list(platform.devices) == ["r3"]
    kept = yaml.safe_load((tmp_path / "plan.deleted.yml").read_text(encoding="utf-8"))
    assert [one["name"] for one in kept] == ["r1"]


def test_another_device_of_the_name_is_not_deleted(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(platform)
    carry_out = DeviceApi.carry_out

    def meanwhile(api: DeviceApi, write: Write, device_id: int | None = None) -> Device:
        platform.devices["r2"]["id"] = 4711
        return carry_out(api, write, device_id)

    monkeypatch.setattr(DeviceApi, "carry_out", meanwhile)
    given = {**GONE, "concurrency": 1, "plan_file": str(tmp_path / "plan.json")}
    error = failure(zq_fleet, platform, **given)
    assert [one["status"] for one in error.partial["results"]] == ["done", "failed", "done"]
    assert "another device has the name 'r2' since the plan was made" in error.message
    assert list(platform.devices) == ["r2"]
    kept = yaml.safe_load((tmp_path / "plan.deleted.yml").read_text(encoding="utf-8"))
    assert [one["name"] for one in kept] == ["r1", "r3"]
