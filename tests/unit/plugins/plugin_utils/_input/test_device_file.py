# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of devices in files: what each format gives, and what is said where a file is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._input.device_file import (
    read_devices,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
)

SECRET = "Kq7vX2-Zr9wT4"
FILES = Files(lambda path: Path(path).read_bytes(), lambda text: SECRET)


def no_warning(text: str) -> None:
    raise AssertionError(text)


def rows(folder: Path, name: str, text: str) -> list[dict[str, Any]]:
    # As bytes: ends of lines stay as they are.
    (folder / name).write_bytes(text.encode())
    return read_devices(str(folder / name), FILES, no_warning)


def fields(folder: Path, name: str, text: str) -> list[tuple[int, dict[str, Any]]]:
    found = rows(folder, name, text)
    assert [one["errors"] for one in found] == [{}] * len(found)
    assert [one["place"] for one in found] == [f"{name}:{one['line']}" for one in found]
    return [(one["line"], one["fields"]) for one in found]


def wrong(folder: Path, name: str, text: str) -> dict[str, list[str]]:
    return {
        f"{one['line']} {key}": found
        for one in rows(folder, name, text)
        for key, found in one["errors"].items()
    }


def problems(folder: Path, name: str, text: str) -> str:
    with pytest.raises(FileError) as caught:
        rows(folder, name, text)
    assert SECRET not in str(caught.value)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv(tmp_path: Path, delimiter: str, end: str, mark: str) -> None:
    lines = [
        "name, organization ,password",
        "",
        f'one,"1", {SECRET} ',
        '"two',
        'lines",,',
        "three,3,",
    ]
    broken = f"'two{end}lines' holds the end of a line".replace("\n", "\\n").replace("\r", "\\r")
    found = rows(tmp_path, "d.csv", mark + end.join(lines).replace(",", delimiter))
    assert [(one["line"], one["fields"]) for one in found] == [
        (3, {"name": "one", "organization_id": "1", "password": f" {SECRET} "}),
        (4, {}),
        (6, {"name": "three", "organization_id": "3"}),
    ]
    assert [list(one["errors"]) for one in found] == [[], ["name"], []]
    assert found[1]["errors"]["name"][0].startswith(broken)


def test_csv_without_devices(tmp_path: Path) -> None:
    assert rows(tmp_path, "d.csv", "name,type\n\n ,\n") == []


def test_csv_keeps_text_as_it_is_written(tmp_path: Path) -> None:
    assert fields(tmp_path, "d.csv", "name,serial_number\n0012,1e5\n") == [
        (2, {"name": "0012", "serial_number": "1e5"})
    ]


def test_csv_rows_that_are_too_short_or_too_long(tmp_path: Path) -> None:
    told = wrong(tmp_path, "d.csv", f"name,type,password\none,5\ntwo,5,x,{SECRET}\n")
    assert list(told) == ["2 password", "3 column 4"]
    assert SECRET not in str(told)
    assert "the row has 2 cells, the header 3 columns" in told["2 password"][0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "d.csv: is empty"),
        ("\n\n", "d.csv: is empty"),
        ("type\n5\n", "d.csv line 1: has no column `name`"),
        ("name,typ\n", "d.csv line 1, column 2: 'typ' is not known. Known are name, customer_id"),
        (
            "name,new_name\n",
            (
                "d.csv line 1, column 2: 'new_name' cannot be given here: devices are registered, and"
                " not renamed. Remove it."
            ),
        ),
        ("name,\n", "d.csv line 1, column 2: '' is not known"),
        ("\nname,type,name\n", "d.csv line 2, column 3: 'name' is column 1 already"),
        ("name,organization,organization_id\n", "column 3: 'organization_id' is column 2 already"),
        (f'name,password\none,"{SECRET}\n', "d.csv line 2: is not valid CSV"),
        (f'name,password\none,"{SECRET}"x\n', "d.csv line 2: is not valid CSV"),
        ("n\0ame\n", "d.csv: holds NUL characters: it may be UTF-16"),
    ],
)
def test_csv_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    assert told in problems(tmp_path, "d.csv", text)


def test_csv_all_columns_at_once(tmp_path: Path) -> None:
    assert problems(tmp_path, "d.csv", "typ,nam\n").count("is not known") == 2


def test_json(tmp_path: Path) -> None:
    devices = [
        {"name": "one", "organization": 1, "debug": True},
        {"name": "two", "serial_number": "0012"},
    ]
    canonical: list[dict[str, Any]] = [
        {"name": "one", "organization_id": 1, "debug": True},
        {"name": "two", "serial_number": "0012"},
    ]
    assert fields(tmp_path, "d.json", json.dumps(devices)) == [(1, canonical[0]), (1, canonical[1])]
    assert fields(
        tmp_path, "d.json", "\ufeff[\n" + ",\n\n".join(map(json.dumps, devices)) + "]\n"
    ) == [
        (2, canonical[0]),
        (4, canonical[1]),
    ]
    text = (
        '{"defaults": {"type": 5,\n "debug": false},\n"devices": ['
        + ",\n".join(map(json.dumps, devices))
        + "]}"
    )
    assert fields(tmp_path, "d.json", text) == [
        (3, {"type": 5, **canonical[0]}),
        (4, {"type": 5, "debug": False, **canonical[1]}),
    ]
    assert rows(tmp_path, "d.json", "[]") == rows(tmp_path, "d.json", '{"devices": [ ]}') == []


