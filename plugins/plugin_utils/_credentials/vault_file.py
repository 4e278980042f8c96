# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of passwords that ansible-vault has encrypted: read and replaced as a whole."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, get_file_vault_secret, is_encrypted

from ...module_utils._errors import InputError
from ...module_utils._files import PRIVATE, check_folder, check_writable, replace_file

ENTRIES = "onboarding_credentials"
CHANGED = "changed"  # of an entry: since when the device has this password
LOCK_TIMEOUT = 120.0  # seconds for others to be done with the file
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
NOT_CREATED = "No device was created."
WRITABLE = "Give a folder that can be written to."


@dataclass(frozen=True)
class Credential:
    """What a device is to authenticate itself with."""

    name: str
    username: str
    password: str

    def to_dict(self) -> dict[str, str]:
        return {"name": self.name, "username": self.username, "password": self.password}


@dataclass(frozen=True)
class Content:
    """What a vault file holds, decrypted."""

    values: Mapping[str, Any]

    @property
    def entries(self) -> list[Any]:
        """The credentials in it."""
        return list(self.values.get(ENTRIES) or [])

    def passwords(self) -> dict[str, str]:
        """By the name of the device."""
        found = {}
        for entry in self.entries:
            if entry.get("name") and entry.get("password"):
                found[str(entry["name"])] = str(entry["password"])
        return found

    def with_more(self, credentials: Sequence[Credential], changed: str) -> Content:
        """All that there is, and more. changed: when these were made, ISO 8601 in UTC."""
        names = {one.name for one in credentials}
        # An entry without a password is one that somebody has begun by hand.
        kept = [entry for entry in self.entries if str(entry.get("name")) not in names]
        added = [{**_without_blanks(one), CHANGED: changed} for one in credentials]
        return Content({**self.values, ENTRIES: kept + added})


def _without_blanks(credential: Credential) -> dict[str, str]:
    """A user name that is not known is no user name of no letters."""
    return {key: value for key, value in credential.to_dict().items() if value}


class VaultFile:
    """A YAML file that ansible-vault has encrypted.

    vault: with the secrets to read it, the first of which encrypts it. untouched: what errors say
    of the devices. writable: false where it is read alone.
    """

    def __init__(
        self, path: str, vault: VaultLib, untouched: str = NOT_CREATED, *, writable: bool = True
    ) -> None:
        self.given = path
        self.untouched = untouched
        self.vault = vault
        remedy = f"{WRITABLE} {untouched}"
        if writable:
            check_writable("vault_file", path, remedy=remedy)
        # What a link points to is replaced, and the link stays.
        self.path = Path(path).expanduser().resolve()
        if writable:
            # It is never written in its place, so that no power cut can take passwords.
            check_folder("vault_file", str(self.path.parent), [self._lock_file.name], remedy)

    @property
    def _lock_file(self) -> Path:
        """It stays beside the file."""
        return self.path.with_name(f".{self.path.name}.lock")

    def _error(self, problem: str, remedy: str) -> InputError:
        what_to_do = f"{remedy} {self.untouched}".rstrip()
        return InputError("vault_file", self.given, problem, what_to_do)

    def check(self) -> None:
        """See that it can be read and written with its password. Raises InputError."""
        self.read()
        self._encrypt("---\n")

    def check_there(self) -> None:
        """See that there is such a file. Raises InputError."""
        if not self.path.is_file():
            raise self._error("is no file", "Give the path of the file that holds the passwords.")

    def read(self) -> Content:
        """What is in it, which is nothing where there is no such file. Raises InputError."""
        data = self._encrypted()
        if not data.strip():
            return Content({})
        if not is_encrypted(data):
            raise self._error(
                "is not encrypted by ansible-vault",
                "Encrypt it (`ansible-vault encrypt`), or give another file.",
            )
        values = self._decrypted(data)
        if values is None:
            return Content({})
        if not _is_content(values):
            raise self._error(
                f"does not hold a mapping with a list `{ENTRIES}`",
                "Correct it (`ansible-vault edit`), or give another file.",
            )
        return Content(values)

    def _encrypted(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._error(
                f"cannot be read: {error.strerror}", "See that you may read it."
            ) from None

    def _decrypted(self, data: bytes) -> Any:
        try:
            return yaml.load(self.vault.decrypt(data), Loader=LOADER)  # noqa: S506 - a safe loader
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

    def write(self, content: Content) -> None:
        """Put it in place of what is there, whole, and on the disk when this returns.

        Raises InputError.
        """
        text = yaml.dump(
            dict(content.values),
            Dumper=DUMPER,
            sort_keys=False,
            allow_unicode=True,
            explicit_start=True,
        )
        data = self._encrypt(text)
        try:
            replace_file(self.path, data, PRIVATE, durable=True)
        except OSError as error:
            raise self._error(f"cannot be written: {error.strerror}", WRITABLE) from None

    def _encrypt(self, text: str) -> bytes:
        try:
            data: bytes = self.vault.encrypt(text)
        except AnsibleError as error:
            raise self._error(
                f"cannot be encrypted: {error.message}", "Give a vault password."
            ) from None
        return data

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes it meanwhile, on this machine; a killed run leaves it free.

        Raises where it cannot be locked.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        except OSError as error:
            raise self._error(f"cannot be locked: {error.strerror}", WRITABLE) from None
        try:
            self._wait_for(handle)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int) -> None:
        end = time.monotonic() + LOCK_TIMEOUT
        while not self._lock(handle):
            if time.monotonic() >= end:
                raise self._error(
                    f"is in use by another run for {LOCK_TIMEOUT:g} seconds", "Run it again later."
                )
            time.sleep(0.05)

    def _lock(self, handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._error(
                f"cannot be locked: {error.strerror}", "Give a folder of this machine."
            ) from None
        return True


def _is_content(values: Any) -> bool:
    if not isinstance(values, dict):
        return False
    entries = values.get(ENTRIES) or []
    return isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)


def open_vault(params: Mapping[str, Any], loader: Any, untouched: str) -> VaultFile | None:
    """The file of the options `vault_file` and `vault_password_file`; None without the first.

    Raises InputError.
    """
    if not params.get("vault_file"):
        return None
    vault = vault_of(params.get("vault_password_file"), loader)
    return VaultFile(params["vault_file"], vault, untouched)


def vault_of(password_file: str | None, loader: Any) -> VaultLib:
    """The vault with the password of a file, or of a program.

    Without one, with the secrets that Ansible was started with. Raises InputError.
    """
    if password_file is not None:
        return VaultLib([("default", _secret_of(password_file, loader))])
    known = getattr(loader, "_vault", None)
    if known is None or not known.secrets:
        raise InputError(
            "vault_password_file",
            None,
            "is not given, and Ansible was started without a vault password",
            "Give the file, or start Ansible with --vault-password-file or --vault-id.",
        )
    return VaultLib(known.secrets)


def _secret_of(password_file: str, loader: Any) -> Any:
    path = Path(password_file).expanduser().absolute()
    try:
        secret = get_file_vault_secret(filename=str(path), vault_id="default", loader=loader)
        secret.load()
    except AnsibleError as error:
        raise InputError(
            "vault_password_file", password_file, f"cannot be used: {error.message}", "Correct it."
        ) from None
    return secret
