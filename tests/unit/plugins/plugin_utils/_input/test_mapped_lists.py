# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists in the shapes that other software writes, each read by its mapping and as it is.

In `lists/` there is a file of each shape, its mapping, and in `expected.json` what comes of it.
"""

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
from ansible_collections.zequenze.control.plugins.plugin_utils._input.mapping_file import (
    read_mapping,
)

LISTS = Path(__file__).parent / "lists"
FILES = Files(lambda path: Path(path).read_bytes(), str)
EXPECTED: dict[str, Any] = json.loads((LISTS / "expected.json").read_text(encoding="utf-8"))
# As some are saved: encoding, and what ends a line. Here they are kept as text.
SAVED_AS = {
    "cloud_inventory.csv": ("utf-8-sig", "\n"),
    "standorte_excel.csv": ("windows-1252", "\r\n"),
    "unicode_text.txt": ("utf-16", "\r\n"),
}
OTHER_PASSWORDS = ("pppoe", "portal")
REMEDY = "Save the sheet as CSV UTF-8 (in the spreadsheet: Save As, CSV UTF-8), and give that file."


def test_every_list_is_expected_to_be_read() -> None:
    mappings = {path.name.partition(".")[0] for path in LISTS.glob("*.mapping.yml")}
    assert mappings == {name.partition(".")[0] for name in EXPECTED}
    assert len(EXPECTED) >= 20


def saved(name: str, folder: Path) -> Path:
    """The list as the software that made it has saved it."""
    encoding, newline = SAVED_AS.get(name, ("utf-8", "\n"))
    path = folder / name
    text = (LISTS / name).read_text(encoding="utf-8")
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    return path


@pytest.mark.parametrize("name", EXPECTED)
def test_a_list_is_read_as_it_is(name: str, tmp_path: Path) -> None:
    path = saved(name, tmp_path)
    mapping = read_mapping("mapping", str(LISTS / f"{path.stem}.mapping.yml"), FILES)
    told: list[str] = []
    rows = read_devices(str(path), FILES, told.append, mapping=mapping)
    assert [row["errors"] for row in rows] == [{}] * len(rows)
    assert [[row["line"], row["fields"]] for row in rows] == EXPECTED[name]["rows"]
    assert [text.removeprefix(f"{path}: ") for text in told] == EXPECTED[name]["told"]


@pytest.mark.parametrize("name", EXPECTED)
def test_without_a_mapping_it_is_not_read(name: str, tmp_path: Path) -> None:
    try:
        rows = read_devices(str(saved(name, tmp_path)), FILES, lambda text: None)
    except FileError:
        return
    assert rows
    assert all(row["errors"] for row in rows)


def test_a_password_of_something_else_is_never_taken() -> None:
    text = json.dumps(EXPECTED["isp_customers.csv"])
    written = (LISTS / "isp_customers.csv").read_text(encoding="utf-8")
    for word in OTHER_PASSWORDS:
        assert f"-{word}" in written
        assert f"-{word}" not in text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assets.xlsx", b"PK\x03\x04\x14\x00"),
        ("ASSETS.XLS", b"\xd0\xcf\x11\xe0\xa1"),
        ("assets.ods", b"PK\x03\x04"),
        # By what it holds, whatever it is called.
        ("assets.csv", b"PK\x03\x04\x14\x00\x06\x00"),
        ("assets2.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ],
)
@pytest.mark.parametrize("mapped", [False, True])
def test_a_workbook_is_refused_with_what_to_do(
    tmp_path: Path, name: str, data: bytes, mapped: bool
) -> None:
    (tmp_path / name).write_bytes(data)
    mapping = read_mapping("mapping", {"fields": {"name": "{Name}"}}, FILES) if mapped else None
    with pytest.raises(FileError) as caught:
        read_devices(str(tmp_path / name), FILES, lambda text: None, mapping=mapping)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{tmp_path / name}: is the workbook of a spreadsheet")
    assert problem.endswith(REMEDY)
