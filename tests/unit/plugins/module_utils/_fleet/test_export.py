# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The export: the same fleet gives the same bytes, and what is written is read back as it was."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._files import write_text
from ansible_collections.zequenze.control.plugins.module_utils._fleet import export as _export
from ansible_collections.zequenze.control.plugins.module_utils._fleet import exported as _exported
from ansible_collections.zequenze.control.plugins.module_utils._fleet import render as _render
from ansible_collections.zequenze.control.plugins.module_utils._fleet.split import (
    SPLITS,
    groups_of,
)
from ansible_collections.zequenze.control.plugins.modules import zq_export, zq_fleet
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import Files
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, listed, run
from hypothesis import given
from hypothesis import strategies as st

FILES = Files(lambda path: Path(path).read_bytes(), lambda text: text)
# What the platform can hold: text that it has trimmed, and no lone surrogates.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1
).filter(lambda text: text == text.strip())

# What can be declared again: without characters that nobody sees, and no spreadsheet's formula.
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1
).filter(lambda text: text == text.strip() and not text.startswith('="'))


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


@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize("state", ["merged", "replaced"])
def test_applied_back_it_is_no_change(
    platform: Platform, tmp_path: Path, state: str, detail: bool
) -> None:
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
    run(zq_export, platform, path=str(tmp_path), detail=detail)
    text = exported(tmp_path)["organization_1.yml"]
    assert all((name in text) is detail for name in ("update_frequency", "username", "debug"))
    assert ("keep_detail: true" in text) is not detail
    result = run(zq_fleet, platform, state=state, config=read([str(tmp_path)], FILES))
    assert not result["changed"], result["plan"]
    assert result["summary"]["unchanged"] == 5


OF_ONE = {"organization": 1}


@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_a_fleet_that_was_exported_is_planned_by_pages_alone(
    platform: Platform, tmp_path: Path, state: str
) -> None:
    names = [f"d{number:03}" for number in range(250)]
    seed(platform, 1, *names, update_frequency=60, debug=True, username="u", firmware_image=17)
    folder: dict[str, Any] = {"path": str(tmp_path), "scope": OF_ONE}
    run(zq_export, platform, **folder)
    pages = sorted((listed(offset, organization=1) for offset in (0, 99, 198)), key=str)
    assert sorted(platform.sent(), key=str) == pages
    written = exported(tmp_path)
    config = read([str(tmp_path)], FILES)
    result = run(zq_fleet, platform, check=True, state=state, config=config, scope=OF_ONE)
    assert sorted(platform.sent(), key=str) == pages
    assert (result["changed"], result["summary"]["unchanged"]) == (False, 250)
    assert result["summary"]["requests"] == 3
    assert run(zq_export, platform, **folder)["changed"] is False
    assert exported(tmp_path) == written
    platform.sent()
    run(zq_export, platform, **folder, detail=True)
    assert len(platform.sent()) == 3 + 250


