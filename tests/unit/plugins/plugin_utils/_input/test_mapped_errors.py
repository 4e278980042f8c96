# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a list of other software, and of its mapping, where they do not fit."""

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
    UnreadableError,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.mapping_file import (
    read_mapping,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECRET = "Kq7vX2-Zr9wT4"


def decrypt(text: str) -> str:
    if text == "wrong":
        raise UnreadableError("cannot be decrypted: it is another's.")
    return SECRET


FILES = Files(lambda path: Path(path).read_bytes(), decrypt)
NAMED: dict[str, Any] = {"name": "{Name}"}


def read(
    folder: Path, text: str, mapping: Any, name: str = "d.csv", encoding: str = "utf-8"
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows, and what is warned of."""
    file = folder / name
    file.write_bytes(text.encode(encoding))
    told: list[str] = []
    rows = read_devices(
        str(file), FILES, told.append, mapping=read_mapping("mapping", mapping, FILES)
    )
    return rows, [one.removeprefix(f"{file}: ") for one in told]


def fields(folder: Path, text: str, mapping: Any, name: str = "d.csv") -> list[dict[str, Any]]:
    rows, _told = read(folder, text, mapping, name)
    assert [one["errors"] for one in rows] == [{}] * len(rows)
    return [one["fields"] for one in rows]


def errors(folder: Path, text: str, mapping: Any, name: str = "d.csv") -> dict[str, str]:
    rows, _told = read(folder, text, mapping, name)
    return {
        f"{row['line']} {key}": " ".join(texts)
        for row in rows
        for key, texts in row["errors"].items()
    }


def problems(folder: Path, text: str, mapping: Any, name: str = "d.csv") -> list[str]:
    with pytest.raises(FileError) as caught:
        read(folder, text, mapping, name)
    assert SECRET not in str(caught.value)
    return [one.replace(f"{folder}/", "") for one in caught.value.problems]


# ---------------------------------------------------------------------------------- the mapping


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, ["mapping, fields: is not given. Give field: text with {Column}"]),
        (5, ["mapping: 5 is no mapping. Give a mapping with `fields`, or the path of a file."]),
        ("fields: [", ["mapping: 'fields: [' is not valid YAML"]),
        (
            {"field": NAMED},
            [
                "mapping, field: is not known. Write fields. Known are",
                "mapping, fields: is not given",
            ],
        ),
        ({"fields": []}, ["mapping, fields: [] is not a mapping", "mapping, fields: is not given"]),
        (
            {"fields": {"nam": "x", "typ": "y"}},
            [
                "mapping, fields.nam: is no field. Write name. Known are name, customer_id",
                "mapping, fields.typ: is no field. Write type.",
            ],
        ),
        ({"fields": {"Serial Number": "{S}"}}, ["is no field. Write serial_number."]),
        ({"fields": {"type": "{S}"}}, ["mapping, fields: has no name, which each device needs."]),
        ({"fields": {"new_name": "{S}"}}, ["mapping, fields.new_name: cannot be given here"]),
        (
            {"fields": {"name": "{Name|lowr}"}},
            [
                "mapping, fields.name: '{Name|lowr}' has the filter 'lowr', which is not known. Write lower."
            ],
        ),
        (
            {"fields": {"name": "{Name"}},
            ["mapping, fields.name: '{Name' has a { that is not closed"],
        ),
        ({"fields": {"name": ["{Name}"]}}, ["mapping, fields.name: is a structure"]),
        (
            {"fields": {"name": 1.1}},
            ["mapping, fields.name: was read as a number. Put it in quotes"],
        ),
        (
            {"fields": {**NAMED, "organization": "1", "organization_id": "1"}},
            ["is another name of organization_id, which is given too"],
        ),
        (
            {"fields": {**NAMED, "coordinates": "{P}", "latitude": "{L}"}},
            ["mapping, fields.coordinates: holds latitude and longitude"],
        ),
        (
            {"fields": NAMED, "values": {"type": {"a": "b"}}},
            ["mapping, values.type: is not in `fields`"],
        ),
        (
            {"fields": NAMED, "values": {"name": ["a"]}},
            ["mapping, values.name: ['a'] is not a mapping"],
        ),
        (
            {"fields": NAMED, "values": {"nam": {"a": "b"}}},
            ["mapping, values.nam: is no field. Write name."],
        ),
        ({"fields": NAMED, "skip": ["a"]}, ["mapping, skip: ['a'] is not a mapping"]),
        ({"fields": NAMED, "skip": {"State": {"a": 1}}}, ["mapping, skip.State: is a structure"]),
        ({"fields": NAMED, "encoding": "ansi-de"}, ["mapping, encoding: 'ansi-de' is not known"]),
        (
            {"fields": NAMED, "header": "maybe"},
            ["mapping, header: 'maybe' is neither true nor false"],
        ),
        (
            {"fields": {"name": "{1}{Name}{0}"}, "header": False},
            [
                "mapping, header: is false, and so columns have numbers from 1: {Name} is none",
                "{0} is none",
            ],
        ),
        (
            "map.txt",
            ["map.txt: is no file of a mapping. Its name has to end in .json, .yaml, .yml."],
        ),
        ("no/such.yml", ["mapping: no/such.yml is not there"]),
    ],
)
def test_what_is_wrong_with_a_mapping(tmp_path: Path, mapping: Any, expected: list[str]) -> None:
    def content(path: str) -> bytes:
        raise UnreadableError("mapping: no/such.yml is not there")

    with pytest.raises(FileError) as caught:
        read_mapping("mapping", mapping, Files(content, decrypt))
    assert len(caught.value.problems) == len(expected)
    for problem, text in zip(caught.value.problems, expected, strict=True):
        assert text in problem


def test_all_that_is_wrong_with_a_mapping_is_said_at_once_and_the_fields_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "map.yml"
    path.write_text(
        "fields: {nam: '{Name', typ: x, name: '{a|b}'}\nskipp: {}\nencoding: x\nencoding: y\n"
    )
    with pytest.raises(FileError) as caught:
        read_mapping("mapping", str(path), FILES)
    assert str(caught.value) == (f"{path} line 1, encoding: is given twice. Remove one of them.")
    path.write_text("fields: {nam: '{Name', typ: x, name: '{a|b}'}\nskipp: {}\nencoding: x\n")
    with pytest.raises(FileError) as caught:
        read_mapping("mapping", str(path), FILES)
    assert len(caught.value.problems) == 5
    assert str(caught.value).count("customer_id") == 1


def test_a_mapping_is_the_same_as_a_mapping_as_text_and_in_a_file(tmp_path: Path) -> None:
    mapping = {
        "fields": {"name": "{Name}", "organization": 7, "is_active": True},
        "values": {"organization": {7: 8}},
        "skip": {"State": ["sold", 5]},
        "header": True,
    }
    text = json.dumps(mapping)
    (tmp_path / "map.yml").write_text(text)
    (tmp_path / "map.json").write_text(text)
    read_as = [
        read_mapping("mapping", one, FILES)
        for one in (json.loads(text), text, str(tmp_path / "map.yml"), str(tmp_path / "map.json"))
    ]
    assert read_as == [read_as[0]] * 4
    assert read_as[0].values == {"organization_id": {"7": "8"}}
    assert read_as[0].skip == {"State": {"sold", "5"}}
    assert read_as[0].fields["is_active"].fill(str) == "true"


# ------------------------------------------------------------------------------------- headings


def test_wrong_headings_and_wrong_rows_are_told_in_one_round(tmp_path: Path) -> None:
    text = "Fleet\nName;Serial No;State;Lat\na;S1;active;north\n;S2;lost;\n"
    mapping = {
        "fields": {**NAMED, "serial_number": "{Serial Number}", "is_active": "{State}", "latitude": "{Lat}"},
        "values": {"is_active": {"active": True, "sold": False}},
    }  # fmt: skip
    assert problems(tmp_path, text, mapping) == [
        (
            "d.csv line 2: no line has all columns of the mapping. This one comes closest, with 3 of 4"
            " columns; missing: Serial Number (there is 'Serial No'). Correct the names in the mapping."
        ),
        (
            "d.csv line 3, latitude: 'north' is not a number of degrees from -90 to 90. Correct it; an"
            " empty string clears the coordinate."
        ),
        (
            "d.csv line 4, name: is made of Name, where this row has nothing. Fill it in, or leave such"
            " rows out by `skip` of the mapping."
        ),
        (
            "d.csv line 4, is_active: 'lost' is not in `values.is_active` of the mapping. Add it there,"
            ' or "*" for all that are not named.'
        ),
    ]


def test_a_line_that_has_none_of_the_columns_is_the_closest_where_it_is_alike(
    tmp_path: Path,
) -> None:
    mapping = {"fields": {"name": "{Serial Number}"}}
    (problem,) = problems(tmp_path, "title\nSerialnummer;Ort\nS1;X\n", mapping)
    assert problem.startswith("d.csv line 2: no line has all columns of the mapping.")
    assert "with 0 of 1 column; missing: Serial Number (there is 'Serialnummer')." in problem


def test_of_a_file_of_something_else_nothing_is_shown(tmp_path: Path) -> None:
    mapping = {"fields": {"name": "{Serial Number}"}}
    assert problems(tmp_path, f"user,key\nx,{SECRET}\n", mapping) == [
        (
            "d.csv: has no line that names the columns Serial Number. See that the mapping and its"
            " `encoding` are those of this file."
        )
    ]
    (problem,) = problems(tmp_path, "a,b\n", {"fields": {"name": "{1}"}})
    assert "Columns have numbers where the mapping says `header: false`." in problem
    assert problems(tmp_path, " \n", mapping) == [
        "d.csv: is empty. Give the file with the devices."
    ]


def test_a_column_that_is_there_twice_is_not_chosen_from(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "Name,Site,name \na,b,c\n", {"fields": NAMED})
    assert problem.startswith("d.csv line 1: has 'Name' more than once, in columns 1, 3.")
    # Of a column that is left out it does not matter.
    assert fields(tmp_path, "Name,Site,Site\na,b,c\n", {"fields": NAMED}) == [{"name": "a"}]


@pytest.mark.parametrize(
    "text",
    [
        "Name,S\na,1\n",
        "S;Name\r\n1;a\r\n",
        "Name\tS\na\t1\n",
        "Name|S\na|1\n",
        '\ufeff"NAME", s\na,1\n',
        "sep=;\nS;name\n1;a\n",
        '"sep=|"\nS|N a m e\n1|a\n',
        "\n\n# of the north\nA title, with a comma\n,,\nName,S,,\na,1,,\n",
        'Pipes of 5" and a "quote\nName,S\na,1\n',
        "Name,S\nName,S\na,1\n",
        "# Name,S\na,1\n",
        "# S,Name\nName,S\na,1\n",
        "Name,S\na,1\n\n# the end\n",
        "Name,S\na,1\nTotal,1\n",
        "Name,S\na,1\nSumme:;\n",
        "Other,Name,S,More\nx,a,1,y\n",
    ],
)  # fmt: skip
def test_a_header_is_found_wherever_it_is(tmp_path: Path, text: str) -> None:
    mapping = {"fields": {**NAMED, "serial_number": "{S}"}}
    assert fields(tmp_path, text, mapping) == [{"name": "a", "serial_number": "1"}]


def test_headings_are_the_same_however_accents_are_written(tmp_path: Path) -> None:
    mapping = {"fields": {"name": "{Ge\u0301ra\u0302t\u00a0Nr}"}}
    assert fields(tmp_path, "G\u00e9r\u00e2t nr\na\n", mapping) == [{"name": "a"}]


def test_text_that_is_kept_from_a_spreadsheet_is_that_text(tmp_path: Path) -> None:
    mapping = {"fields": {**NAMED, "serial_number": "{S}"}}
    text = 'Name,S\n"=""a""",="0012"\n'
    assert fields(tmp_path, text, mapping) == [{"name": "a", "serial_number": "0012"}]
    told = errors(tmp_path, "Name,S\na,4.02211E+11\nb,=A1\n", mapping)
    assert list(told) == ["2 serial_number", "3 serial_number"]


@pytest.mark.parametrize(
    "text",
    ["#;Name\n12;a\n", "# ;Name\n12;a\n", "Fleet;\n\n#;Name\n#12;a\n", "Name|#\na|12\n"],
)
def test_a_column_may_be_called_by_a_number_sign(tmp_path: Path, text: str) -> None:
    # In a play, `{#` would begin a comment of a template.
    mapping = {"fields": {**NAMED, "serial_number": "{ # }"}}
    (found,) = fields(tmp_path, text, mapping)
    assert found["serial_number"].strip("#") == "12"


# ----------------------------------------------------------------------------------------- rows


def test_rows_that_are_left_out_are_told_with_their_lines(tmp_path: Path) -> None:
    text = "Name,State\na,sold\nb,new\nc,sold\n# old\nd,\nTotal,4\n"
    mapping = {"fields": NAMED, "skip": {"state": ["sold", ""]}}
    rows, told = read(tmp_path, text, mapping)
    assert [row["line"] for row in rows] == [3]
    assert told == [
        (
            "5 rows left out: `skip` of state (line 2, 4, 6); comments (line 5); totals (line 7)."
            " 1 device read."
        )
    ]


def test_a_row_that_may_be_a_comment_or_a_device_is_an_error(tmp_path: Path) -> None:
    text = "Tag,Name\n#12,a\n#gw-9,b\n"
    assert errors(tmp_path, text, {"fields": NAMED}) == {
        "3 ": "is a comment: comment lines are not part of CSV. Remove it."
    }


def test_cells_that_no_heading_is_for(tmp_path: Path) -> None:
    assert errors(tmp_path, "Name,S\na,1,,\nb,1,x\nc\n", {"fields": NAMED}) == {
        "3 column 3": "is not in the header: the row has 3 cells, the header 2 columns. Put a text"
        " that holds the delimiter in double quotes."
    }


def test_rows_that_have_a_name_alone_are_warned_of(tmp_path: Path) -> None:
    mapping = {"fields": {**NAMED, "serial_number": "{S}", "type": "5"}}
    _rows, told = read(tmp_path, "Name,S\na,1\nNorth,\nb,2\n", mapping)
    assert told == [
        (
            "rows that give nothing but a name, where most give more: line 3 (North). See that they are"
            " devices."
        )
    ]


def test_nothing_is_made_of_a_name_that_lacks_a_part(tmp_path: Path) -> None:
    mapping = {"fields": {"name": "{Site|slug}-{No}", "description": "of {Owner}"}}
    text = "Site,No,Owner\nX,1,\n,2,Y\n--,3,\n"
    assert errors(tmp_path, text, mapping) == {
        f"{line} name": "is made of Site, where this row has nothing. Fill it in, or leave such"
        " rows out by `skip` of the mapping."
        for line in (3, 4)
    }
    rows, _told = read(tmp_path, text, mapping)
    assert rows[0]["fields"] == {"name": "X-1".lower()}
    assert rows[1]["fields"] == {"description": "of Y"}


def test_where_names_are_made_elsewhere_a_row_needs_none(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text("Site,No,Kind\nX,1,a\nX,,a\n", encoding="utf-8")
    kind = {"type": "{Kind}"}
    for made_of, names in ((kind, [None, None]), ({**kind, "name": "{Site}-{No}"}, ["X-1", None])):
        mapping = read_mapping("mapping", {"fields": made_of}, FILES, needs_name=False)
        rows = read_devices(str(file), FILES, print, mapping=mapping, needs_name=False)
        assert [row["errors"] for row in rows] == [{}, {}]
        assert [row["fields"].get("name") for row in rows] == names


def test_values_are_never_guessed(tmp_path: Path) -> None:
    text = "Name,On\na,Yes\nb,yes\nc,\nd,no\n"
    table: dict[str, Any] = {"yes": True, "no": None}
    mapping: dict[str, Any] = {
        "fields": {**NAMED, "is_active": "{On}"},
        "values": {"is_active": table},
    }
    assert errors(tmp_path, text, mapping) == {
        "2 is_active": "'Yes' is not in `values.is_active` of the mapping. Add it there, or \"*\" for"
        " all that are not named. The closest there is 'yes'."
    }
    table["*"] = False
    assert fields(tmp_path, text, mapping) == [
        {"name": "a", "is_active": "false"},
        {"name": "b", "is_active": "true"},
        {"name": "c"},
        {"name": "d"},
    ]
    table[""] = True
    assert fields(tmp_path, text, mapping)[2] == {"name": "c", "is_active": "true"}


def test_a_secret_is_in_no_error(tmp_path: Path) -> None:
    mapping = {"fields": {**NAMED, "password": "{P}"}, "values": {"password": {"a": "b"}}}
    told = errors(tmp_path, f"Name,P\na,{SECRET}\n", mapping)
    assert list(told) == ["2 password"]
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("4.711, -74.072", "4.711", "-74.072"),
        ("4.711,-74.072", "4.711", "-74.072"),
        ("4.711 -74.072", "4.711", "-74.072"),
        ("4.711;-74.072", "4.711", "-74.072"),
        ("(4.711, -74.072)", "4.711", "-74.072"),
        ("48,137; 11,575", "48.137", "11.575"),
        ("48,137, 11,575", "48.137", "11.575"),
        ("48,137 11,575", "48.137", "11.575"),
        ("-12, -77", "-12", "-77"),
        ("-12,-77", "-12", "-77"),
        ("+4.5,74", "+4.5", "74"),
    ],
)
def test_coordinates_in_one(tmp_path: Path, text: str, latitude: str, longitude: str) -> None:
    mapping = {"fields": {**NAMED, "coordinates": "{P}"}}
    assert fields(tmp_path, f'Name,P\na,"{text}"\n', mapping) == [
        {"name": "a", "latitude": latitude, "longitude": longitude}
    ]


@pytest.mark.parametrize("text", ["48,137", "48,137,11,575", "4.711", "1;2;3", "N4.7"])
def test_coordinates_that_are_not_clear(tmp_path: Path, text: str) -> None:
    mapping = {"fields": {**NAMED, "coordinates": "{P}"}}
    told = errors(tmp_path, f'Name,P\na,"{text}"\n', mapping)
    assert list(told) == ["2 coordinates"]
    assert told["2 coordinates"].startswith(f"'{text}' is not a latitude and a longitude. Write")


def test_coordinates_out_of_range_are_told_of_the_field(tmp_path: Path) -> None:
    mapping = {"fields": {**NAMED, "coordinates": "{P}"}}
    assert list(errors(tmp_path, "Name;P\na;91.5, north\n", mapping)) == [
        "2 latitude",
        "2 longitude",
    ]


def test_without_a_header(tmp_path: Path) -> None:
    mapping: dict[str, Any] = {"header": "no", "fields": {"name": "{2}"}, "skip": {1: "x"}}
    assert fields(tmp_path, "sep=|\nx|a;b\ny|b\n", mapping) == [{"name": "b"}]
    assert problems(tmp_path, "a\nb\n", mapping) == [
        "d.csv: has 1 column, and the mapping names {2}. Correct the mapping."
    ]


# ------------------------------------------------------------------------------------ encodings


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        # A mark says what it is, whatever else is said.
        ("utf-8-sig", "windows-1252"),
        ("utf-16", "windows-1252"),
        ("utf-16-le", "utf-16-le"),
        ("windows-1252", "windows-1252"),
        ("shift_jis", "shift_jis"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, said: str) -> None:
    place = "札幌" if encoding == "shift_jis" else "Málaga"
    mapping = {"fields": {**NAMED, "location_name": "{Place}"}, "encoding": said}
    rows, _told = read(tmp_path, f"Name,Place\na,{place}\n", mapping, encoding=encoding)
    assert [row["fields"] for row in rows] == [{"name": "a", "location_name": place}]


def test_an_encoding_that_is_another_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    told = {}
    for encoding, said in (("windows-1252", ""), ("utf-8", "windows-1252")):
        mapping = read_mapping("mapping", {"fields": NAMED, "encoding": said}, FILES)
        file.write_bytes("Name\nMálaga\n".encode(encoding))
        with pytest.raises(FileError) as caught:
            read_devices(str(file), FILES, print, mapping=mapping)
        told[encoding] = str(caught.value)
    assert told == {
        "windows-1252": f"{file} line 2: is not UTF-8 text. Save it as UTF-8, or give the mapping the"
        " `encoding` of the file, such as windows-1252.",
        "utf-8": f"{file}: is UTF-8, and not windows-1252. Take `encoding` out, or correct it.",
    }


# ------------------------------------------------------------------------------------ documents


def test_documents_that_are_wrong(tmp_path: Path) -> None:
    mapping = {"fields": {"name": "{id}"}}
    for text, told in (
        ('{"a": {"rows": [{"id": 1}]}}', "is no list, and the mapping has no `list`. There are lists at a.rows. Say which one as `list`."),
        ('{"a": 1}', "is no list, and the mapping has no `list`. Say where the list of the devices is."),
        ("5", "is no list. Give a file with a list of devices."),
        ('[{"Id ": 1}', "line 1: is not valid JSON"),
        ("[" * 100000, "nested too deeply"),
        ('[{"idd": 1, "b": {"c": 2}}]', "no entry has 'id'. The closest is 'idd'. Correct the name in the mapping."),
        ('[{"xyz": 1, "b": {"c": 2}}]', "no entry has 'id'. There are xyz, b, b.c. Correct the name"),
    ):  # fmt: skip
        (problem,) = problems(tmp_path, text, mapping, "d.json")
        assert told in problem
    (problem,) = problems(tmp_path, "a: 1", {**mapping, "list": "rows"}, "d.yml")
    assert "has no list at 'rows', where the mapping says `list`." in problem
    (problem,) = problems(tmp_path, "[]", {"fields": {"name": "{1}"}, "header": False}, "d.json")
    assert "Take `header: false` out of the mapping." in problem
    (problem,) = problems(tmp_path, '{"id": 1}\n{"id": }\n', mapping, "d.json")
    assert problem.startswith("d.json line 2: is not valid JSON")


def test_rows_of_documents_that_are_wrong(tmp_path: Path) -> None:
    mapping = {"fields": {"name": "{id}", "description": "{tags}"}, "skip": {"state": "sold"}}
    text = (
        '[{"id": "a", "tags": ["x"], "state": 1},\n5,\n{"id": "b", "tags": {"k": 1}},\n'
        '{"id": "c", "id": "d"}, {"id": null},\n{"id": "e", "state": {"v": "sold"}}]'
    )
    told = errors(tmp_path, text, mapping, "d.json")
    assert {place: text.partition(". ")[2] for place, text in told.items()} == {
        "1 description": "Name a part of it in the mapping, such as {tags.0}.",
        "1 ": "Write each device as a mapping with a `name`.",
        "3 description": "Name a part of it in the mapping, such as {tags.k}.",
        "4 name": told["4 name"].partition(". ")[2],
        "5 skip": "Name a part of it in the mapping, such as {state.v}.",
    }


def test_keys_of_documents(tmp_path: Path) -> None:
    text = (
        "a.b:\n  site name: 007\n  deep.er: {x: yes}\n  list: [{k: 1.10}]\nc.d: {Site Name: ~}\n"
        "e: &e {self: *e, sitename: !vault good}\n"
    )
    mapping = {
        "fields": {
            "name": "{@key}",
            "serial_number": "{SiteName}",
            "location_name": "{deep.er.x}",
            "description": "{list.0.k}",
        },
        "list": "rows",
    }
    rows = "rows:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    assert fields(tmp_path, rows, mapping, "d.yml") == [
        {"name": "a.b", "serial_number": "007", "location_name": "yes", "description": "1.10"},
        {"name": "c.d"},
        {"name": "e", "serial_number": SECRET},
    ]
    told = errors(tmp_path, rows.replace("good", "wrong"), mapping, "d.yml")
    assert told == {"7 serial_number": "cannot be decrypted: it is another's."}


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("sites.cpe", "sites: [{name: A, cpe: [{id: 1}, {id: 2}]}, {name: B, cpe: [{id: 3}]}]"),
        ("sites.cpe", "sites: [{name: A, cpe: [{id: 1}, {id: 2}]}, {name: C}, {name: D, cpe: ~}, {name: B, cpe: [{id: 3}]}]"),
        ("net.sites.c.p", "net: {sites: [{name: A, c: {p: [{id: 1}, {id: 2}]}}, {name: B, c: {p: [{id: 3}]}}]}"),
        ("sites.*.cpe", "sites: {A: {cpe: [{id: 1}, {id: 2}]}, B: {cpe: [{id: 3}]}}"),
        ("sites.*.cpe", "sites: {A: {cpe: {1: {}, 2: {}}}, B: {cpe: {3: {}}}}"),
        ("si.tes.cpe", "si.tes: [{name: A, cpe: [{id: 1}, {id: 2}]}, {name: B, cpe: [{id: 3}]}]"),
    ],
)  # fmt: skip
def test_lists_within_lists(tmp_path: Path, where: str, text: str) -> None:
    site = where.removesuffix(".cpe").removesuffix(".c.p").removesuffix(".*")
    part = "@key" if "*" in where else "name"
    row = "id" if "id" in text else "@key"
    mapping = {"list": where, "fields": {"name": f"{{{site}.{part}|lower}}-{{{row}}}"}}
    names = [one["name"] for one in fields(tmp_path, text, mapping, "d.yml")]
    assert names == ["a-1", "a-2", "b-3"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.text(alphabet='aN#,;|\t\n" =é{}-1.', max_size=60),
    st.sampled_from(["d.csv", "d.json", "d.yml"]),
    st.booleans(),
)
def test_whatever_a_file_holds_it_is_read_or_refused(
    tmp_path: Path, text: str, name: str, header: bool
) -> None:
    mapping = {"fields": {"name": "{N}" if header else "{1}"}, "header": header}
    try:
        rows, _told = read(tmp_path, f"N\n{text}", mapping, name)
    except FileError as error:
        assert error.problems  # noqa: PT017 - not every text is refused
        return
    for row in rows:
        assert row["errors"] or row["fields"]["name"]
