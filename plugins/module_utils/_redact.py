# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that takes secrets out: by the name of a field, and by the values that are known to be secret."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "********"

# A field whose name says that it holds a secret. `client_key` and the like are paths and never reach this place.
SECRET_NAME = re.compile(
    r"(pass(word|wd|phrase)|secret|token|psk|credential|authorization|(api|private|pre_?shared|wpa2?|wifi)_?key)", re.IGNORECASE
)


class Redactor:
    """Takes secrets out of texts and structures. It learns values as they come by; safe to use from many threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Take the values, in every form in which a server may repeat them."""
        new = {form for secret in secrets if secret for form in _forms(secret)}
        with self._lock:
            # The longest first, so that a form that holds another is not left in pieces.
            self._forms = tuple(sorted(new.union(self._forms), key=lambda form: (-len(form), form)))

    def learn_from(self, body: Any) -> None:
        """Take the secret values of a request body, told by the names of its fields."""
        if isinstance(body, dict):
            for key, value in body.items():
                if isinstance(value, str) and SECRET_NAME.search(str(key)):
                    self.learn(value)

    def text(self, text: str) -> str:
        """The text without any known secret."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def errors(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Messages by field. What is said of a secret field may quote it in any form, and so is not repeated."""
        return {
            self.text(field): ["The platform does not accept this value."]
            if SECRET_NAME.search(field)
            else [self.text(m) for m in messages]
            for field, messages in errors.items()
        }


# Asked for each field of each device: names are few, and their answers are remembered.
@lru_cache(maxsize=512)
def names_a_secret(field: str) -> bool:
    """Whether a field's name says that it holds a secret."""
    return SECRET_NAME.search(field) is not None


def without_secrets(row: dict[str, Any]) -> dict[str, Any]:
    """A device as the platform gave it, less every field whose name says that it is a secret."""
    return {key: value for key, value in row.items() if not names_a_secret(key)}


def _forms(secret: str) -> tuple[str, ...]:
    as_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    return (secret, *as_json, repr(secret)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret))
