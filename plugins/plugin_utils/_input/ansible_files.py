# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as Ansible reads them: its loader has the passwords of ansible-vault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .document import Files, UnreadableError

NOT_OPENED = "it is encrypted, and no vault password was given (--vault-id, --vault-password-file)."
NOT_FITTING = "it is encrypted, and not with the vault password that was given."


def ansible_files(loader: Any) -> Files:
    """loader: that of a lookup."""

    def text(path: str) -> str:
        return _text(loader, path)

    def decrypt(encrypted: str) -> str:
        return _decrypt(loader, encrypted)

    return Files(text, decrypt)


def _text(loader: Any, path: str) -> str:
    full = str(Path(path).expanduser().absolute())
    try:
        if hasattr(loader, "get_text_file_contents"):
            return str(loader.get_text_file_contents(full))
        # Before ansible-core 2.19; Ansible's own lookups read files so.
        return str(loader._get_file_contents(full)[0].decode())
    except UnicodeDecodeError:
        raise UnreadableError("is not UTF-8 text.") from None
    except Exception as error:  # noqa: BLE001 - whatever Ansible's loader and its vault raise
        otherwise = "see that it is there, and that you may read it."
        raise UnreadableError(f"cannot be read: {_explain(error, otherwise)}") from None


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
