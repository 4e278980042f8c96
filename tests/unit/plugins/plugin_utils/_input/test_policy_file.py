# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of a folder: every broken rule is told with file, line, entry, field and reason, in one round."""

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
DEVICES = """\
defaults: {organization: 101}
devices:
- name: mad-rt-001
  type: 5
  serial_number: '0012'
- name: Router 2
  type: 7
  description: x
- name: mad-rt-003
  new_name: bcn-rt-003
"""
POLICY = """\
name: {value: '^(?P<site>[a-z]{3})-(?P<function>rt)-(?P<sequence>[0-9]{3})$', why: Found by site.}
required: [serial_number]
allowed_types: [5]
forbidden: [{value: description, why: The platform writes it.}]
match:
  serial_number: '^0'
"""


def state(folder: Path, **files: str) -> list[dict[str, Any]]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_json", ".json")
        if not path.suffix:
            path = path.with_suffix(".yml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read([str(folder)], FILES)


def problems(folder: Path, **files: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        state(folder, **files)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def test_all_that_is_broken_is_told_at_once(tmp_path: Path) -> None:
    name = "^(?P<site>[a-z]{3})-(?P<function>rt)-(?P<sequence>[0-9]{3})$"
    assert problems(tmp_path, a=DEVICES, policy=POLICY) == [
        (
            "a.yml line 6, entry 2 (Router 2), name: breaks the policy: Router 2 does not match"
            f" {name}. Why: Found by site."
        ),
        "a.yml line 6, entry 2 (Router 2), serial_number: breaks the policy: has to be given.",
        (
            "a.yml line 8, entry 2 (Router 2), description: breaks the policy: must not be given."
            " Why: The platform writes it."
        ),
        "a.yml line 7, entry 2 (Router 2), type: breaks the policy: 7 is not among 5.",
        "a.yml line 9, entry 3 (bcn-rt-003), serial_number: breaks the policy: has to be given.",
    ]


def test_defaults_count(tmp_path: Path) -> None:
    found = state(
        tmp_path,
        a="- name: one\n",
        defaults="defaults: {location_name: Leeds, organization: 7}\n",
        policy="required: [location_name]\nallowed_organizations: [7]\n",
    )
    assert [device["name"] for device in found] == ["one"]


def test_a_clash_tells_the_next_free_name(tmp_path: Path) -> None:
    devices = "".join(
        f"- {{name: {name}, type: 5, serial_number: '0{number}'}}\n"
        for number, name in enumerate(["mad-rt-001", "mad-rt-007", "bcn-rt-050", "mad-rt-001"])
    )
    told = problems(tmp_path, a=devices, policy=POLICY)
    assert told == [
        (
            "a.yml line 4, entry 4 (mad-rt-001), name: 'mad-rt-001' is given in"
            f" {tmp_path}/a.yml line 1, entry 1 too. Keep one of the two."
            " The next free name is mad-rt-008."
        ).replace(f"{tmp_path}/", "")
    ]


def test_the_next_free_name_by_the_convention_that_defaults_choose(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        a="defaults: {organization: 7}\ndevices:\n- {name: a, new_name: x-1}\n- {name: b, new_name: x-1}\n",
        policy="name: {organization: {7: '^x-(?P<sequence>[0-9])$'}}\n",
    )
    assert len(told) == 1
    assert told[0].endswith("The next free name is x-2.")


@pytest.mark.parametrize("text", ['{"name": "^one$"}', '{"name": {"value": "^one$"}}'])
def test_it_may_be_json(tmp_path: Path, text: str) -> None:
    assert state(tmp_path, a="- name: one\n", policy_json=text) == [{"name": "one"}]
    assert len(problems(tmp_path, a="- name: two\n", policy_json=text)) == 1


def test_what_is_unique(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        a="- {name: one, customer_id: 7}\n- {name: two, customer_id: '7'}\n",
        policy="unique: [customer_id]\n",
    )
    assert told == [
        (
            "a.yml line 2, entry 2 (two), customer_id: breaks the policy: 7 is given in"
            f" {tmp_path}/a.yml line 1, entry 1 too."
        ).replace(f"{tmp_path}/", "")
    ]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("nmae: x\n", "policy.yml line 1, nmae: is no rule. Did you mean name?"),
        ("name: [\n", "policy.yml line 2: is not valid YAML"),
        ("name: '('\n", "policy.yml line 1, name: ( is no regular expression"),
        ("", "policy.yml: is empty. Write rules; none is {}."),
        ("- name\n", "policy.yml: is not a mapping. Give rules"),
        ("name:\n  type:\n    rt: '('\n", "policy.yml line 3, name.type.rt: ( is no regular"),
        ("required:\n- type\n- nmae\n", "policy.yml line 3, required[1]: nmae is no field"),
        ("name: x\nname: y\n", "policy.yml line 2, name: is given twice, here and in line 1"),
        ("name: !vault x\n", "policy.yml line 1, name: has a YAML tag"),
        ("match: &a {type: *a}\n", "policy.yml line 1, match.type.type.type.type.type.type: is"),
    ],
)
def test_a_policy_that_is_wrong(tmp_path: Path, policy: str, words: str) -> None:
    told = problems(tmp_path, a="- name: one\n", policy=policy)
    assert told[0].startswith(words)


