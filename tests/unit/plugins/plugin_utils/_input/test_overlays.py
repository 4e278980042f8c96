# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several folders as one state: which folder's word counts, and what stays an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import (
    read,
    read_policy_of,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
)

FILES = Files(lambda path: Path(path).read_bytes(), str)


class State:
    """Folders below one, each written as file → text."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.paths: list[str] = []

    def folder(self, name: str, **files: str) -> State:
        place = self.top / name
        place.mkdir(parents=True)
        for file, text in files.items():
            (place / f"{file}.yml").write_text(text, encoding="utf-8")
        self.paths.append(str(place))
        return self

    def devices(self) -> dict[str, dict[str, Any]]:
        return {one.pop("name"): one for one in read(self.paths, FILES)}

    def problems(self) -> list[str]:
        with pytest.raises(FileError) as caught:
            read(self.paths, FILES)
        return [text.replace(f"{self.top}/", "") for text in caught.value.problems]


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def test_the_later_folder_counts_field_by_field(state: State) -> None:
    state.folder("base", a="- {name: r1, type: '5', location_name: Leeds}\n- {name: r2}\n")
    state.folder("prod", z="- {name: r1, location_name: York}\n- {name: r3, type: '6'}\n")
    assert state.devices() == {
        "r1": {"type": "5", "location_name": "York"},
        "r2": {},
        "r3": {"type": "6"},
    }


def test_an_entry_counts_before_any_default(state: State) -> None:
    state.folder("base", a="- {name: r1, customer_id: entry of base}")
    state.folder("prod", a="defaults: {customer_id: default of prod}\ndevices: [{name: r1}]")
    assert state.devices()["r1"] == {"customer_id": "entry of base"}


def test_of_defaults_the_later_folders_count(state: State) -> None:
    state.folder(
        "base",
        defaults="defaults: {customer_id: base, description: base}\n",
        a="defaults: {location_name: base}\ndevices: [{name: r1}, {name: r2}]\n",
    )
    state.folder(
        "prod",
        defaults="defaults: {customer_id: prod}\n",
        a="defaults: {location_name: prod}\ndevices: [{name: r1}]\n",
    )
    assert state.devices() == {
        "r1": {"customer_id": "prod", "description": "base", "location_name": "prod"},
        # Of what only one folder names, the others say nothing.
        "r2": {"customer_id": "base", "description": "base", "location_name": "base"},
    }


def test_group_defaults_are_those_of_the_device_as_it_is_in_the_end(state: State) -> None:
    state.folder(
        "base",
        a=(
            "organization_defaults: {101: {customer_id: ACME}, 102: {customer_id: BOREALIS}}\n"
            "type_defaults: {router: {debug: true}}\n"
            "devices: [{name: r1, organization_id: 101, type: ont}]\n"
        ),
    )
    state.folder("prod", a="- {name: r1, organization_id: 102, type: router}")
    assert state.devices()["r1"] == {
        "organization_id": 102,
        "type": "router",
        "customer_id": "BOREALIS",
        "debug": True,
    }


def test_a_null_takes_back_what_an_earlier_folder_gives(state: State) -> None:
    state.folder("base", a="- {name: r1, serial_number: S1, customer_id: x}\n- {name: r2}")
    state.folder("prod", a="- {name: r1, serial_number: null}\n- {name: r2, serial_number: S1}")
    assert state.devices() == {"r1": {"customer_id": "x"}, "r2": {"serial_number": "S1"}}


def test_the_alias_of_a_field_is_that_field(state: State) -> None:
    state.folder("base", a="- {name: r1, organization_id: 101}")
    state.folder("prod", a="- {name: r1, organization: 102}")
    assert state.devices()["r1"] == {"organization_id": 102}


def test_three_folders_and_a_file(state: State) -> None:
    for name, text in (("a", "1"), ("b", "2"), ("c", "3")):
        state.folder(name, x=f"- {{name: r1, description: '{text}'}}")
    file = state.top / "last.yml"
    file.write_text("- {name: r1, description: '4'}", encoding="utf-8")
    assert state.devices()["r1"] == {"description": "3"}
    state.paths.append(str(file))
    assert state.devices()["r1"] == {"description": "4"}


def test_a_mapping_is_of_its_folder(state: State) -> None:
    state.folder("base", mapping="a.yml: {fields: {name: '{Asset}', customer_id: '{Owner}'}}")
    (state.top / "base" / "a.yml").write_text("- {Asset: r1, Owner: X}\n", encoding="utf-8")
    state.folder("prod", a="- {name: r1, description: by hand}")
    assert state.devices()["r1"] == {"customer_id": "X", "description": "by hand"}


# --------------------------------------------------------------------------------------- errors


def test_what_is_given_twice_in_one_folder_stays_an_error(state: State) -> None:
    state.folder("base", a="- {name: r1}", b="- {name: r1, type: '5'}")
    state.folder("prod", a="- {name: r1}")
    assert state.problems() == [
        (
            "base/b.yml line 1, entry 1 (r1), name: 'r1' is given in base/a.yml line 1, entry 1 too."
            " Keep one of the two."
        )
    ]


def test_what_clashes_between_folders_names_both_places(state: State) -> None:
    state.folder("base", a="- {name: r1, serial_number: S1}\n- {name: r2, new_name: r9}")
    state.folder("prod", a="\n- {name: r3, serial_number: S1}\n- {name: r9}")
    assert state.problems() == [
        (
            "prod/a.yml line 3, entry 2 (r9), name: 'r9' is given in base/a.yml line 2, entry 2 (r2)"
            " too. Keep one of the two."
        ),
        (
            "prod/a.yml line 2, entry 1 (r3), serial_number: 'S1' is given in base/a.yml line 1,"
            " entry 1 (r1) too. Keep one of the two."
        ),
    ]


def test_a_wrong_value_is_named_where_it_is(state: State) -> None:
    state.folder("base", a="- {name: r1, latitude: north}")
    state.folder("prod", a="- {name: r1, colour: red}")
    first, second = state.problems()
    assert first.startswith("base/a.yml line 1, entry 1 (r1), latitude: ")
    assert second.startswith("prod/a.yml line 1, entry 1 (r1), colour: is not known")


def test_a_folder_that_overlays_nothing_is_told(state: State) -> None:
    state.folder("base", a="- {name: r1}")
    state.folder("prod", defaults="defaults: {debug: true}")
    assert state.problems() == [
        (
            "prod: names no device, and so overlays nothing: its defaults hold for the devices that it"
            " names. Name them, or leave it out."
        )
    ]


@pytest.mark.parametrize("paths", [["base", "base/prod"], ["base/prod", "base"], ["base", "base"]])
def test_a_folder_within_another_is_told(state: State, paths: list[str]) -> None:
    state.folder("base", a="- {name: r1}").folder("base/prod", a="- {name: r2}")
    state.paths = [str(state.top / path) for path in paths]
    (told,) = state.problems()
    assert told.startswith(f"{paths[1]}: is given beside {paths[0]}, and one of the two is in")


# --------------------------------------------------------------------------------------- policy


def test_a_policy_holds_for_what_its_folder_names_as_it_is_in_the_end(state: State) -> None:
    state.folder("base", policy="required: [location_name]", a="- {name: r1}\n- {name: r2}")
    state.folder("prod", a="- {name: r1, location_name: York}\n- {name: r3}")
    assert state.problems() == [
        "base/a.yml line 2, entry 2 (r2), location_name: breaks the policy: has to be given."
    ]


def test_what_an_overlay_breaks_is_named_there(state: State) -> None:
    state.folder("base", policy="match: {location_name: '^[A-Z]'}", a="- {name: r1}")
    state.folder("prod", policy="match: {location_name: '^[A-Z]'}", a="- {name: r1}\n")
    (state.top / "prod" / "a.yml").write_text("\n- name: r1\n  location_name: york\n", "utf-8")
    assert state.problems() == [
        (
            "prod/a.yml line 3, entry 1 (r1), location_name: breaks the policy: york does not match"
            " ^[A-Z]."
        )
    ]


def test_the_platform_is_held_against_one_policy(state: State) -> None:
    state.folder("base", a="- {name: r1}")
    state.folder("prod", policy="required: [location_name]", a="- {name: r1, location_name: x}")
    assert read_policy_of(state.paths, FILES) == {"required": ["location_name"]}
    state.folder("more", policy="required: [type]", a="- {name: r4, type: '5'}")
    with pytest.raises(FileError, match=r"more: has a policy, as .*prod has"):
        read_policy_of(state.paths, FILES)
