# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a file can be written is known without writing it; links stay, and what is no file stays what it is."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _files
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._files import (
    PRIVATE,
    check_folder,
    check_writable,
    make_folder,
    open_to_append,
    write_text,
)

Action = Callable[[str], object]


def append(path: str) -> None:
    handle = open_to_append("option", path, PRIVATE)
    os.write(handle, b"new")
    os.close(handle)


# Everything that is done with a file agrees on which files can be written.
ACTIONS: dict[str, Action] = {
    "check": lambda path: check_writable("option", path),
    "write": lambda path: write_text("option", path, "new"),
    "write privately": lambda path: write_text("option", path, "new", PRIVATE),
    "append": append,
    "check within a folder": lambda path: check_folder(
        "option", str(Path(path).parent), [Path(path).name]
    ),
}


def problem_of(action: Action, path: object) -> str:
    with pytest.raises(InputError) as caught:
        action(str(path))
    (problem,) = caught.value.errors["option"]
    return problem


def everything_below(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content by path: what a run has left behind, or changed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (path.lstat().st_mode, content)
    return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with one of everything."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "file", "pipe"):
        (tmp_path / f"link to {name}").symlink_to(name)
    (tmp_path / "link to null").symlink_to("/dev/null")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "dead link").symlink_to("made/later")
    with socket.socket(socket.AF_UNIX) as listening:
        # The path of a socket may have no more than some 100 characters.
        before = os.open(".", os.O_RDONLY)
        os.chdir(tmp_path)
        listening.bind("socket")
        os.fchdir(before)
        os.close(before)
        yield tmp_path


NO_FILE_NAME = "is no path: it holds a character that no file name can have"

SPECIAL = {
    "folder": "is a folder, and no file",
    "link to folder": "is a folder, and no file",
    "pipe": "is a named pipe, and no regular file",
    "link to pipe": "is a named pipe, and no regular file",
    "socket": "is a socket, and no regular file",
    "link to null": "is a device, and no regular file",
    "/dev/full": "is a device, and no regular file",
    "/dev/zero": "is a device, and no regular file",
    "circle": "cannot be written: Too many levels of symbolic links",
    "file/below": "cannot be written: Not a directory",
    "file/below/more": "cannot be written: Not a directory",
    "/proc/plan.json": "cannot be written: No such file or directory",
    "/proc/new/plan.json": "cannot be written: No such file or directory",
    "n" * 256: "cannot be written: File name too long",
    "a\0b": NO_FILE_NAME,
    "\ud800": NO_FILE_NAME,
}


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "check within a folder"])
@pytest.mark.parametrize(("name", "why"), SPECIAL.items(), ids=map(ascii, SPECIAL))
def test_what_is_no_regular_file_is_refused_and_stays(
    place: Path, action: str, name: str, why: str
) -> None:
    before = everything_below(place)
    assert problem_of(ACTIONS[action], place / name).startswith(why)
    assert everything_below(place) == before


def test_a_file_of_the_system_is_found_out_without_writing_to_it() -> None:
    """Anybody may open it for writing who is root, and nothing can be written."""
    for path in ("/proc/version", "/proc/uptime"):
        assert problem_of(ACTIONS["check"], path).startswith("cannot be written")


@pytest.mark.parametrize("name", ["new", "file", "link to file", "dead link", "made/deep/file"])
def test_what_can_be_written_is_not_touched_by_looking(place: Path, name: str) -> None:
    before = everything_below(place)
    times = (place / "file").stat().st_mtime_ns
    check_writable("option", str(place / name))
    check_folder("option", str(place), [name])
    assert everything_below(place) == before
    assert (place / "file").stat().st_mtime_ns == times


@pytest.mark.parametrize("action", ["write", "write privately", "append"])
@pytest.mark.parametrize("name", ["new", "file", "link to file", "dead link", "made/deep/file"])
def test_what_looking_allows_can_be_written_through_links_and_into_missing_folders(
    place: Path, action: str, name: str
) -> None:
    path = place / name
    links = [one for one in place.iterdir() if one.is_symlink()]
    old = "old" if action == "append" and name in ("file", "link to file") else ""
    ACTIONS[action](str(path))
    assert path.read_text(encoding="utf-8") == f"{old}new"
    assert [one for one in place.iterdir() if one.is_symlink()] == links
    mode = stat.S_IMODE(path.stat().st_mode)
    assert (mode == PRIVATE) is (action != "write")


def test_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_text("option", "~/a/file", "new")
    check_folder("option", "~/b", ["file"])
    make_folder("option", "~/b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_name_as_long_as_it_may_be(tmp_path: Path) -> None:
    write_text("option", str(tmp_path / ("n" * 255)), "new")
    check_writable("option", str(tmp_path / ("n" * 255)))


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("file", "cannot be made: Not a directory"),
        ("file/below", "cannot be made: Not a directory"),
        ("dead link", "cannot be made: Not a directory"),
        ("link to null", "cannot be made: Not a directory"),
        ("/proc/reports", "cannot be made: No such file or directory"),
        ("a\0b", NO_FILE_NAME),
    ],
)
def test_a_folder_that_cannot_be_made(place: Path, folder: str, why: str) -> None:
    before = everything_below(place)
    assert problem_of(lambda path: check_folder("option", path), place / folder) == why
    assert everything_below(place) == before
    assert problem_of(lambda path: make_folder("option", path), place / folder)


def test_each_file_of_a_folder_is_looked_at(place: Path) -> None:
    check_folder("option", str(place), ["new", "file"])
    for name, why in (("folder", "is a folder"), ("pipe", "is a named pipe")):
        with pytest.raises(InputError, match=f"{name}' {why}.* Do this."):
            check_folder("option", str(place), ["new", name], "Do this.")


@pytest.mark.parametrize("reason", [errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY])
def test_where_nothing_can_be_put_beside_a_file_it_is_written_in_its_place(
    place: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    """A file that is mounted by itself, or that is in a folder of somebody else's."""

    def refuse(*_args: object, **_more: object) -> None:
        raise OSError(reason, os.strerror(reason))

    node = (place / "file").stat().st_ino
    monkeypatch.setattr(_files, "_write_new", refuse)
    for name in ("file", "link to file"):
        check_writable("option", str(place / name))
        write_text("option", str(place / name), f"by {name}", PRIVATE)
        assert (place / "file").read_text(encoding="utf-8") == f"by {name}"
    assert (place / "file").stat().st_ino == node
    assert stat.S_IMODE((place / "file").stat().st_mode) == PRIVATE
    for action in ("check", "write"):
        assert problem_of(ACTIONS[action], place / "new") == (
            f"cannot be written: {os.strerror(reason)}"
        )


class FullFile:
    """A file on a disk that is full."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def __enter__(self) -> FullFile:
        return self

    def __exit__(self, *_exc: object) -> None:
        os.close(self.handle)

    def write(self, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_leaves_what_was_there(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything_below(place)
    whole = os.fdopen

    def full(handle: int, *_args: str) -> FullFile:
        return FullFile(handle)

    monkeypatch.setattr(os, "fdopen", full)
    for action in ("check", "write"):
        for name in ("file", "new"):
            assert problem_of(ACTIONS[action], place / name) == (
                "cannot be written: No space left on device"
            )
    monkeypatch.setattr(os, "fdopen", whole)
    assert everything_below(place) == before


def test_text_that_is_no_unicode_is_written_escaped(tmp_path: Path) -> None:
    write_text("option", str(tmp_path / "file"), "a\ud800ü\n")
    assert (tmp_path / "file").read_bytes() == "a\\ud800ü\n".encode()
