# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords for new devices: made, and kept in a file that ansible-vault has encrypted, before anybody relies on them."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, get_file_vault_secret, is_encrypted

from ..module_utils._errors import InputError

KEY = "onboarding_credentials"
LENGTH = 24
# Letters and digits, less those that are taken for one another when somebody types them.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
PRIVATE = 0o600
PATIENCE = 120.0  # seconds for others to be done with the file
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def new_password() -> str:
    """A strong password: 139 bits of chance, with at least one capital, one small letter and one digit."""
    while True:
        password = "".join(secrets.choice(ALPHABET) for _index in range(LENGTH))
        if (
            any(char.isdigit() for char in password)
            and any(char.isupper() for char in password)
            and any(char.islower() for char in password)
        ):
            return password


@dataclass(frozen=True)
class Credential:
    """What a device is to authenticate itself with."""

    name: str
    username: str
    password: str

    def to_dict(self) -> dict[str, str]:
        """As it is written, and returned."""
        return {"name": self.name, "username": self.username, "password": self.password}


@dataclass(frozen=True)
class Made:
    """credentials: of the devices that were asked for. generated: how many are new."""

    credentials: list[Credential]
    generated: int


def credentials_from(given: Any) -> list[tuple[str, str]]:
    """Names and user names, from the option `devices`. Raises InputError."""
    found = []
    for index, one in enumerate(given):
        name = one.get("name") if isinstance(one, Mapping) else None
        if not isinstance(name, str) or not name.strip():
            raise InputError(
                f"devices[{index}]",
                None,
                "has no name",
                "Write each device as a mapping with `name` and `username`.",
            )
        found.append((name, str(one.get("username") or "")))
    return found


def make(devices: Sequence[tuple[str, str]], vault: VaultFile | None, *, write: bool) -> Made:
    """A password for each device: that of the vault file, or a new one, which is in the file when this returns.

    write: false only looks, and makes none.
    """
    if vault is None:
        made = (
            [Credential(name, username, new_password()) for name, username in devices]
            if write
            else []
        )
        return Made(made, len(devices))
    if not write:
        kept = vault.read().passwords()
        return Made([], sum(name not in kept for name, _username in devices))
    with vault.locked():
        content = vault.read()
        kept = content.passwords()
        credentials = [
            Credential(name, username, kept.get(name) or new_password())
            for name, username in devices
        ]
        new = [one for one in credentials if one.name not in kept]
        if new:
            vault.write(content.with_more(new))
    return Made(credentials, len(new))


@dataclass(frozen=True)
class Content:
    """What a vault file holds, decrypted."""

    values: Mapping[str, Any]

    @property
    def entries(self) -> list[Any]:
        """The credentials in it."""
        return list(self.values.get(KEY) or [])

    def passwords(self) -> dict[str, str]:
        """By the name of the device."""
        return {
            str(one["name"]): str(one["password"])
            for one in self.entries
            if one.get("name") and one.get("password")
        }

    def with_more(self, credentials: Sequence[Credential]) -> Content:
        """All that there is, and more."""
        named = {one.name for one in credentials}
        # An entry without a password is one that somebody has begun by hand.
        kept = [one for one in self.entries if str(one.get("name")) not in named]
        return Content({**self.values, KEY: [*kept, *(one.to_dict() for one in credentials)]})


