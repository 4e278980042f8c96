# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which runs are at a vault file: each has a file beside it, which is locked while the run lives.

A run that is killed leaves its file, and the lock is free: so others see that it is over.
"""

from __future__ import annotations

import fcntl
import glob
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...module_utils._errors import InputError
from ...module_utils._files import PRIVATE

TOKEN = re.compile(r"[0-9]+-[0-9a-f]{8}")


class Running:
    """Of one vault file. token: of this run, "" where it changes nothing."""

    def __init__(self, vault_file: Path, token: str = "") -> None:
        self.vault_file = vault_file
        self.token = token

    def file(self, token: str) -> Path:
        return self.vault_file.with_name(f".{self.vault_file.name}.{token}.run")

    def sweep(self) -> None:
        """Take away what killed runs have left."""
        name = self.vault_file.name
        for path in self.vault_file.parent.glob(f".{glob.escape(name)}.*.run"):
            self.is_another(path.name[len(name) + 2 : -len(".run")])

    def is_another(self, token: str) -> bool:
        """Whether a run that is noted somewhere is another one, and still alive on this machine."""
        if token == self.token or not TOKEN.fullmatch(token):
            return False
        try:
            handle = os.open(self.file(token), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        else:
            self.file(token).unlink(missing_ok=True)
            return False
        finally:
            os.close(handle)


def _locked(path: Path) -> int:
    """A handle of a new file, locked. Raises OSError.

    Before it is locked, another run that sweeps may take it for one that a killed run has left.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            return handle
        os.close(handle)


@contextmanager
def running(vault_file: Path) -> Iterator[Running]:
    """This run, as long as it lives. Raises InputError."""
    run = Running(vault_file, f"{os.getpid()}-{secrets.token_hex(4)}")
    path = run.file(run.token)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _locked(path)
    except OSError as error:
        raise InputError(
            "vault_file",
            str(vault_file),
            f"has a folder that cannot be written to: {error.strerror}",
            "Give a folder that can be written to. No password was changed.",
        ) from None
    try:
        run.sweep()
        yield run
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)
