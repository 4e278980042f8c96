# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The export: the same fleet gives the same bytes, and what is written is read back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.module_utils._fleet import export as _export
from ansible_collections.zequenze.control.plugins.modules import zq_export, zq_fleet
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import Files
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, run
from hypothesis import given
from hypothesis import strategies as st

FILES = Files(lambda path: Path(path).read_text(encoding="utf-8"), lambda text: text)
# What the platform can hold: text that it has trimmed, and no lone surrogates.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1
).filter(lambda text: text == text.strip())


def seed(platform: Platform, organization: int, *names: str, **fields: Any) -> None:
    for name in names:
        platform.add(name, organization_id=organization, serial_number=f"S-{name}", **fields)


def exported(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.iterdir())}


def actions(result: dict[str, Any]) -> dict[str, str]:
    return {Path(file["path"]).name: file["action"] for file in result["files"]}


def test_absent_then_there_then_the_same(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", "two")
    seed(platform, 2, "three")
    folder = tmp_path / "new" / "devices"
    predicted = run(zq_export, platform, check=True, path=str(folder))
    assert not folder.exists()
    first = run(zq_export, platform, path=str(folder))
    assert first == predicted
    assert first["changed"]
    assert actions(first) == {"organization_1.yml": "create", "organization_2.yml": "create"}
    assert first["summary"] == {
        "devices": 3,
        "created": 2,
        "updated": 0,
        "removed": 0,
        "unchanged": 0,
    }
    stamps = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    again = run(zq_export, platform, path=str(folder))
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == stamps


@pytest.mark.parametrize("state", ["merged", "replaced"])
def test_applied_back_it_is_no_change(platform: Platform, tmp_path: Path, state: str) -> None:
    seed(
        platform,
        1,
        "one",
        "two",
        "{{ three }}",
        "4: #",
        update_frequency=60,
        debug=True,
        username="u",
        customer_id="yes",
    )
    seed(platform, 1, "five", update_frequency=90, latitude="1.500000", description='a "b" \\ ü 設')
    run(zq_export, platform, path=str(tmp_path))
    result = run(zq_fleet, platform, state=state, config=read([str(tmp_path)], FILES))
    assert not result["changed"], result["plan"]
    assert result["summary"]["unchanged"] == 5


def test_what_differs_is_told_by_device(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", "two", description="old")
    run(zq_export, platform, path=str(tmp_path))
    platform.devices["one"]["description"] = "new"
    result = run(zq_export, platform, path=str(tmp_path))
    file = str(tmp_path / "organization_1.yml")
    assert set(result["diff"]["before"][file]) == set(result["diff"]["after"][file]) == {"one"}
    assert "description: new" in result["diff"]["after"][file]["one"]
    assert actions(result) == {"organization_1.yml": "update"}


def test_an_organization_that_is_gone(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one")
    seed(platform, 2, "two")
    run(zq_export, platform, path=str(tmp_path))
    (tmp_path / "organization_3.yml").write_text("# a file of the user's\n[]\n", encoding="utf-8")
    (tmp_path / "sites.yml").write_text("[]\n", encoding="utf-8")
    del platform.devices["two"]
    result = run(zq_export, platform, path=str(tmp_path))
    assert actions(result) == {"organization_1.yml": "unchanged", "organization_2.yml": "remove"}
    assert sorted(exported(tmp_path)) == ["organization_1.yml", "organization_3.yml", "sites.yml"]


def test_other_organizations_stay_with_a_scope(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one")
    seed(platform, 2, "two")
    run(zq_export, platform, path=str(tmp_path))
    before = exported(tmp_path)
    result = run(zq_export, platform, path=str(tmp_path), scope={"organization": 1})
    assert actions(result) == {"organization_1.yml": "unchanged"}
    assert exported(tmp_path) == before


def test_nothing_in_scope_removes_nothing(platform: Platform, tmp_path: Path) -> None:
    assert run(zq_export, platform, path=str(tmp_path))["files"] == []
    seed(platform, 1, "one")
    run(zq_export, platform, path=str(tmp_path))
    platform.devices.clear()
    assert "would be removed" in failure(zq_export, platform, path=str(tmp_path)).message
    assert list(exported(tmp_path)) == ["organization_1.yml"]


def test_a_file_of_someone_else_is_never_overwritten(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one")
    seed(platform, 2, "two")
    (tmp_path / "organization_2.yml").write_text("- name: two\n", encoding="utf-8")
    assert (
        "was not written by an export" in failure(zq_export, platform, path=str(tmp_path)).message
    )
    assert list(exported(tmp_path)) == ["organization_2.yml"]


def test_another_scope_of_types_is_another_folder(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", type=5)
    run(zq_export, platform, path=str(tmp_path), scope={"type": "router"})
    assert not run(zq_export, platform, path=str(tmp_path), scope={"type": ["router"]})["changed"]
    assert "another scope of types" in failure(zq_export, platform, path=str(tmp_path)).message


def test_a_folder_that_cannot_be_made(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    error = failure(zq_export, platform, path=str(tmp_path / "file" / "below"))
    assert error.errors == {"path": ["cannot be made: Not a directory"]}


def test_no_password_is_written(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", username="u")
    run(zq_export, platform, path=str(tmp_path))
    assert "password" not in exported(tmp_path)["organization_1.yml"]


def test_defaults_are_what_more_than_half_of_a_type_have() -> None:
    devices = [
        {"name": "a", "type": "x", "debug": True, "update_frequency": 1},
        {"name": "b", "type": "x", "debug": True},
        {"name": "c", "type": "x", "debug": False, "update_frequency": 1},
        {"name": "d", "type": "y", "debug": True},
    ]
    assert yaml.safe_load(_export.render(devices, 7, ())) == {
        "defaults": {"organization_id": 7},
        "type_defaults": {"x": {"update_frequency": 1, "debug": True}},
        "devices": [
            {"name": "a", "type": "x"},
            {"name": "b", "type": "x", "update_frequency": None},
            {"name": "c", "type": "x", "debug": False},
            {"name": "d", "type": "y", "debug": True},
        ],
    }


def test_the_order_in_which_the_platform_answers_does_not_matter() -> None:
    devices = [
        {"name": name, "type": kind, "debug": bool(index % 2)}
        for index, (name, kind) in enumerate(zip("cab", "xxy"))
    ]
    assert _export.render(devices, None, ()) == _export.render(devices[::-1], None, ())


@given(text=TEXTS)
def test_every_text_is_read_back(text: str) -> None:
    assert yaml.safe_load(f"x: {_export.scalar(text)}") == {"x": text}


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "No",
        "null",
        "~",
        "1",
        "1e3",
        "0x1f",
        "12:30",
        "2026-01-01",
        ".inf",
        "a: b",
        "a #b",
        "- a",
        "",
        "=",
        "<<",
    ],
)
def test_texts_that_yaml_would_take_for_something_else(text: str) -> None:
    assert yaml.safe_load(f"x: {_export.scalar(text)}") == {"x": text}
    assert _export.scalar(text).startswith('"')


@given(
    fleet=st.dictionaries(
        TEXTS,
        st.fixed_dictionaries(
            {"type": st.sampled_from(["router", "7", "yes"])},
            optional={
                "is_active": st.booleans(),
                "update_frequency": st.integers(0, 3),
                "debug": st.booleans(),
                "description": TEXTS,
                "username": st.sampled_from(["u", "v"]),
            },
        ),
        max_size=12,
    ),
    organization=st.one_of(st.none(), st.integers(0, 3)),
)
def test_every_fleet_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, fleet: dict[str, Any], organization: int | None
) -> None:
    folder = tmp_path_factory.mktemp("export")
    devices = [
        {"name": name, "organization_id": organization, **fields}
        for name, fields in fleet.items()
        if name not in (".", "..")
    ]
    (folder / "file.yml").write_text(_export.render(devices, organization, ()), encoding="utf-8")
    if not devices:
        return
    found = read([str(folder)], FILES)
    expected = [
        {key: value for key, value in device.items() if value is not None} for device in devices
    ]
    assert sorted(found, key=lambda one: str(one["name"])) == sorted(
        expected, key=lambda one: str(one["name"])
    )
