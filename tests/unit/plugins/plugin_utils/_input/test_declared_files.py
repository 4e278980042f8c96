# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `path` of a fleet: what it declares, and what is wrong with it, in one round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.zequenze.control.plugins.module_utils._fleet.declared import READ_FILES
from ansible_collections.zequenze.control.plugins.module_utils._fleet.request import FleetRequest
from ansible_collections.zequenze.control.plugins.module_utils._problems import ConfigError
from ansible_collections.zequenze.control.plugins.plugin_utils._input.ansible_files import (
    ansible_files,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.declared_files import (
    file_reader,
)

DEFAULTS: dict[str, Any] = {
    "state": "merged",
    "concurrency": 8,
    "read_concurrency": 16,
    "page_size": 100,
}


def params(path: Any, secrets: set[str] | None = None, **given: Any) -> dict[str, Any]:
    read = file_reader(
        ansible_files(DataLoader()), pytest.fail, set() if secrets is None else secrets
    )
    return {**DEFAULTS, "path": path, READ_FILES: read, **given}


def refused(given: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        FleetRequest.from_params(given)
    return caught.value.message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "devices"
    place.mkdir()
    (place / "a.yml").write_text(
        "defaults: {organization_id: 1}\ndevices:\n- name: one\n  password: k3\n- name: two\n"
        "  description: '{{ not a template }}'\n",
        encoding="utf-8",
    )
    return place


def test_devices_are_complete_and_know_where_they_stand(folder: Path) -> None:
    secrets: set[str] = set()
    request = FleetRequest.from_params(params(str(folder), secrets))
    one, two = request.declarations
    assert one.fields["organization_id"] == 1
    assert two.fields["description"] == "{{ not a template }}"
    assert two.where == f"{folder / 'a.yml'} line 5, entry 2 (two)"
    assert secrets == {"k3"}


def test_a_later_folder_overlays_an_earlier_one(folder: Path, tmp_path: Path) -> None:
    over = tmp_path / "over"
    over.mkdir()
    (over / "b.json").write_text('[{"name": "two", "description": "later"}]', encoding="utf-8")
    request = FleetRequest.from_params(params([str(folder), str(over)]))
    assert [one.fields.get("description") for one in request.declarations] == [None, "later"]


def test_of_folders_without_defaults_each_gives_its_part(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("a", "b")]
    for path, field in zip(paths, ("location_name", "description")):
        Path(path).mkdir()
        (Path(path) / "d.yml").write_text(f"- {{name: one, {field}: x}}\n", encoding="utf-8")
    (device,) = FleetRequest.from_params(params(paths)).declarations
    assert device.fields == {"location_name": "x", "description": "x"}


@pytest.mark.parametrize(
    "defaults",
    [
        "defaults: {description: x}",
        "organization_defaults: {3: {description: x}}",
        "type_defaults: {router: {description: x}}",
    ],
)
def test_defaults_of_one_kind_alone(tmp_path: Path, defaults: str) -> None:
    device = "{name: one, organization_id: 3, type: router}"
    file = tmp_path / "d.yml"
    file.write_text(f"{defaults}\ndevices: [{device}]\n", encoding="utf-8")
    (declared,) = FleetRequest.from_params(params(str(file))).declarations
    assert declared.fields["description"] == "x"


def test_all_that_is_wrong_is_told_in_one_round(folder: Path) -> None:
    (folder / "b.yml").write_text("- {name: one, locaton_name: x}\n", encoding="utf-8")
    told = refused(params(str(folder), page_size=0))
    assert f"{folder / 'b.yml'} line 1, entry 1 (one), locaton_name: is not known" in told
    assert f"{folder / 'b.yml'} line 1, entry 1 (one), name: 'one' is given in" in told
    assert "page_size: 0 is less than 1" in told
    assert told.count("locaton_name: is") == 1


@pytest.mark.parametrize("path", ["", [], ["  "], [1], {"a": 1}])
def test_a_path_that_is_none(path: Any) -> None:
    assert "names no folder or file. Give one, or a list of them." in refused(params(path))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    told = refused(params(str(tmp_path / "gone")))
    assert told.startswith("1 problem: ")
    assert told.count("there is no such folder or file") == 1


@pytest.mark.parametrize("state", ["deleted", "overridden"])
def test_a_folder_without_devices_deletes_nothing(folder: Path, state: str) -> None:
    (folder / "a.yml").write_text("devices: []", encoding="utf-8")
    told = refused(params(str(folder), state=state, scope={"organization": 1}))
    assert told.startswith("1 problem: path: ")


def test_config_and_path_are_one_of_two(folder: Path) -> None:
    both = refused(params(str(folder), config=[{"name": "one"}]))
    assert "path: is given beside `config`. Give one of the two" in both
    neither = refused({**DEFAULTS, "config": None})
    assert "config: is not given. Give the list of devices, or `path`." in neither


def test_it_reads_in_the_controller_alone(folder: Path) -> None:
    told = refused({**DEFAULTS, "path": str(folder)})
    assert "is read in the controller's process alone" in told
    assert "Take `async` away" in told


def test_gathered_declares_nothing(folder: Path) -> None:
    assert "path: is given with `state: gathered`" in refused(params(str(folder), state="gathered"))


def test_of_several_folders_one_has_the_policy(folder: Path, tmp_path: Path) -> None:
    over = tmp_path / "over"
    over.mkdir()
    (over / "b.yml").write_text("- {name: two, organization_id: 1}", encoding="utf-8")
    paths = [str(folder), str(over)]
    assert FleetRequest.from_params(params(paths)).policy_of_files() is None
    (folder / "policy.yml").write_text("required: [organization_id]", encoding="utf-8")
    found = FleetRequest.from_params(params(paths)).policy_of_files()
    assert found is not None
    assert [rule.field for rule in found.rules] == ["organization_id"]
    (over / "policy.yml").write_text("required: [organization_id]", encoding="utf-8")
    with pytest.raises(ConfigError, match="has a policy, as"):
        FleetRequest.from_params(params(paths)).policy_of_files()


def test_many_that_are_alike_are_told_once(folder: Path) -> None:
    entries = "".join(f"- {{name: device-{number}, colour: red}}\n" for number in range(2995))
    (folder / "a.yml").write_text(entries, encoding="utf-8")
    told = refused(params(str(folder)))
    assert told.startswith("2,995 problems: 2,995 times: is not known. Known are ")
    assert f"At {folder / 'a.yml'} line 1, entry 1 (device-0), colour; " in told
    assert "; and 2,985 more" in told
    assert told.count("entry") == 10