def test_a_replacement_keeps_what_the_export_left_out(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", "two", update_frequency=60, debug=True, username="u", description="x")
    run(zq_export, platform, path=str(tmp_path))
    config = read([str(tmp_path)], FILES)
    config[0]["description"] = "new"
    del config[1]["description"]
    platform.sent()
    result = run(zq_fleet, platform, state="replaced", config=config)
    assert result["diff"]["after"] == {"one": {"description": "new"}, "two": {"description": ""}}
    puts = [body for method, _path, body in platform.sent() if method == "PUT"]
    kept = {"debug": True, "update_frequency": 60, "username": "u"}
    assert [{name: body[name] for name in kept} for body in puts] == [kept, kept]
    # Without the mark, what is not declared is reset.
    del config[0]["keep_detail"]
    again = run(zq_fleet, platform, state="replaced", config=config)
    assert again["diff"]["after"] == {"one": {"debug": False}}


def test_a_snapshot_has_what_the_files_have_not(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", update_frequency=60)
    run(zq_export, platform, path=str(tmp_path / "out"), snapshot=str(tmp_path / "all.json"))
    (device,) = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert device["update_frequency"] == 60
    assert "update_frequency" not in exported(tmp_path / "out")["organization_1.yml"]


def test_what_differs_is_told_by_device(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", "two", description="old")
    run(zq_export, platform, path=str(tmp_path))
    platform.devices["one"]["description"] = "new"
    result = run(zq_export, platform, path=str(tmp_path))
    file = str(tmp_path / "organization_1.yml")
    same = ["type: router", "serial_number: S-one"]
    assert result["diff"] == {
        "before": {file: {"one": [*same, "description: old"]}},
        "after": {file: {"one": [*same, "description: new"]}},
    }
    assert actions(result) == {"organization_1.yml": "update"}
    assert result["changed"] is True
    assert result["summary"] == {
        "devices": 2,
        "created": 0,
        "updated": 1,
        "removed": 0,
        "unchanged": 0,
    }


def test_a_diff_has_defaults_and_devices_that_come_and_go(
    platform: Platform, tmp_path: Path
) -> None:
    seed(platform, 1, "one", "two")
    seed(platform, 2, "three")
    run(zq_export, platform, path=str(tmp_path), detail=True)
    del platform.devices["three"], platform.devices["two"]
    seed(platform, 3, "four")
    first, second, third = (str(tmp_path / f"organization_{number}.yml") for number in (1, 2, 3))
    defaults = ["type_defaults:", "router:", "is_active: true", "debug: false"]
    diff = run(zq_export, platform, path=str(tmp_path), detail=True)["diff"]
    assert diff["before"] == {
        first: {
            "(defaults)": ["defaults:", "organization_id: 1", *defaults],
            "one": ["type: router", "serial_number: S-one"],
            "two": ["type: router", "serial_number: S-two"],
        },
        second: {
            "(defaults)": ["defaults:", "organization_id: 2"],
            "three": ["type: router", "is_active: true", "serial_number: S-three", "debug: false"],
        },
    }
    assert diff["after"] == {
        first: {
            "(defaults)": ["defaults:", "organization_id: 1"],
            "one": ["type: router", "is_active: true", "serial_number: S-one", "debug: false"],
        },
        third: {
            "(defaults)": ["defaults:", "organization_id: 3"],
            "four": ["type: router", "is_active: true", "serial_number: S-four", "debug: false"],
        },
    }


def test_devices_of_no_organization_come_last_in_a_file_of_their_own(
    platform: Platform, tmp_path: Path
) -> None:
    platform.add("free", organization_id=None)
    seed(platform, 10, "ten")
    seed(platform, 9, "nine")
    result = run(zq_export, platform, path=str(tmp_path))
    assert list(actions(result)) == [
        "organization_9.yml",
        "organization_10.yml",
        "no_organization.yml",
    ]
    assert "organization_id" not in exported(tmp_path)["no_organization.yml"]
    del platform.devices["free"]
    assert actions(run(zq_export, platform, path=str(tmp_path)))["no_organization.yml"] == "remove"


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


def test_with_a_scope_of_organizations_their_files_alone_are_removed(
    platform: Platform, tmp_path: Path
) -> None:
    for organization in (1, 2, 3):
        seed(platform, organization, f"of-{organization}")
    run(zq_export, platform, path=str(tmp_path))
    del platform.devices["of-2"], platform.devices["of-3"]
    result = run(zq_export, platform, path=str(tmp_path), scope={"organization": [1, 2]})
    assert actions(result) == {"organization_1.yml": "unchanged", "organization_2.yml": "remove"}
    assert result["changed"] is True
    assert result["summary"]["removed"] == 1
    assert sorted(exported(tmp_path)) == ["organization_1.yml", "organization_3.yml"]


def test_a_copy_of_an_exported_file_under_another_name_stays(
    platform: Platform, tmp_path: Path
) -> None:
    seed(platform, 1, "one")
    run(zq_export, platform, path=str(tmp_path))
    text = (tmp_path / "organization_1.yml").read_text(encoding="utf-8")
    for name in ("my_organization_2.yml", "organization_2.yml.orig", "organization_x.yml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert actions(run(zq_export, platform, path=str(tmp_path))) == {
        "organization_1.yml": "unchanged"
    }
    assert len(exported(tmp_path)) == 4


def test_a_file_that_is_no_text_is_never_overwritten(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one")
    file = tmp_path / "organization_1.yml"
    file.write_bytes(b"\xff\xfe")
    error = failure(zq_export, platform, path=str(tmp_path))
    assert error.message == f"path: {file} is there, and is no text. Nothing was written."
    assert file.read_bytes() == b"\xff\xfe"


def test_a_file_that_was_edited_is_the_users(platform: Platform, tmp_path: Path) -> None:
    for organization in (1, 2, 3):
        seed(platform, organization, f"of-{organization}")
    run(zq_export, platform, path=str(tmp_path))
    first, second = (tmp_path / f"organization_{number}.yml" for number in (1, 2))
    text = first.read_text(encoding="utf-8")
    # What Git does to the ends of lines is no edit.
    first.write_bytes(text.replace("\n", "\r\n").encode())
    assert not run(zq_export, platform, path=str(tmp_path))["changed"]
    first.write_text(f"{text}    description: mine\n", encoding="utf-8")
    second.write_text(second.read_text(encoding="utf-8").replace("# Edit it", "# edit it"), "utf-8")
    before = exported(tmp_path)
    platform.sent()
    for check in (True, False):
        error = failure(zq_export, platform, check=check, path=str(tmp_path))
        assert error.to_dict()["refused"]
        assert error.message == (
            f"path: {tmp_path} has 2 exported files that somebody has edited, and so made theirs:"
            " organization_1.yml, organization_2.yml. Export into another folder, and compare."
            " Nothing was written."
        )
        assert platform.sent() == []
    assert exported(tmp_path) == before
    # It is read as it is, with nothing to be taken out.
    devices = read([str(tmp_path)], FILES)
    assert [device.get("description") for device in devices] == ["mine", None, None]
    # Of other organizations none was edited.
    assert not run(zq_export, platform, path=str(tmp_path), scope={"organization": 3})["changed"]


# ---------------------------------------------------------------------------------------- splits


SITES = {
    "a": (1, "Leeds"),
    "b": (1, "leeds"),
    "c": (1, "../../etc/passwd"),
    "d": (1, "本社"),
    "e": (1, "York, Castle Street 4"),
    "f": (2, "Leeds"),
    "g": (2, ""),
    "h": (None, "Leeds"),
    "i": (None, ""),
    "j": (1, "CON"),
}


def seed_sites(platform: Platform) -> None:
    for name, (organization, site) in SITES.items():
        platform.add(
            name, organization_id=organization, location_name=site, serial_number=f"S-{name}"
        )
    platform.devices["b"].update(type=7, type_short_name="ont")


@pytest.mark.parametrize("split", ["organization", "type", "site"])
def test_however_it_is_split_it_is_read_back(
    platform: Platform, tmp_path: Path, split: str
) -> None:
    seed_sites(platform)
    run(zq_export, platform, path=str(tmp_path), split=split)
    before = exported(tmp_path)
    assert not run(zq_export, platform, path=str(tmp_path), split=split)["changed"]
    assert exported(tmp_path) == before
    config = read([str(tmp_path)], FILES)
    assert len(config) == len(SITES)
    for state in ("merged", "replaced"):
        assert not run(zq_fleet, platform, state=state, config=config)["changed"]


def test_by_site(platform: Platform, tmp_path: Path) -> None:
    seed_sites(platform)
    run(zq_export, platform, path=str(tmp_path / "out"), split="site")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    files = exported(tmp_path / "out")
    assert sorted(files) == [
        "no_site_2.yml",
        "no_site_none.yml",
        "site_1_c7cfbedb.yml",
        "site_1_con.yml",
        "site_1_etc-passwd.yml",
        "site_1_leeds-6349271a.yml",
        "site_1_leeds-c34e2cea.yml",
        "site_1_york-castle-street-4.yml",
        "site_2_leeds.yml",
        "site_none_leeds.yml",
    ]
    york = yaml.safe_load(files["site_1_york-castle-street-4.yml"])
    assert york["defaults"] == {
        "organization_id": 1,
        "location_name": "York, Castle Street 4",
        "keep_detail": True,
    }
    assert [list(device) for device in york["devices"]] == [
        ["name", "type", "is_active", "serial_number"]
    ]
    # A scope chooses the files of its organizations.
    del platform.devices["f"], platform.devices["a"]
    given: dict[str, Any] = {"path": str(tmp_path / "out"), "split": "site"}
    result = run(zq_export, platform, **given, scope={"organization": 2})
    assert actions(result) == {"no_site_2.yml": "unchanged", "site_2_leeds.yml": "remove"}
    # With the other one gone, the name is free.
    result = run(zq_export, platform, **given)
    assert {name for name, action in actions(result).items() if action != "unchanged"} == {
        "site_1_leeds.yml",
        "site_1_leeds-6349271a.yml",
        "site_1_leeds-c34e2cea.yml",
    }


def test_by_type(platform: Platform, tmp_path: Path) -> None:
    seed_sites(platform)
    given: dict[str, Any] = {"path": str(tmp_path), "split": "type"}
    run(zq_export, platform, **given)
    files = exported(tmp_path)
    assert sorted(files) == ["type_ont.yml", "type_router.yml"]
    ont = yaml.safe_load(files["type_ont.yml"])
    assert ont["defaults"] == {"type": "ont", "keep_detail": True}
    assert ont["devices"][0]["organization_id"] == 1
    # A file has the devices of several organizations, and so belongs to their scope.
    error = failure(zq_export, platform, **given, scope={"organization": 1})
    assert "was exported with another scope" in error.message
    run(
        zq_export,
        platform,
        **{**given, "path": str(tmp_path / "x")},
        scope={"organization": [2, 1]},
    )
    head = exported(tmp_path / "x")["type_ont.yml"].splitlines()
    assert head[4] == "# Only devices of the organizations: 1, 2"


def test_a_folder_belongs_to_one_split(platform: Platform, tmp_path: Path) -> None:
    seed_sites(platform)
    (tmp_path / "site_1_mine.yml").write_text("[]\n", encoding="utf-8")
    run(zq_export, platform, path=str(tmp_path))
    before = exported(tmp_path)
    platform.sent()
    error = failure(zq_export, platform, path=str(tmp_path), split="type")
    assert "was exported by organization. Give that split, or another folder." in error.message
    assert exported(tmp_path) == before
    assert platform.sent() == []


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 3)), TEXTS), unique=True))
def test_names_of_files_are_safe_and_none_is_there_twice(
    sites: list[tuple[int | None, str]],
) -> None:
    devices = [
        {"name": str(index), "organization_id": organization, "location_name": site, "type": site}
        for index, (organization, site) in enumerate(sites)
    ]
    for split in SPLITS.values():
        groups = groups_of(devices, split)
        names = [group.file for group in groups]
        assert len({name.casefold() for name in names}) == len(names)
        assert all(split.pattern.fullmatch(name) for name in names)
        assert all(len(name) < 200 for name in names)
        assert sorted(int(one["name"]) for group in groups for one in group.devices) == list(
            range(len(devices))
        )


