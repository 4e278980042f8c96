# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that takes secrets out: by the name of a field, and by known values."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ._secret_forms import Forms, forms_of

HIDDEN = "********"

NOT_ACCEPTED = "The platform does not accept this value."

# A field whose name says that it holds a secret.
# `client_key` and the like are paths and never reach this place.
SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|psk|credential|authorization"
    r"|(api|private|pre_?shared|wpa2?|wifi)_?key",
    re.IGNORECASE,
)
# Options that say when a password is sent, and which file holds one.
NO_SECRET = frozenset({"update_password", "vault_password_file"})


class Redactor:
    """Takes secrets out of texts and structures. Learns values as they come by. Thread-safe."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._new: list[str] = []
        self._forms = Forms()
        self._lock = threading.Lock()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Take the values, in every form in which a server may repeat them."""
        with self._lock:
            for secret in secrets:
                if secret and secret not in self._secrets:
                    self._secrets.add(secret)
                    self._new.append(secret)

    def learn_from(self, body: Any) -> None:
        """Take the secret values of a request body, by the names of its fields."""
        if not isinstance(body, dict):
            return
        for key, value in body.items():
            if isinstance(value, str) and SECRET_NAME.search(str(key)):
                self.learn(value)

    def text(self, text: str) -> str:
        """The text without any known secret. What several of them share goes at once."""
        with self._lock:
            # Only where they are needed: a task may have many thousands.
            for secret in self._new:
                self._forms.add(forms_of(secret))
            self._new.clear()
            found = self._forms.places_in(text)
        parts: list[str] = []
        end = 0
        for start, stop in found:
            parts += [text[end:start], HIDDEN]
            end = stop
        return "".join([*parts, text[end:]])

    def data(self, value: Any) -> Any:
        """A decoded structure without any known secret, in its keys and its values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.data(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.data(part) for part in value]
        return value

    def errors(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Messages by field, without any secret.

        What is said of a secret field may quote it in any form, and so is not repeated.
        """
        redacted: dict[str, list[str]] = {}
        for field, messages in errors.items():
            shown = [NOT_ACCEPTED]
            if not SECRET_NAME.search(field):
                shown = self.data(messages)
            redacted[self.text(field)] = shown
        return redacted


# Asked for each field of each declared device: names are few, and their answers are remembered.
@lru_cache(maxsize=512)
def names_a_secret(field: str) -> bool:
    """Whether a field's name says that it holds a secret."""
    return field not in NO_SECRET and SECRET_NAME.search(field) is not None


def secrets_in(value: Any) -> Iterator[str]:
    """The values, however deep, of all fields whose name says that they hold a secret."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if names_a_secret(str(key)):
                yield from _texts(inner)
            elif isinstance(inner, (Mapping, list)):  # spares a generator for each field
                yield from secrets_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from secrets_in(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)


def without_secret(value: Any, secret: str) -> Any:
    """A structure in whose values the secret does not stand as it is; its keys are left alone."""
    if not secret:
        return value
    if isinstance(value, str):
        return value.replace(secret, HIDDEN)
    if isinstance(value, Mapping):
        return {key: without_secret(inner, secret) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secret(inner, secret) for inner in value]
    return value


# Asked for each device, of which all have the same fields: once for these is enough.
@lru_cache(maxsize=64)
def _secrets_among(fields: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(names_a_secret, fields))


def secrets_in_row(row: Mapping[str, Any]) -> Iterator[str]:
    """The same of one device, whose fields hold no others."""
    for field in _secrets_among(tuple(row)):
        yield from _texts(row[field])


def without_secrets(row: dict[str, Any]) -> dict[str, Any]:
    """A device as the platform gave it, less every field that holds a secret by its name.

    The row itself where there is none.
    """
    secret = _secrets_among(tuple(row))
    if not secret:
        return row
    return {key: value for key, value in row.items() if key not in secret}
