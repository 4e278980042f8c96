# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that takes secrets out: by the name of a field, and by the values that are known to be secret."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "********"

# A field whose name says that it holds a secret. `client_key` and the like are paths and never reach this place.
SECRET_NAME = re.compile(
    r"(pass(word|wd|phrase)|secret|token|psk|credential|authorization|(api|private|pre_?shared|wpa2?|wifi)_?key)",
    re.IGNORECASE,
)


class Redactor:
    """Takes secrets out of texts and structures. It learns values as they come by; safe to use from many threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._forms: tuple[str, ...] | None = ()
        self._lock = threading.Lock()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Take the values, in every form in which a server may repeat them."""
        with self._lock:
            for secret in secrets:
                if secret and secret not in self._known:
                    self._known.update(_forms(secret))
                    self._forms = None

    def learn_from(self, body: Any) -> None:
        """Take the secret values of a request body, told by the names of its fields."""
        if isinstance(body, dict):
            for key, value in body.items():
                if isinstance(value, str) and SECRET_NAME.search(str(key)):
                    self.learn(value)

    def text(self, text: str) -> str:
        """The text without any known secret."""
        for form in self._in_order():
            text = text.replace(form, HIDDEN)
        return text

    def _in_order(self) -> tuple[str, ...]:
        with self._lock:
            # Only where they are needed: a task may have many thousands. The longest first, so that none is left in pieces.
            if self._forms is None:
                self._forms = tuple(sorted(self._known, key=lambda form: (-len(form), form)))
            return self._forms

    def data(self, value: Any) -> Any:
        """A decoded structure without any known secret, in its keys and its values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.data(part) for key, part in value.items()}
        return [self.data(part) for part in value] if isinstance(value, list) else value

    def errors(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Messages by field. What is said of a secret field may quote it in any form, and so is not repeated."""
        return {
            self.text(field): ["The platform does not accept this value."]
            if SECRET_NAME.search(field)
            else [self.text(m) for m in messages]
            for field, messages in errors.items()
        }


NO_SECRET = frozenset({"update_password"})  # an option that says when a password is sent


# Asked for each field of each declared device: names are few, and their answers are remembered.
@lru_cache(maxsize=512)
def names_a_secret(field: str) -> bool:
    """Whether a field's name says that it holds a secret."""
    return SECRET_NAME.search(field) is not None and field not in NO_SECRET


def secrets_in(value: Any) -> Iterator[str]:
    """The values of all fields of a structure whose name says that they hold a secret, however deep."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if names_a_secret(str(key)):
                yield from _texts(inner)
            elif isinstance(inner, (Mapping, list)):
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


# Asked for each device, of which all have the same fields: once for these is enough.
@lru_cache(maxsize=64)
def _secrets_among(fields: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(names_a_secret, fields))


def without_secrets(row: dict[str, Any]) -> dict[str, Any]:
    """A device as the platform gave it, less every field whose name says that it is a secret. The row itself where there is none."""
    secret = _secrets_among(tuple(row))
    return {key: value for key, value in row.items() if key not in secret} if secret else row


def _forms(secret: str) -> tuple[str, ...]:
    as_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    return (
        secret,
        *as_json,
        repr(secret)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
    )
