# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state: what the files say, and what is said where they are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
    UnreadableError,
)

SECRET = "Kq7vX2-Zr9wT4"


def decrypt(text: str) -> str:
    if "good" not in text:
        raise UnreadableError("cannot be decrypted: wrong password")
    return SECRET


FILES = Files(lambda path: Path(path).read_bytes(), decrypt)


def state(folder: Path, **files: str) -> list[dict[str, Any]]:
    """Read files that are given by name; `__` stands for a folder."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read([str(folder)], FILES)


def problems(folder: Path, **files: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        state(folder, **files)
    told = [problem.replace(f"{folder}/", "") for problem in caught.value.problems]
    assert SECRET not in str(caught.value)
    return told


def test_a_list_and_a_mapping(tmp_path: Path) -> None:
    found = state(
        tmp_path,
        a="- name: one\n  type: 5\n",
        b="defaults: {organization: 7}\ndevices:\n- name: two\n",
    )
    assert found == [{"name": "one", "type": "5"}, {"name": "two", "organization_id": 7}]


def test_files_are_read_in_order_and_folders_too(tmp_path: Path) -> None:
    found = state(
        tmp_path, b="- name: b\n", a="- name: a\n", c__d="- name: d\n", **{".hidden": "nonsense: ["}
    )
    assert [device["name"] for device in found] == ["a", "b", "d"]


def test_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("[{name: one}]", encoding="utf-8")
    assert read([str(tmp_path / "x.yaml")], FILES) == [{"name": "one"}]


def test_an_empty_list_is_no_device(tmp_path: Path) -> None:
    assert state(tmp_path, a="[]", b="devices: []") == []


def test_precedence(tmp_path: Path) -> None:
    """Each layer gives one field that only it gives, and one that the next takes from it."""
    top = """
defaults: {organization_id: 1, type: router, customer_id: g, description: g}
organization_defaults: {1: {description: go, location_name: go}}
type_defaults: {router: {location_name: gt, update_frequency: 1}}
"""
    own = """
defaults: {update_frequency: 2, debug: true}
organization_defaults: {1: {debug: false, username: fo}}
type_defaults: {router: {username: ft, firmware_image: 3}}
devices: [{name: one, firmware_image: 4}]
"""
    assert state(tmp_path, defaults=top, file=own) == [
        {
            "name": "one",
            "organization_id": 1,
            "type": "router",
            "customer_id": "g",
            "description": "go",
            "location_name": "gt",
            "update_frequency": 2,
            "debug": False,
            "username": "ft",
            "firmware_image": 4,
        }
    ]


def test_defaults_follow_the_organization_and_type_of_the_device_itself(tmp_path: Path) -> None:
    text = """
defaults: {organization_id: 1, type: 5}
organization_defaults: {1: {description: one}, 2: {description: two}}
type_defaults: {5: {username: five}, ont: {username: ont}}
devices: [{name: a}, {name: b, organization: 2, type: ont}, {name: c, type: null}]
"""
    assert [(one.get("description"), one.get("username")) for one in state(tmp_path, x=text)] == [
        ("one", "five"),
        ("two", "ont"),
        ("one", None),
    ]


def test_null_takes_a_default_back(tmp_path: Path) -> None:
    assert state(
        tmp_path, a="defaults: {description: x}\ndevices: [{name: one, description: ~}]"
    ) == [{"name": "one"}]


def test_merge_keys(tmp_path: Path) -> None:
    text = "devices:\n- &first {name: one, type: 5, description: x}\n- {<<: *first, name: two}\n- {<<: [*first], name: three, type: 6}\n"
    found = state(tmp_path, a=text)
    assert [(one["name"], one["type"], one["description"]) for one in found] == [
        ("one", "5", "x"),
        ("two", "5", "x"),
        ("three", "6", "x"),
    ]


def test_merge_keys_over_several_steps(tmp_path: Path) -> None:
    text = """