def test_json_rows_that_are_wrong(tmp_path: Path) -> None:
    text = (
        '[{"name": "a", "name": "b"},\n5,\n{"name": "c", "organization": 1, "organization_id": 2}]'
    )
    told = wrong(tmp_path, "d.json", text)
    assert list(told) == ["1 name", "2 ", "3 organization"]
    assert told["1 name"] == ["is given twice. Remove one of them."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" ", "d.json: is empty"),
        ("5", "d.json: holds neither a list of devices nor an object"),
        ('{"defaults": {}}', "d.json: has no devices"),
        ('{\n"device": []}', "d.json line 2, device: is not known. Known are"),
        ('{"devices": [],\n"devices": []}', "d.json line 2, devices: is given twice"),
        ('{"devices": {}}', "d.json line 1, devices: is not a list"),
        ('{"defaults": {"name": "x"}, "devices": []}', "defaults, name: is a device's own"),
        (
            f'[{{"name": "one",\n"password": "{SECRET}}}]',
            "d.json line 2: is not valid JSON: Unterminated string",
        ),
        ("[{}\n{}]", "d.json line 2: is not valid JSON: Expecting ',' delimiter"),
        ("[{}] x", "d.json line 1: is not valid JSON: Extra data"),
        ("[NaN]", "NaN and Infinity are no JSON"),
        ('[{"a": ' + "[" * 100000, "nested too deeply"),
        ("{5: 6}", "is not valid JSON: Expecting property name"),
    ],
)
def test_json_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    assert told in problems(tmp_path, "d.json", text)


def test_yaml(tmp_path: Path) -> None:
    text = "defaults: {type: 5}\ndevices:\n- name: one\n  organization: 1\n\n- name: two\n  serial_number: '0012'\n  type: null\n"
    found = fields(tmp_path, "d.yml", text)
    assert found == [
        (3, {"name": "one", "type": "5", "organization_id": 1}),
        (6, {"name": "two", "serial_number": "0012"}),
    ]
    assert fields(tmp_path, "d.yaml", "- {name: one, password: !vault x}\n- {name: two}") == [
        (1, {"name": "one", "password": SECRET}),
        (2, {"name": "two"}),
    ]


def test_yaml_rows_that_are_wrong(tmp_path: Path) -> None:
    text = f"- {{name: a, serial_number: 0012, latitude: north}}\n- 5\n- {{type: 5}}\n- {{name: d, password: [{SECRET}], typ: 3}}\n"
    told = wrong(tmp_path, "d.yml", text)
    assert list(told) == ["1 serial_number", "1 latitude", "2 ", "3 name", "4 password", "4 typ"]
    assert "Put it in quotes" in told["1 serial_number"][0]
    assert "is not a number of degrees from -90 to 90" in told["1 latitude"][0]
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "d.yml: is empty"),
        ("devices: [", "is not valid YAML"),
        ("defaults: {}", "d.yml: has no devices"),
        (
            "defaults: {name: x}\ndevices:\n- {name: one, latitude: north}",
            "d.yml line 1, defaults, name: is a device's own",
        ),
        (
            "defaults: {name: x}\ndevices:\n- {name: one, latitude: north}",
            "d.yml line 3, latitude: ",
        ),
    ],
)
def test_yaml_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    assert told in problems(tmp_path, "d.yml", text)


def test_other_files(tmp_path: Path) -> None:
    assert "Its name has to end in .csv, .json, .yaml, .yml" in problems(
        tmp_path, "d.txt", "name\n"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.csv", "type,serial_number\n5,S1\n6,S2\n"),
        ("d.csv", "name,type,serial_number\n,5,S1\n,6,S2\n"),
        ("d.yml", "- {type: 5, serial_number: S1}\n- {name: null, type: 6, serial_number: S2}\n"),
        ("d.json", '[{"type": "5", "serial_number": "S1"}, {"type": "6", "serial_number": "S2"}]'),
    ],
)
def test_names_may_be_made_later(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_devices(str(tmp_path / name), FILES, no_warning, needs_name=False)
    assert [one["errors"] for one in found] == [{}, {}]
    assert [one["fields"] for one in found] == [
        {"type": "5", "serial_number": "S1"},
        {"type": "6", "serial_number": "S2"},
    ]


def test_a_name_that_is_wrong_stays_wrong(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("name,type\nn/a,5\n", encoding="utf-8")
    (found,) = read_devices(str(tmp_path / "d.csv"), FILES, no_warning, needs_name=False)
    assert "is a placeholder" in found["errors"]["name"][0]
