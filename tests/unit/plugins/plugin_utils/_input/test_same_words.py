# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One mistake is said in the same words, wherever it is made: in a task, a row, or a file."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._declarations import (
    ALIASES,
    KNOWN,
    declarations_from,
)
from ansible_collections.zequenze.control.plugins.module_utils._onboarding.rows import rows_from
from ansible_collections.zequenze.control.plugins.module_utils._problems import Problems
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.device_file import (
    read_devices,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FILES = Files(lambda path: Path(path).read_bytes(), lambda text: text)
SECRET = "Kq7vX2-Zr9wT4"
IN_A_FOLDER = re.compile(
    rf"(?: \(.*\))?(?:, (?P<field>{'|'.join([*KNOWN, *ALIASES, 'colour', 'taste'])}))?: (?P<text>.*)"
)

Texts = dict[str, str]


def of_config(device: Any) -> Texts:
    problems = Problems()
    declarations_from([device], "merged", {}, problems)
    assert {problem.place for problem in problems.found} <= {"config[0]"}
    return {problem.field: problem.text for problem in problems.found}


def of_row(device: Any) -> Texts:
    (row,) = rows_from([device], {})
    assert row.place == "onboarding_devices[0]"
    return {key: text for key, (text,) in row.errors.items()}


def of_file(path: Path, text: str) -> Texts:
    path.write_text(text, encoding="utf-8")
    (row,) = read_devices(str(path), FILES, print)
    assert row["place"] == f"{path.name}:{row['line']}"
    return {key: told for key, (told,) in row["errors"].items()}


def of_json(device: Any, folder: Path) -> Texts:
    return of_file(folder / "d.json", json.dumps([device]))


def of_yaml(device: Any, folder: Path) -> Texts:
    return of_file(folder / "d.yml", json.dumps([device]))


def of_csv(device: Any, folder: Path) -> Texts:
    text = io.StringIO()
    csv.writer(text).writerows([device.keys(), device.values()])
    return of_file(folder / "d.csv", text.getvalue())


def of_folder(device: Any, folder: Path) -> Texts:
    below = folder / "state"
    below.mkdir(exist_ok=True)
    (below / "a.yml").write_text(f"\n- {json.dumps(device)}\n", encoding="utf-8")
    try:
        read([str(below)], FILES)
    except FileError as error:
        texts: Texts = {}
        for line in error.problems:
            where = f"{below}/a.yml line 2, entry 1"
            assert line.startswith(where)
            # The name stands in it, whatever it is.
            found = IN_A_FOLDER.fullmatch(line.removeprefix(where))
            assert found, line
            field, text = found["field"] or "", found["text"]
            texts[field] = text
        return texts
    return {}


def everywhere(device: Any, folder: Path) -> dict[str, Texts]:
    return {
        "config": of_config(device),
        "json": of_json(device, folder),
        "yaml": of_yaml(device, folder),
        "folder": of_folder(device, folder),
    }


@pytest.mark.parametrize(
    ("device", "fields"),
    [
        ("one", [""]),
        (None, [""]),
        ({}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": ["a"]}, ["name"]),
        ({"name": "a", "colour": "red", "taste": "sweet"}, ["colour", "taste"]),
        ({"name": "a", "organization": "1", "organization_id": "2"}, ["organization"]),
        ({"name": "a", "password": [SECRET]}, ["password"]),
        ({"name": "a", "description": {"b": "c"}}, ["description"]),
    ],
)
def test_of_mistakes_that_a_csv_file_cannot_hold(
    device: Any, fields: list[str], tmp_path: Path
) -> None:
    found = everywhere(device, tmp_path)
    assert list(found["config"]) == fields
    assert SECRET not in str(found)
    for where, texts in found.items():
        assert texts == found["config"], where
    # The name of a row may come from the defaults.
    if found["config"] != {"name": "is not given. Each device needs its name."}:
        assert of_row(device) == found["config"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("debug", "maybe"),
        ("sync", "2"),
        ("update_password", "never"),
        ("organization", "acme"),
        ("organization_id", "-1"),
        ("update_frequency", "1.9"),
        ("latitude", "91"),
        ("longitude", "east"),
        ("name", ".."),
    ],
)
def test_of_values(key: str, value: str, tmp_path: Path) -> None:
    device = {"name": "a", key: value}
    found = {**everywhere(device, tmp_path), "row": of_row(device), "csv": of_csv(device, tmp_path)}
    assert list(found["config"]) == [key]
    for where, texts in found.items():
        assert texts == found["config"], where


def test_of_keys_that_are_given_twice(tmp_path: Path) -> None:
    text = '[{"name": "a",\n "type": 5,\n "type": 6}]'
    assert of_file(tmp_path / "d.json", text) == {"type": "is given twice. Remove one of them."}
    assert of_file(tmp_path / "d.yml", text) == {
        "type": "is given twice, here and in line 2. Remove one of them."
    }


def test_of_a_name_that_is_declared_twice(tmp_path: Path) -> None:
    problems = Problems()
    declarations_from([{"name": "a"}, {"name": "a"}], "merged", {}, problems)
    assert [problem.text for problem in problems.found] == [
        "'a' is given in config[0] too. Keep one of the two."
    ]
    (tmp_path / "a.yml").write_text("- name: a\n- name: a\n", encoding="utf-8")
    with pytest.raises(
        FileError, match=r"line 2, entry 2 \(a\), name: 'a' is given in .* too. Keep"
    ):
        read([str(tmp_path)], FILES)


WORDS = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), max_size=6)
DEVICES = st.dictionaries(
    st.sampled_from([*KNOWN, *ALIASES, "colour"]), st.one_of(st.none(), WORDS), max_size=6
)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(device=DEVICES)
def test_of_any_text(device: dict[str, str | None], tmp_path: Path) -> None:
    """Each value is quoted, and so is the same text to every reader."""
    found = everywhere(device, tmp_path)
    # Of a field that is given by two names, a file says no more than that.
    twice = {key for key, text in found["json"].items() if "another name" in text}
    strict = {key: text for key, text in found["config"].items() if key not in twice}
    for where in ("json", "yaml", "folder"):
        texts = {key: text for key, text in found[where].items() if key not in twice}
        assert texts == strict, where
    assert of_row(device).keys() <= found["json"].keys()