class VaultFile:
    """A YAML file that ansible-vault has encrypted. vault: with the secrets to read it, the first of which encrypts it."""

    def __init__(self, path: str, vault: VaultLib) -> None:
        self.given = path
        # What a link points to is replaced, and the link stays.
        self.path = Path(path).expanduser().resolve()
        self.vault = vault
        if not self.path.parent.is_dir():
            raise self._error("has no folder to be in", "Make the folder.")
        if self.path.is_dir():
            raise self._error("is a folder", "Give the name of a file in it.")
        if not os.access(self.path.parent, os.W_OK | os.X_OK):
            raise self._error(
                "cannot be written: the folder may not be written to",
                "Give a folder that can be written to.",
            )

    def _error(self, problem: str, remedy: str) -> InputError:
        return InputError("vault_file", self.given, problem, f"{remedy} No device was created.")

    def read(self) -> Content:
        """What is in it, which is nothing where there is no such file. Raises InputError."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return Content({})
        except OSError as error:
            raise self._error(
                f"cannot be read: {error.strerror}", "See that you may read it."
            ) from None
        if not data.strip():
            return Content({})
        if not is_encrypted(data):
            raise self._error(
                "is not encrypted by ansible-vault",
                "Encrypt it (`ansible-vault encrypt`), or give another file.",
            )
        try:
            values = yaml.load(self.vault.decrypt(data), Loader=LOADER)  # noqa: S506 - a safe loader
        except AnsibleError:
            # What Ansible says would quote the file's path as it sees it, and no more.
            raise self._error(
                "cannot be decrypted", "Give the vault password with which it was encrypted."
            ) from None
        except yaml.YAMLError:
            # What YAML says would quote a password.
            raise self._error(
                "is not valid YAML inside", "Correct it (`ansible-vault edit`)."
            ) from None
        if values is None:
            return Content({})
        entries = values.get(KEY) or [] if isinstance(values, dict) else None
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            raise self._error(
                f"does not hold a mapping with a list `{KEY}`",
                "Correct it (`ansible-vault edit`), or give another file.",
            )
        return Content(values)

    def write(self, content: Content) -> None:
        """Put it in place of what is there, whole, and on the disk when this returns. Raises InputError."""
        text = yaml.dump(
            dict(content.values),
            Dumper=DUMPER,
            sort_keys=False,
            allow_unicode=True,
            explicit_start=True,
        )
        try:
            data = self.vault.encrypt(text)
            handle, beside = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    os.fchmod(file.fileno(), PRIVATE)
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(beside).replace(self.path)
            except BaseException:
                Path(beside).unlink(missing_ok=True)
                raise
            _sync_folder(self.path.parent)
        except AnsibleError as error:
            raise self._error(
                f"cannot be encrypted: {error.message}", "Give a vault password."
            ) from None
        except OSError as error:
            raise self._error(
                f"cannot be written: {error.strerror}", "Give a folder that can be written to."
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes it meanwhile, on this machine; a killed run leaves it free. The file beside it that is locked stays."""
        beside = self.path.with_name(f".{self.path.name}.lock")
        try:
            handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        except OSError as error:
            raise self._error(
                f"cannot be locked: {error.strerror}", "Give a folder that can be written to."
            ) from None
        try:
            self._wait_for(handle)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise self._error(
                        f"is in use by another run for {PATIENCE:g} seconds", "Run it again later."
                    ) from None
                time.sleep(0.05)
            except OSError as error:
                raise self._error(
                    f"cannot be locked: {error.strerror}", "Give a folder of this machine."
                ) from None
            else:
                return


def _sync_folder(folder: Path) -> None:
    """See that a new name in a folder outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def vault_of(password_file: str | None, loader: Any) -> VaultLib:
    """The vault with the password of a file, or of a program, or with the secrets that Ansible was started with. Raises InputError."""
    if password_file is None:
        known = getattr(loader, "_vault", None)
        if known is None or not known.secrets:
            raise InputError(
                "vault_password_file",
                None,
                "is not given, and Ansible was started without a vault password",
                "Give the file, or start Ansible with --vault-password-file or --vault-id.",
            )
        return VaultLib(known.secrets)
    try:
        secret = get_file_vault_secret(
            filename=str(Path(password_file).expanduser().absolute()),
            vault_id="default",
            loader=loader,
        )
        secret.load()
    except AnsibleError as error:
        raise InputError(
            "vault_password_file", password_file, f"cannot be used: {error.message}", "Correct it."
        ) from None
    return VaultLib([("default", secret)])