def test_a_name_that_is_made_to_clash_does_not(platform: Platform, tmp_path: Path) -> None:
    """Whoever names a site knows the digests of others too."""
    sites = ["Leeds", "leeds"]
    first = groups_of(
        [{"name": site, "organization_id": 1, "location_name": site} for site in sites],
        SPLITS["site"],
    )
    sites += [group.file.removeprefix("site_1_").removesuffix(".yml") for group in first]
    groups = groups_of(
        [{"name": site, "organization_id": 1, "location_name": site} for site in sites],
        SPLITS["site"],
    )
    assert len({group.file for group in groups}) == 4


def test_nothing_in_scope_removes_nothing(platform: Platform, tmp_path: Path) -> None:
    assert run(zq_export, platform, path=str(tmp_path))["files"] == []
    seed(platform, 1, "one")
    run(zq_export, platform, path=str(tmp_path))
    platform.devices.clear()
    assert failure(zq_export, platform, path=str(tmp_path)).message == (
        "path: no device is in scope, so that 1 exported file would be removed. Nothing was"
        " written. If that is right, remove them by hand; otherwise see what the token may see."
    )
    assert list(exported(tmp_path)) == ["organization_1.yml"]


def test_a_file_of_someone_else_is_never_overwritten(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one")
    seed(platform, 2, "two")
    (tmp_path / "organization_2.yml").write_text("- name: two\n", encoding="utf-8")
    assert failure(zq_export, platform, path=str(tmp_path)).message == (
        f"path: {tmp_path / 'organization_2.yml'} was not written by an export."
        " Move it away, or give another folder. Nothing was written."
    )
    assert list(exported(tmp_path)) == ["organization_2.yml"]


def test_another_scope_of_types_is_another_folder(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", type=5)
    run(zq_export, platform, path=str(tmp_path), scope={"type": "router"})
    assert not run(zq_export, platform, path=str(tmp_path), scope={"type": ["router"]})["changed"]
    text = exported(tmp_path)["organization_1.yml"]
    assert text.splitlines()[4] == "# Only devices of the types: router"
    for scope in (None, {"type": ["router", "ont"]}, {"type": 5}):
        assert failure(zq_export, platform, path=str(tmp_path), scope=scope).message == (
            f"path: {tmp_path / 'organization_1.yml'} was exported with another scope."
            " Give that scope, or another folder. Nothing was written."
        )
    assert exported(tmp_path) == {"organization_1.yml": text}
    # Nor is such a file removed by an export that is not its own.
    del platform.devices["one"]
    seed(platform, 2, "two")
    assert actions(run(zq_export, platform, path=str(tmp_path))) == {"organization_2.yml": "create"}


def test_a_folder_that_cannot_be_made(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    error = failure(zq_export, platform, path=str(tmp_path / "file" / "below"))
    assert error.errors == {"path": ["cannot be made: Not a directory"]}


@pytest.mark.parametrize("check", [True, False])
def test_what_cannot_be_written_is_known_before_the_platform_is_read(
    platform: Platform, tmp_path: Path, check: bool
) -> None:
    seed(platform, 1, "one")
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "a" / "organization_7.yml").mkdir(parents=True)
    given = {
        "cannot be made: Not a directory": {"path": "file/below"},
        "is a folder, and no file": {"path": "a"},
        "cannot be made: No such file or directory": {"path": "/proc/zq-devices"},
        "is a device, and no regular file": {"path": "b", "snapshot": "/dev/full"},
    }
    for why, options in given.items():
        paths = {option: str(tmp_path / path) for option, path in options.items()}
        error = failure(zq_export, platform, check=check, **paths)
        assert list(error.errors.values()) == [[why]]
        assert error.message.endswith("Nothing was written.")
    assert platform.sent() == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "file"]
    # The files of other organizations are no business of an export of one.
    run(zq_export, platform, check=check, path=str(tmp_path / "a"), scope={"organization": 1})


def test_a_disk_that_is_full_in_the_middle_is_no_refusal(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(platform, 1, "one")
    seed(platform, 2, "two")

    def full(option: str, path: str, text: str, mode: int | None = None) -> None:
        if path.endswith("2.yml"):
            raise InputError(option, path, "cannot be written: No space left on device", "x")
        write_text(option, path, text)

    monkeypatch.setattr(_export, "write_text", full)
    error = failure(zq_export, platform, path=str(tmp_path / "d"))
    told = error.to_dict()
    assert "refused" not in told
    assert told["errors"] == {}
    assert "No space left on device. The files before it may have been written" in told["msg"]
    assert list(exported(tmp_path / "d")) == ["organization_1.yml"]


def test_an_exported_file_that_is_a_link_stays_one(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one")
    (tmp_path / "out").mkdir()
    link = tmp_path / "out" / "organization_1.yml"
    link.symlink_to("../real.yml")
    run(zq_export, platform, path=str(tmp_path / "out"))
    assert link.is_symlink()
    assert "one" in (tmp_path / "real.yml").read_text(encoding="utf-8")


def test_a_snapshot_has_all_fields_of_the_devices_in_scope_as_they_are(
    platform: Platform, tmp_path: Path
) -> None:
    seed(platform, 1, "one", status="Up", software_version="1.4.2")
    seed(platform, 2, "two")
    file = tmp_path / "new" / "fleet.json"
    given: dict[str, Any] = {
        "path": str(tmp_path / "out"),
        "scope": {"organization": 1},
        "snapshot": str(file),
    }
    run(zq_export, platform, check=True, **given)
    assert not file.exists()
    result = run(zq_export, platform, **given)
    assert actions(result) == {"organization_1.yml": "create"}
    (device,) = json.loads(file.read_text(encoding="utf-8"))
    assert (device["name"], device["software_version"]) == ("one", "1.4.2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = len(platform.sent())
    assert not run(zq_export, platform, **given)["changed"]
    both = platform.sent()[before:]
    run(zq_export, platform, **{**given, "snapshot": None})
    assert platform.sent()[before + len(both) :] == both


def test_no_password_is_written(platform: Platform, tmp_path: Path) -> None:
    seed(platform, 1, "one", username="u")
    run(zq_export, platform, path=str(tmp_path))
    assert "password" not in exported(tmp_path)["organization_1.yml"]


def test_the_text_of_a_file() -> None:
    devices = [
        {"name": "b", "type": "x", "is_active": True, "organization_id": 7, "latitude": "1.5"},
        {"name": "a c", "type": "x", "is_active": True, "serial_number": "007"},
    ]
    body = _render.render(devices, {"organization_id": 7})
    assert _exported.with_head(body, _exported.scope_lines(["ont", "7"])) == (
        "---\n"
        "# Written by zequenze.control.export, with the digest 9e226301fbf7d542\n"
        "# As long as nobody edits this file, the next export into its folder writes it again.\n"
        "# Edit it as you like: it is yours from then on, and an export refuses to write over it.\n"
        '# Only devices of the types: ont, "7"\n'
        "\n"
        "defaults:\n"
        "  organization_id: 7\n"
        "\n"
        "type_defaults:\n"
        "  x:\n"
        "    is_active: true\n"
        "\n"
        "devices:\n"
        "  - name: a c\n"
        "    type: x\n"
        '    serial_number: "007"\n'
        "  - name: b\n"
        "    type: x\n"
        '    latitude: "1.5"\n'
    )
    assert _render.render([]).splitlines() == ["", "devices:"]


def test_what_half_of_a_type_or_a_single_device_has_is_no_default() -> None:
    devices = [
        {"name": "a", "type": "x", "debug": True, "username": "u"},
        {"name": "b", "type": "x", "debug": False, "username": "v"},
        {"name": "c", "type": "y", "debug": True},
    ]
    assert yaml.safe_load(_render.render(devices)) == {"devices": devices}


def test_true_is_not_the_default_where_one_is() -> None:
    devices = [
        {"name": "a", "type": "x", "firmware_image": 1},
        {"name": "b", "type": "x", "firmware_image": 1},
        {"name": "c", "type": "x", "firmware_image": True},
    ]
    read_back = yaml.safe_load(_render.render(devices))
    assert read_back["type_defaults"] == {"x": {"firmware_image": 1}}
    assert read_back["devices"][2]["firmware_image"] is True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        ("plain text", "plain text"),
        ("a.b_c/d-e (f), g", "a.b_c/d-e (f), g"),
        ("Yes", '"Yes"'),
        ("Yes sir", "Yes sir"),
        ("two  blanks", '"two  blanks"'),
        ("7", '"7"'),
        ('a "b" \\', '"a \\"b\\" \\\\"'),
        ("ü設", '"ü設"'),
        ("a\x01", '"a\\x01"'),
        ("\xff\x7f", '"ÿ\\x7f"'),
        ("\u2028", '"\\u2028"'),
        ("\u0100\uffff", '"Ā\\uffff"'),
        ("\U000e0001", '"\\U000e0001"'),
        ("\U00010000", '"𐀀"'),
    ],
)
def test_one_value_in_yaml(value: Any, text: str) -> None:
    assert _render.scalar(value) == text


def test_defaults_are_what_more_than_half_of_a_type_have() -> None:
    devices = [
        {"name": "a", "type": "x", "debug": True, "update_frequency": 1},
        {"name": "b", "type": "x", "debug": True},
        {"name": "c", "type": "x", "debug": False, "update_frequency": 1},
        {"name": "d", "type": "y", "debug": True},
    ]
    assert yaml.safe_load(_render.render(devices, {"organization_id": 7})) == {
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
    assert _render.render(devices) == _render.render(devices[::-1])


@given(text=TEXTS)
def test_every_text_is_read_back(text: str) -> None:
    assert yaml.safe_load(f"x: {_render.scalar(text)}") == {"x": text}


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
    assert yaml.safe_load(f"x: {_render.scalar(text)}") == {"x": text}
    assert _render.scalar(text).startswith('"')


@given(
    fleet=st.dictionaries(
        NAMES,
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
    (folder / "file.yml").write_text(
        _render.render(
            devices, {"organization_id": organization} if organization is not None else {}
        ),
        encoding="utf-8",
    )
    if not devices:
        return
    found = read([str(folder)], FILES)
    expected = [
        {key: value for key, value in device.items() if value is not None} for device in devices
    ]
    assert sorted(found, key=lambda one: str(one["name"])) == sorted(
        expected, key=lambda one: str(one["name"])
    )
