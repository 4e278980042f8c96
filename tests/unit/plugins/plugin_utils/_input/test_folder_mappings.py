# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of other software in a desired-state folder, which `mapping.yml` says how to read."""

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

FILES = Files(lambda path: Path(path).read_bytes(), str)
MAPPING = 'fields: {name: "{Host}", type: "{Kind}"}\n'
INLINE = 'fields: {name: "{Host}", type: "{Kind}"}'
ASSETS = "Fleet\nHost;Kind;Owner\ngw-1;gateway;x\ngw-2;;y\n"


def write(folder: Path, **files: str) -> None:
    """name: with __ for a slash, and _dot_ for a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def devices(folder: Path) -> list[dict[str, Any]]:
    return read([str(folder)], FILES)


def problems(folder: Path) -> list[str]:
    with pytest.raises(FileError) as caught:
        devices(folder)
    return [one.replace(f"{folder}/", "") for one in caught.value.problems]


def test_a_table_is_read_where_a_mapping_names_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        assets_dot_csv=ASSETS,
        others_dot_csv="no matter what\n",
        own_dot_yml="- {name: gw-0, type: router}\n",
        defaults_dot_yml="defaults: {type: router}\ntype_defaults: {gateway: {debug: true}}\n",
    )
    assert devices(tmp_path) == [{"name": "gw-0", "type": "router"}]
    write(tmp_path, mapping_dot_yml=f"assets.csv:\n  {MAPPING}")
    assert devices(tmp_path) == [
        {"name": "gw-1", "type": "gateway", "debug": True},
        {"name": "gw-2", "type": "router"},
        {"name": "gw-0", "type": "router"},
    ]


def test_a_mapping_may_be_a_file_of_its_own_and_is_no_list_of_devices(tmp_path: Path) -> None:
    inside, beside = tmp_path / "devices", tmp_path / "mappings"
    write(inside, sites__a_dot_csv=ASSETS, sites__b_dot_txt="Host|Kind\ngw-3|gateway\n")
    write(inside, maps__sites_dot_yml=MAPPING)
    write(beside, sites_dot_yml=MAPPING)
    for path in ("maps/sites.yml", "../mappings/sites.yml"):
        if path.startswith(".."):
            (inside / "maps" / "sites.yml").unlink()
        write(inside, mapping_dot_yml=f"sites/a.csv: {path}\n'*.txt': {path}\n")
        assert [one["name"] for one in devices(inside)] == ["gw-1", "gw-2", "gw-3"]


def test_documents_of_other_software_are_read_by_a_mapping_too(tmp_path: Path) -> None:
    write(
        tmp_path,
        export_dot_json='{"rows": [{"id": "gw-1"}]}',
        state_dot_yml="rows: {gw-2: {}}\n",
        mapping_dot_yml=(
            "export.json: {list: rows, fields: {name: '{id}'}}\n"
            "state.yml: {list: rows, fields: {name: '{@key}'}}\n"
        ),
    )
    assert devices(tmp_path) == [{"name": "gw-1"}, {"name": "gw-2"}]


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        assets_dot_csv=f"{ASSETS}Total;2;\n",
        mapping_dot_yml="'*.csv': {fields: {name: '{Host}'}, skip: {Owner: y}}\n",
    )
    told: list[str] = []
    assert read([str(tmp_path)], FILES, told.append) == [{"name": "gw-1"}]
    assert told == [
        (
            f"{tmp_path}/assets.csv: 2 rows left out: `skip` of Owner (line 4); totals (line 5)."
            " 1 device read."
        )
    ]


def test_all_that_is_wrong_is_told_with_file_and_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        assets_dot_csv="Host;Kind;Lat\ngw-1;a;north\ngw-0;a;\n",
        own_dot_yml="- {name: gw-0, type: router}\n",
        mapping_dot_yml=(
            "'*.csv': {fields: {name: '{Host}', type: '{Kind}', latitude: '{Lat}',"
            " customer_id: '{Owner}'}}\n"
        ),
    )
    told = problems(tmp_path)
    assert [one.partition(". ")[0] for one in told] == [
        "assets.csv line 1: no line has all columns of the mapping",
        "assets.csv line 2, entry 1 (gw-1), latitude: 'north' is not a number of degrees from -90 to 90",
        "own.yml line 1, entry 1 (gw-0), name: 'gw-0' is given in assets.csv line 3, entry 2 too",
    ]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("- a\n", ["mapping.yml: is no mapping. Write key: value"]),
        ("assets.csv: {fields: {nam: x}}\n", ["mapping.yml, assets.csv, fields.nam: is no field"]),
        ("assets.csv: {fields: {type: x}}\n", ["mapping.yml, assets.csv, fields: has no name"]),
        ("assets.csv: {}\n", ["mapping.yml, assets.csv, fields: is not given"]),
        ("assets.csv:\n", ["mapping.yml, assets.csv: is no mapping. Give a mapping, or the path"]),
        ("assets.csv: none.yml\n", ["none.yml: is not there"]),
        (f"asset.csv: {{{INLINE}}}\n", ["mapping.yml, asset.csv: no file here is called so"]),
        (
            f"'*.csv': {{{INLINE}}}\n'a*': {{{INLINE}}}\n",
            ["mapping.yml: has more than one pattern for assets.csv: *.csv, a*."],
        ),
    ],
)
def test_mappings_that_are_wrong(tmp_path: Path, mapping: str, told: list[str]) -> None:
    write(tmp_path, assets_dot_csv=ASSETS, mapping_dot_yml=mapping)

    def content(path: str) -> bytes:
        if not Path(path).exists():
            raise UnreadableError("is not there")
        return Path(path).read_bytes()

    with pytest.raises(FileError) as caught:
        read([str(tmp_path)], Files(content, str))
    found = [one.replace(f"{tmp_path}/", "") for one in caught.value.problems]
    assert len(found) == len(told)
    for one, text in zip(found, told, strict=True):
        assert one.startswith(text)


def test_a_mapping_belongs_into_the_folder_itself_and_is_one(tmp_path: Path) -> None:
    write(tmp_path, a__mapping_dot_yml=MAPPING, own_dot_yml="- name: gw-0\n")
    (told,) = problems(tmp_path)
    assert told.startswith(
        "a/mapping.yml: a file of this name says how files of other software are"
    )
    (tmp_path / "a" / "mapping.yml").unlink()
    write(tmp_path, mapping_dot_yml="own.yml: {fields: {name: '{name}'}}\n", mapping_dot_json="{}")
    told = "mapping.yml: there is mapping.json already. Keep one of the two."
    assert told in [one.replace(f"{tmp_path}/", "") for one in problems(tmp_path)]
