# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as they are, byte by byte; what is encrypted, Ansible's loader decrypts."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from ansible.parsing.vault import is_encrypted

from .document import Files, UnreadableError

NOT_OPENED = "it is encrypted, and no vault password was given (--vault-id, --vault-password-file)."
NOT_FITTING = "it is encrypted, and not with the vault password that was given."
NOT_THERE = "see that it is there, and that you may read it."


def ansible_files(loader: Any) -> Files:
    """loader: that of a lookup."""

    def content(path: str) -> bytes:
        return _content(loader, path)

    def decrypt(encrypted: str) -> str:
        return _decrypt(loader, encrypted)

    return Files(content, decrypt)


def _content(loader: Any, path: str) -> bytes:
    try:
        full = Path(path).expanduser().absolute()
        mode = full.stat().st_mode
        if not stat.S_ISREG(mode):
            # To open a fifo waits for who writes into it, and a device may do anything.
            raise UnreadableError("is no regular file, and is not opened. Give a file.")
        data = full.read_bytes()
    except OSError as error:
        # strerror is the system's, such as: No such file or directory.
        raise UnreadableError(f"cannot be read: {error.strerror}; {NOT_THERE}") from None
    except (RuntimeError, ValueError):
        # A home folder that is not known, a NUL in the path.
        raise UnreadableError(f"cannot be read: {NOT_THERE}") from None
    if is_encrypted(data):
        return _decrypted(loader, data)
    return data


def _decrypted(loader: Any, data: bytes) -> bytes:
    try:
        # By the vault itself: the loader would pass over what is not UTF-8, and in a path it takes
        # %20 for a blank.
        return bytes(loader._vault.decrypt(data))
    except Exception as error:  # noqa: BLE001 - whatever Ansible's vault raises
        raise UnreadableError(f"cannot be read: {_explain(error, NOT_THERE)}") from None


def _decrypt(loader: Any, encrypted: str) -> str:
    try:
        return "".join(str(loader.load("!vault " + json.dumps(encrypted))))
    except Exception as error:  # noqa: BLE001 - whatever Ansible's loader and its vault raise
        otherwise = "see that it was encrypted by ansible-vault."
        raise UnreadableError(f"cannot be decrypted: {_explain(error, otherwise)}") from None


def _explain(error: BaseException, otherwise: str) -> str:
    """A few words of ours: Ansible's own may quote what is in the file."""
    text = f"{error} {error.__cause__ or ''}".lower()
    if "no vault secrets found" in text or "no vault password" in text:
        return NOT_OPENED
    if "vault" in text or "decrypt" in text:
        return NOT_FITTING
    return otherwise
