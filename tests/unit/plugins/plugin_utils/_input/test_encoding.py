# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes that are no text are never passed on, whatever the file and its format."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._device_mapping import (
    known_encoding,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.device_file import (
    read_devices,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
    UnreadableError,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.encoding import decoded
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

FILES = Files(lambda path: Path(path).read_bytes(), str)
SECRET = "Kq7vX2-Zr9wT4"
CSV = "name,location_name\ngw-1,Straße\ngw-2,Málaga €\n"
JSON = (
    '[{"name": "gw-1", "location_name": "Straße"},\n{"name": "gw-2", "location_name": "Málaga €"}]'
)
YAML = "- {name: gw-1, location_name: Straße}\n- {name: gw-2, location_name: Málaga €}\n"
PLACES = ["Straße", "Málaga €"]
FORMATS = pytest.mark.parametrize(
    ("name", "text"), [("d.csv", CSV), ("d.json", JSON), ("d.yml", YAML), ("D.CSV", CSV)]
)


def ignored(text: str) -> None:
    """A warning."""


def places(path: Path, encoding: str = "utf-8") -> list[str]:
    rows = read_devices(str(path), FILES, ignored, encoding)
    assert [row["errors"] for row in rows] == [{}, {}]
    return [row["fields"]["location_name"] for row in rows]


@FORMATS
@pytest.mark.parametrize(
    ("encoding", "given_encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-8", "utf-8-sig"),
        ("windows-1252", "windows-1252"),
        ("iso-8859-15", "latin9"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-32", "utf-32"),
        ("utf-7", "UTF-7"),
        ("cp858", "cp858"),
    ],
)
def test_what_was_written_is_read(
    tmp_path: Path, name: str, text: str, encoding: str, given_encoding: str
) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert places(tmp_path / name, given_encoding) == PLACES


@FORMATS
def test_bytes_of_a_spreadsheet_are_refused_with_their_line(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_bytes(text.encode("windows-1252"))
    with pytest.raises(FileError) as caught:
        places(tmp_path / name)
    line = text[: text.index("ß")].count("\n") + 1
    assert caught.value.problems == [
        (
            f"{tmp_path / name} line {line}: is not UTF-8 text. Save it as UTF-8 (in a spreadsheet:"
            " CSV UTF-8), or give the lookup its `encoding`, such as windows-1252 or"
            " utf-16."
        )
    ]


@pytest.mark.parametrize(("name", "text"), [("d.json", JSON), ("d.yml", YAML)])
def test_so_are_those_of_a_folder(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "a.yml").write_text("[{name: sound}]", encoding="utf-8")
    (tmp_path / name).write_bytes(text.encode("windows-1252"))
    with pytest.raises(FileError) as caught:
        read([str(tmp_path)], FILES)
    assert caught.value.problems == [
        f"{tmp_path / name} line 1: is not UTF-8 text. Save it as UTF-8."
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_the_line_is_right_whatever_ends_a_line(end: str, mark: bytes) -> None:
    data = mark + end.join(["name", "ä", "b"]).encode() + b"\xff"
    for encoding in ("utf-8", "utf-8-sig"):
        with pytest.raises(UnreadableError) as caught:
            decoded(data, encoding, "")
        assert caught.value.line == 3


def test_a_file_of_utf_16_is_told_so() -> None:
    with pytest.raises(
        UnreadableError, match=r"is not UTF-8 text. It begins as UTF-16 does. Save it."
    ):
        decoded("name\n".encode("utf-16"), "utf-8", "Save it.")


@FORMATS
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_so_is_one_without_a_byte_order_mark(
    tmp_path: Path, name: str, text: str, encoding: str
) -> None:
    # Letters of other languages are bytes that are no UTF-8.
    plain = text.encode("ascii", "ignore").decode()
    (tmp_path / name).write_bytes(plain.encode(encoding))
    with pytest.raises(FileError) as caught:
        places(tmp_path / name)
    (problem,) = caught.value.problems
    start = f"{tmp_path / name}: holds NUL characters: it may be UTF-16. Save it as UTF-8 (in"
    assert problem.startswith(start)


def test_unicode_text_of_a_spreadsheet_has_tabs(tmp_path: Path) -> None:
    text = CSV.replace(",", "\t").replace("\n", "\r\n")
    (tmp_path / "d.csv").write_bytes(text.encode("utf-16"))
    assert places(tmp_path / "d.csv", "utf-16") == PLACES


@FORMATS
def test_another_encoding_than_that_of_the_file_names_the_option(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_bytes(text.encode("windows-1252"))
    with pytest.raises(FileError) as caught:
        places(tmp_path / name, "utf-8-sig")
    line = text[: text.index("ß")].count("\n") + 1
    assert caught.value.problems == [
        (
            f"{tmp_path / name} line {line}: is not utf-8-sig text."
            " See that `encoding` is that of the file."
        )
    ]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xff", "ascii"),
        (b"a", "utf-16"),
        (b"\x81", "windows-1252"),
        (rb"\ud800", "unicode_escape"),
        (b"x", "undefined"),
        (b"xn--\xff", "idna"),
    ],
)
def test_other_encodings_are_as_strict(data: bytes, encoding: str) -> None:
    with pytest.raises(UnreadableError, match=f"is not {encoding} text. See"):
        decoded(data, encoding, "See")


@pytest.mark.parametrize(
    ("encoding", "known"),
    [
        ("utf-8", True),
        ("UTF8", True),
        ("windows-1252", True),
        ("1252", True),
        ("latin-1", True),
        ("ansi-of-my-machine", False),
        ("base64", False),
        ("rot13", False),
        ("zip", False),
        ("a\0b", False),
        ("\ud800", False),
        ("ü", False),
        ("../x", False),
    ],
)
def test_which_encodings_are_known(encoding: str, known: bool) -> None:
    assert known_encoding(encoding) is known


def test_no_message_repeats_bytes_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(f"name,password\na,{SECRET}".encode() + b"\xff")
    with pytest.raises(FileError) as caught:
        places(tmp_path / "d.csv")
    assert SECRET not in str(caught.value)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.binary(max_size=60), ending=st.sampled_from(["csv", "json", "yml"]))
@example(data=b"name,type\n\xe4,5\n", ending="csv")
@example(data=b"- name: \xed\xa0\x80\n", ending="yml")
@example(data=b'[{"name": "\\ud800"}]', ending="json")
@example(data=b"[" * 5000, ending="yml")
def test_any_bytes_give_sound_rows_or_an_error_that_names_the_file(
    tmp_path: Path, data: bytes, ending: str
) -> None:
    file = tmp_path / f"d.{ending}"
    file.write_bytes(data)
    try:
        rows = read_devices(str(file), FILES, ignored)
    except FileError as error:
        elsewhere = [one for one in error.problems if not one.startswith(str(file))]
        assert not elsewhere
        str(error).encode()
        return
    data.decode()
    # Nothing that cannot be sent, or printed, comes out.
    str(rows).encode()
    for row in rows:
        for value in row["fields"].values():
            str(value).encode()
        for key in row["errors"]:
            key.encode()


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(before=st.text(max_size=20), bad=st.binary(min_size=1, max_size=3))
def test_no_byte_that_is_no_text_passes(before: str, bad: bytes) -> None:
    data = before.encode("utf-8", "replace") + bad
    try:
        data.decode()
    except UnicodeDecodeError:
        with pytest.raises(UnreadableError, match="is not UTF-8 text"):
            decoded(data, "utf-8", "")
        return
    if b"\0" in data:
        with pytest.raises(UnreadableError, match="holds NUL characters"):
            decoded(data, "utf-8", "")
    else:
        assert decoded(data, "utf-8", "").encode() in (data, data[3:])