def test_it_belongs_into_the_folder_and_there_is_one(tmp_path: Path) -> None:
    told = problems(
        tmp_path, a="- name: one\n", policy="name: .\n", b__policy="name: .\n", policy_json="{}"
    )
    assert len(told) == 2
    assert any("holds the policy of all files, and belongs into" in one for one in told)
    assert any("there is" in one and "policy.json already" in one for one in told)


def test_each_folder_has_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "devices.yml").write_text(f"- name: {name}\n", encoding="utf-8")
        (folder / "policy.yml").write_text(f"name: ^{name}$\n", encoding="utf-8")
    assert len(read([str(tmp_path / "one"), str(tmp_path / "two")], FILES)) == 2


def test_nothing_in_it_is_a_template(tmp_path: Path) -> None:
    (told,) = problems(
        tmp_path, a="- name: one\n", policy="name: {value: '^x', why: \"{{ 1 + 1 }}\"}\n"
    )
    assert told.endswith("Why: {{ 1 + 1 }}")


ALL_RULES = """\
name:
  value: '^[a-z]{3}-(?P<sequence>[0-9]{2})$'
  why: Names say where.
required:
- {value: location_name, why: The crew has to find it.}
forbidden: {value: [debug], why: Not in Git.}
allowed_types: [home-gateway]
allowed_organizations: {value: 101, why: Ours.}
unique: [{value: customer_id, why: One line each.}]
match:
  serial_number: {value: '^ACGW', why: As on the label.}
"""
BROKEN = """\
defaults: {type: home-gateway}
devices:
- name: mad-01
  location_name: Here
  organization: 101
  customer_id: C1
- location_name: Here
  name: Router
- name: mad-02
- name: mad-03
  location_name: Here
  debug: true
- name: mad-04
  type: access-point
  location_name: Here
- name: mad-05
  location_name: Here
  organization: 102
- name: mad-06
  location_name: Here
  customer_id: C1
- name: mad-07
  location_name: Here
  serial_number: XX1
- name: mad-01
  location_name: Here
"""


def test_each_rule_broken_once_is_one_report_with_each_line_right(tmp_path: Path) -> None:
    told = problems(tmp_path, a=BROKEN, policy=ALL_RULES)
    assert [one.replace("breaks the policy: ", "") for one in told] == [
        (
            "a.yml line 8, entry 2 (Router), name: Router does not match"
            " ^[a-z]{3}-(?P<sequence>[0-9]{2})$. Why: Names say where."
        ),
        (
            "a.yml line 9, entry 3 (mad-02), location_name: has to be given."
            " Why: The crew has to find it."
        ),
        "a.yml line 12, entry 4 (mad-03), debug: must not be given. Why: Not in Git.",
        "a.yml line 14, entry 5 (mad-04), type: access-point is not among home-gateway.",
        "a.yml line 18, entry 6 (mad-05), organization_id: 102 is not among 101. Why: Ours.",
        (
            "a.yml line 24, entry 8 (mad-07), serial_number: XX1 does not match ^ACGW."
            " Why: As on the label."
        ),
        (
            "a.yml line 21, entry 7 (mad-06), customer_id: C1 is given in a.yml line 3,"
            " entry 1 too. Why: One line each."
        ),
        (
            "a.yml line 25, entry 9 (mad-01), name: 'mad-01' is given in a.yml line 3,"
            " entry 1 too. Keep one of the two. The next free name is mad-08."
        ),
    ]


def test_the_policy_as_data(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(ALL_RULES, encoding="utf-8")
    (tmp_path / "names.yaml").write_text("name: 0012\n", encoding="utf-8")
    (tmp_path / "devices.yml").write_text("- name: one\n", encoding="utf-8")
    (tmp_path / "more.yml").write_text("defaults: {type: 5}\ndevices: []\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "devices.yml").write_text("[]", encoding="utf-8")
    found = read_policy_of(str(tmp_path), FILES)
    assert found["allowed_organizations"] == {"value": "101", "why": "Ours."}
    assert read_policy_of(str(tmp_path / "policy.yml"), FILES) == found
    assert read_policy_of(str(tmp_path / "names.yaml"), FILES) == {"name": "0012"}
    # A folder without one, and files of devices.
    for name in ("empty", "devices.yml", "more.yml"):
        assert read_policy_of(str(tmp_path / name), FILES) == {}
    (tmp_path / "policy.yml").write_text("name: '('\n", encoding="utf-8")
    with pytest.raises(FileError, match="is no regular expression"):
        read_policy_of(str(tmp_path), FILES)


def test_a_folder_of_a_policy_alone_declares_nothing(tmp_path: Path) -> None:
    assert state(tmp_path, policy=ALL_RULES) == []


def test_what_cannot_be_read_is_not_missing_as_well(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        a="- {name: one, location_name: [x]}\n- x\n",
        policy="required: [location_name, serial_number]\n",
    )
    assert [one.split(":")[0] for one in told] == [
        "a.yml line 1, entry 1 (one), location_name",
        "a.yml line 2, entry 2",
        "a.yml line 1, entry 1 (one), serial_number",
    ]


def test_keys_that_begin_with_x_are_for_anchors(tmp_path: Path) -> None:
    policy = "x-why: &why Ours.\nname: {value: '^x', why: *why}\n"
    (told,) = problems(tmp_path, a="- name: one\n", policy=policy)
    assert told.endswith("Why: Ours.")
    assert read_policy_of(str(tmp_path), FILES) == {"name": {"value": "^x", "why": "Ours."}}