- &a {name: a, type: 5, description: x}
- &b {<<: *a, name: b, description: y}
- {<<: *b, name: c}
"""
    found = state(tmp_path, a=text)
    assert [(one["type"], one["description"]) for one in found] == [
        ("5", "x"),
        ("5", "y"),
        ("5", "y"),
    ]


def test_a_mapping_that_is_merged_into_itself(tmp_path: Path) -> None:
    text = "- &a {<<: *a, name: a}\n- &b {name: b, <<: {<<: *b, type: 5}}\n"
    assert state(tmp_path, a=text) == [{"name": "a"}, {"name": "b", "type": "5"}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("serial_number: 12345", "12345"),
        ("serial_number: '0012345'", "0012345"),
        ("latitude: 40.7200", "40.7200"),
        ("type: 5", "5"),
        ("update_frequency: '300'", "300"),
        ("debug: yes", True),
        ("debug: 'off'", False),
        ("sync: true", True),
        ("description: ''", ""),
        ("description: !unsafe '{{ x }}'", "{{ x }}"),
        ("password: !vault good", SECRET),
        ("firmware_image: 0", 0),
    ],
)
def test_values(tmp_path: Path, text: str, value: Any) -> None:
    key = text.split(":", maxsplit=1)[0]
    found = state(tmp_path, a=f"- name: one\n  {text}\n")[0][key]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("serial_number: 0012", "is text, and YAML reads '0012' as a number. Put it in quotes"),
        ("serial_number: 1e5.5: x", "is not valid YAML"),
        ("description: 2026-01-01", "as a date. Put it in quotes"),
        ("customer_id: yes", "as true or false. Put it in quotes"),
        ("customer_id: 12:30:00", "as a number. Put it in quotes"),
        ("debug: maybe", "'maybe' is neither true nor false"),
        ("update_frequency: often", "is not a whole number"),
        ("update_frequency: 1.5", "is not a whole number"),
        ("update_frequency: -1", "is not a whole number"),
        ("update_frequency: true", "is not a whole number"),
        ("update_frequency: 1_000", "is not a whole number"),
        ("update_frequency: 012", "is not a whole number"),
        ("update_frequency: +5", "is not a whole number"),
        ("latitude: 91", "is not a number of degrees"),
        ("update_password: sometimes", "Give on_create or always"),
        ("new_name: ''", "is empty"),
        ("new_name: ' x'", "begins or ends with white space"),
        ("description: [a]", "is a structure"),
        ("description: !other x", "has a YAML tag"),
        ("password: !vault bad", "cannot be decrypted"),
        ("colour: red", "is not known. Known are name, customer_id"),
        ("organization: 1\n  organization_id: 1", "is another name of organization_id"),
        ("type: ''", "is neither the id nor the short name"),
    ],
)
def test_wrong_values_name_file_line_entry_and_field(tmp_path: Path, text: str, told: str) -> None:
    (problem,) = problems(tmp_path, acme=f"- name: zero\n- name: one\n  {text}\n")
    assert problem.startswith("acme.yml line 3"), problem
    assert told in problem
    if "YAML:" not in problem:
        assert f"entry 2 (one), {text.split(':', maxsplit=1)[0]}: " in problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a.yml: is empty"),
        ("---\n", "a.yml: is empty"),
        ("just text", "a.yml: holds neither a list of devices nor a mapping"),
        ("defaults: {}", "a.yml: has no devices"),
        ("devices:", "a.yml line 1, devices: is not a list"),
        ("devices: {name: one}", "a.yml line 1, devices: is not a list"),
        ("- one", "a.yml line 1, entry 1: is not a mapping"),
        ("- type: 5", "a.yml line 1, entry 1, name: is not given"),
        (
            "- name: one\n  name: two",
            "a.yml line 2, entry 1 (one), name: is given twice, here and in line 1",
        ),
        ("[]\n---\n[]", "a.yml: holds 2 YAML documents"),
        ("device: []\ndevices: []", "a.yml line 1, device: is not known"),
        ("defaults: {name: x}\ndevices: []", "a.yml line 1, defaults, name: is a device's own"),
        (
            "defaults: {serial_number: x}\ndevices: []",
            "a.yml line 1, defaults, serial_number: is a device's own",
        ),
        (
            "type_defaults: {a: {organization: 5}}\ndevices: []",
            "type_defaults.a, organization: is what these defaults are found by",
        ),
        (
            "organization_defaults: {acme: {}}\ndevices: []",
            "organization_defaults.acme: is not the id of an organization",
        ),
        ("organization_defaults: [1]\ndevices: []", "is not a mapping from an organization's id"),
        ("type_defaults: 3\ndevices: []", "is not a mapping from a device type's id"),
        ("defaults: 3\ndevices: []", "a.yml line 1, defaults: is not a mapping of fields"),
        ("- name: ~", "a.yml line 1, entry 1, name: is not given"),
        ("devices: []\ndevices: []", "a.yml line 2, devices: is given twice, here and in line 1"),
        (
            "type_defaults: {a: {}, a: {}}\ndevices: []",
            "a.yml line 1, type_defaults, a: is given twice, here and in line 1",
        ),
        (
            "type_defaults: {a: {type: ~}}\ndevices: []",
            "a.yml line 1, type_defaults.a, type: is what these defaults are found by",
        ),
        ("defaults: {organization: x}\ndevices: []", "defaults, organization: 'x' is not a whole"),
        (
            "- {name: a, new_name: b}\n- {name: b, new_name: a}",
            "line 1, entry 1 (a), new_name: the renames a → b → a go round in a circle",
        ),
        ("\x00", "a.yml: holds NUL characters: it may be UTF-16. Save it as UTF-8."),
        ("\x01", "a.yml: is not valid YAML: it holds characters"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, told: str) -> None:
    (problem,) = problems(tmp_path, a=text)
    assert told in problem


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, a="- name: one\n  debug: x\n  colour: y\n", b="nonsense")
    assert len(told) == 3


def test_more_problems_than_a_message_holds(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="; and 15 more"):
        state(tmp_path, a="".join(f"- name: n{number}\n  colour: x\n" for number in range(25)))


def test_the_same_device_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("- name: one\n  serial_number: S\n", encoding="utf-8")
    told = problems(tmp_path, b="- name: zero\n- name: one\n- name: two\n  serial_number: S\n")
    assert told == [
        (
            "b.yml line 2, entry 2 (one), name: 'one' is given in a.yml line 1, entry 1 too."
            " Keep one of the two."
        ),
        (
            "b.yml line 3, entry 3 (two), serial_number: 'S' is given in a.yml line 1, entry 1 (one)"
            " too. Keep one of the two."
        ),
    ]


def test_defaults_file_holds_no_devices(tmp_path: Path) -> None:
    assert "holds devices" in problems(tmp_path, defaults="devices: [{name: x}]", a="[]")[0]


def test_defaults_file_belongs_into_the_folder_itself(tmp_path: Path) -> None:
    assert "belongs into" in problems(tmp_path, sub__defaults="defaults: {}", a="[]")[0]


def test_two_defaults_files(tmp_path: Path) -> None:
    (tmp_path / "defaults.yaml").write_text("defaults: {}", encoding="utf-8")
    assert "there is" in problems(tmp_path, defaults="defaults: {}", a="[]")[0]


def test_no_such_folder_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such folder"):
        read([str(tmp_path / "none")], FILES)
    with pytest.raises(FileError, match=r"holds no file that ends in .json, .yaml, .yml"):
        read([str(tmp_path)], FILES)


@pytest.mark.parametrize(
    "text",
    [
        f"- name: one\n  password: {SECRET}: x\n",
        f"- name: one\n  password: *{SECRET}\n",
        f"- name: one\n  password: !{SECRET}\n",
        f"- name: one\n  password: [{SECRET}]\n",
        f"- name: one\n  password: '{SECRET}\n",
        f"- name: one\n  password: {{{SECRET}\n",
    ],
)
def test_no_message_repeats_a_password(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, a=text)


@pytest.mark.parametrize("value", ["0012", "yes", "2026-01-01", "1.50"])
def test_a_password_that_yaml_does_not_read_as_text(tmp_path: Path, value: str) -> None:
    (problem,) = problems(tmp_path, a=f"- name: one\n  password: {value}\n")
    assert value not in problem
    assert "Put it in quotes" in problem


def test_keys_that_begin_with_x_are_for_anchors(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('{"x-n": [1], "devices": [{"name": "three"}]}', "utf-8")
    devices = state(
        tmp_path,
        a=(
            "x-site: &site {location_name: Leeds, customer_id: ACME}\n"
            "x-other: [!vault nobody, decrypts, this]\n"
            "devices:\n- {name: one, <<: *site}\n- {name: two, <<: *site, customer_id: null}\n"
        ),
        defaults="x-d: &d {description: d}\ndefaults: *d",
    )
    assert devices == [
        {"name": "one", "location_name": "Leeds", "customer_id": "ACME", "description": "d"},
        {"name": "two", "location_name": "Leeds", "description": "d"},
        {"name": "three", "description": "d"},
    ]


def test_a_key_of_a_device_or_of_defaults_is_a_field(tmp_path: Path) -> None:
    told = problems(tmp_path, a="x-a: 1\nX-b: 1\ndefaults: {x-c: 1}\ndevices: [{name: a, x-d: 1}]")
    assert len(told) == 3
    assert all("is not known" in one for one in told)
