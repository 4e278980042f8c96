# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup of device files, as a playbook calls it: bytes, encodings, rows that look odd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.acceptance.support import Playbook

TEXT = "name,location_name\ngw-1,Málaga\n"


def looked_up(name: str, path: Path, encoding: str | None = None) -> dict[str, Any]:
    """A task that shows what the lookup makes of a file. encoding: None where it is not said."""
    option = "" if encoding is None else f", encoding={encoding!r}"
    call = f"lookup('zequenze.control.zq_device_file', {str(path)!r}{option})"
    return {
        "name": name,
        "ansible.builtin.set_fact": {"rows": f"{{{{ {call} }}}}"},
        "ignore_errors": True,
    }


def test_the_encoding_is_an_option_and_utf_8_where_none_is_said(
    playbook: Playbook, tmp_path: Path
) -> None:
    files = {"": "utf-8", "utf-8": "utf-8-sig", "windows-1252": "windows-1252", "utf-16": "utf-16"}
    tasks = []
    for option, encoding in files.items():
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(TEXT.encode(encoding))
        tasks.append(looked_up(encoding, path, option))
    tasks.append(looked_up("not said", tmp_path / "utf-8-sig.csv"))
    tasks.append(looked_up("as Excel writes it", tmp_path / "windows-1252.csv"))
    unknown = ("excel", "base64")
    tasks += [looked_up(name, tmp_path / "none.csv", name) for name in unknown]
    played = playbook(*tasks)
    for name in (*files.values(), "not said"):
        (row,) = played[name]["ansible_facts"]["rows"]
        assert row["fields"]["location_name"] == "Málaga"
    assert "windows-1252.csv line 2: is not UTF-8 text" in played["as Excel writes it"]["msg"]
    for name in unknown:
        assert f"encoding: {name!r} is not known" in played[name]["msg"]
        assert "such as utf-8, utf-16 or windows-1252" in played[name]["msg"]
