# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a run writes: whether they can be written, and written whole or not at all.

A link stays, and what it points to is written. What is no regular file is never written to.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ._errors import InputError

READABLE = 0o666  # less the umask
PRIVATE = 0o600
REMEDY = "Give a place that can be written to."

SPECIAL = {
    stat.S_IFDIR: "is a folder, and no file",
    stat.S_IFCHR: "is a device, and no regular file",
    stat.S_IFBLK: "is a device, and no regular file",
    stat.S_IFIFO: "is a named pipe, and no regular file",
    stat.S_IFSOCK: "is a socket, and no regular file",
}
# Why no file can be put beside one that may be written to itself: the folder may not be written
# to, or the file is a mount of its own, as in a container.
NOT_REPLACED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY})


def check_writable(option: str, path: str, mode: int = READABLE, remedy: str = REMEDY) -> None:
    """See that a file can be written, or made. Nothing is left behind. Raises InputError.

    mode: PRIVATE where it must be possible to make it so.
    """
    with _as_input_error(option, path, "written", remedy):
        _try_file(real_file(path), mode)


def check_folder(option: str, path: str, names: Iterable[str] = (), remedy: str = REMEDY) -> None:
    """See that a folder is there or can be made, and that files of these names can be in it.

    Nothing is left behind. Raises InputError.
    """
    with _as_input_error(option, path, "made", remedy):
        place = Path(path).expanduser()
        _try_folder(place)
    for name in names:
        check_writable(option, str(place / name), remedy=remedy)


def make_folder(option: str, path: str, remedy: str = REMEDY) -> Path:
    """The folder of this name, made where it is missing. Raises InputError."""
    with _as_input_error(option, path, "made", remedy):
        place = Path(path).expanduser()
        place.mkdir(parents=True, exist_ok=True)
    return place


def read_text(option: str, path: Path) -> str | None:
    """A file's text; None where there is none, or where it is no text. Raises InputError."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    except OSError as error:
        raise InputError(
            option,
            str(path),
            f"cannot be read: {error.strerror}",
            "See that it is a file which you may read.",
        ) from None


def write_text(
    option: str, path: str, text: str, mode: int = READABLE, remedy: str = REMEDY
) -> None:
    """Put a text in place of what is there; a missing folder is made. Raises InputError."""
    with _as_input_error(option, path, "written", remedy):
        target = real_file(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode("utf-8", "backslashreplace")
        try:
            replace_file(target, data, mode)
        except OSError as error:
            if error.errno not in NOT_REPLACED or not target.is_file():
                raise
            _write_in_place(target, data, mode)


def open_to_append(option: str, path: str, mode: int, remedy: str = REMEDY) -> int:
    """The descriptor of a file; it, and a missing folder, are made. Raises InputError."""
    with _as_input_error(option, path, "written", remedy):
        target = real_file(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode)
        try:
            os.fchmod(handle, mode)
        except OSError:
            os.close(handle)
            raise
    return handle


def real_file(path: str) -> Path:
    """The file that a path means, behind all links. It need not be there.

    Raises OSError, also where it is no regular file; ValueError where it is no path.
    """
    place = Path(path).expanduser()
    try:
        kind = stat.S_IFMT(place.stat().st_mode)
    except FileNotFoundError:
        kind = stat.S_IFREG
    if kind in SPECIAL:
        raise SpecialFileError(SPECIAL[kind])
    return place.resolve()


def replace_file(target: Path, data: bytes, mode: int, *, durable: bool = False) -> None:
    """Write beside a file, and then put that in its place. Raises OSError.

    durable: it is on the disk when this returns. mode: less the umask.
    """
    beside = _beside(target.parent)
    try:
        _write_new(beside, data, mode, durable=durable)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(target.parent)


class SpecialFileError(OSError):
    """What is there is no regular file: whatever it is, it is neither replaced nor written to."""


@contextmanager
def _as_input_error(option: str, path: str, done: str, remedy: str) -> Iterator[None]:
    problem = ""
    try:
        yield
    except SpecialFileError as error:
        problem = str(error)
    except OSError as error:
        problem = f"cannot be {done}: {error.strerror}"
    except ValueError:
        # A null byte, or half of a character.
        problem = "is no path: it holds a character that no file name can have"
    except RuntimeError:
        problem = "is no path: the home folder of its user is not known"
    if problem:
        raise InputError(option, path, problem, remedy)


def _try_file(target: Path, mode: int) -> None:
    exists = target.exists()
    if exists:
        _try_open(target, mode)
    try:
        _try_folder(target.parent)
    except OSError as error:
        if not exists or error.errno not in NOT_REPLACED:
            raise


def _try_open(target: Path, mode: int) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_APPEND)
    try:
        if mode == PRIVATE:
            # The mode that it has: who may not set that may not set another.
            os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode))
    finally:
        os.close(handle)


def _try_folder(folder: Path) -> None:
    """Make a file in it, or where it would be made, and remove that. Raises OSError."""
    place = _nearest(folder.absolute())
    if not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    beside = _beside(place)
    try:
        # A byte, for the disk may be full.
        _write_new(beside, b"\n", PRIVATE)
    finally:
        beside.unlink(missing_ok=True)


def _nearest(place: Path) -> Path:
    """The place itself, or of the folders it would be in the innermost that is there."""
    while True:
        try:
            place.lstat()
        except FileNotFoundError:
            place = place.parent
        else:
            return place


def _beside(folder: Path) -> Path:
    """A name that nothing in the folder has; the file's own could be too long with more to it."""
    return folder / f".zq-{secrets.token_hex(8)}"


def _write_new(path: Path, data: bytes, mode: int, *, durable: bool = False) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def _write_in_place(target: Path, data: bytes, mode: int) -> None:
    # What it holds goes only once it is as private as it is to be.
    with os.fdopen(os.open(target, os.O_WRONLY), "wb") as file:
        if mode == PRIVATE:
            os.fchmod(file.fileno(), mode)
        file.truncate()
        file.write(data)


def _sync_folder(folder: Path) -> None:
    """See that a new name in a folder outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
