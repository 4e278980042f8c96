# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of a folder: every broken rule is told with file, line, entry, field and reason, in one round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
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
            "a.yml line 6, entry 2 (Router 2), description: breaks the policy: must not be given."
            " Why: The platform writes it."
        ),
        "a.yml line 6, entry 2 (Router 2), type: breaks the policy: 7 is not among 5.",
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
        ("nmae: x\n", "policy.yml, nmae: is no rule. Did you mean name?"),
        ("name: [\n", "policy.yml line 2: is not valid YAML"),
        ("name: '('\n", "policy.yml, name: ( is no regular expression"),
        ("", "policy.yml: is empty."),
    ],
)
def test_a_policy_that_is_wrong(tmp_path: Path, policy: str, words: str) -> None:
    (told,) = problems(tmp_path, a="- name: one\n", policy=policy)
    assert told.startswith(words)


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
