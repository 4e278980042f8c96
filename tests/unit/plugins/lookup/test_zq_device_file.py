# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup of device files, as a playbook calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.utils.display import Display

TEXT = "name,location_name\ngw-1,Málaga\n"


def lookup(*terms: Any, **options: Any) -> list[dict[str, Any]]:
    plugin = lookup_loader.get("zequenze.control.zq_device_file", loader=DataLoader())
    (rows,) = plugin.run(list(terms), {}, **options)
    found: list[dict[str, Any]] = rows
    return found


@pytest.mark.parametrize("encoding", [None, "", "utf-8", "windows-1252", "utf-16"])
def test_the_encoding_is_an_option(tmp_path: Path, encoding: str | None) -> None:
    (tmp_path / "d.csv").write_bytes(TEXT.encode(encoding or "utf-8"))
    (row,) = lookup(str(tmp_path / "d.csv"), encoding=encoding)
    assert row["fields"]["location_name"] == "Málaga"


def test_it_is_utf_8_where_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(TEXT.encode("utf-8-sig"))
    assert lookup(str(tmp_path / "d.csv"))[0]["fields"]["location_name"] == "Málaga"
    (tmp_path / "d.csv").write_bytes(TEXT.encode("windows-1252"))
    with pytest.raises(AnsibleLookupError, match=r"d.csv line 2: is not UTF-8 text"):
        lookup(str(tmp_path / "d.csv"))


@pytest.mark.parametrize("encoding", ["excel", "base64", "a\0b"])
def test_an_encoding_that_is_not_known(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(AnsibleLookupError) as caught:
        lookup(str(tmp_path / "none.csv"), encoding=encoding)
    assert str(caught.value) == (
        f"zq_device_file: encoding: {encoding!r} is not known."
        " Give one that Python knows, such as utf-8, utf-16 or windows-1252."
    )


def test_what_looks_odd_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _display, text: warnings.append(text))
    (tmp_path / "d.csv").write_text("name,type\nNorth:,\na,5\nb,5\n", encoding="utf-8")
    assert [row["errors"] for row in lookup(str(tmp_path / "d.csv"))] == [{}, {}, {}]
    assert len(warnings) == 1
    assert "line 2 (North:)" in warnings[0]
