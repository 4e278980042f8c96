# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets in the result of a task: masked by value, but not in what has a field of its own.

AnsibleModule masks by value everywhere. With a password `2`, no name, count or digest that holds a
2 is itself any more, and what reads it goes wrong. So the result of a task in the controller's
process is masked here, in a time that does not grow with secrets times results.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...module_utils._redact import HIDDEN, names_a_secret
from ...module_utils._schema import FIELDS

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
MAX_ONE_BY_ONE = 32  # secrets that are looked for one after another

FREE_TEXT = frozenset({"description"})  # a field of a device in which anything may be written
# What a device is described by.
OF_A_DEVICE = frozenset(field.name for field in FIELDS if not field.secret) - FREE_TEXT
# The value of a field, beside its name in `field`.
OF_A_FIELD = frozenset({"declared", "actual"})
# What results hold beside that, and what is made of such fields alone.
OF_A_RESULT = frozenset(
    {
        *("new_name", "names", "place", "organization", "action", "kind", "state"),
        *("field", "changed_fields", "before", "after", "failed", "rule", "not_judged"),
        *("before_header", "after_header", "former_type_short_name", "plan_file"),
        *("plan_digest", "headline", "generated", "begun", "ended", "since"),
        *("image", "version", "path", "rotations"),
        # What the digest of a rollout's plan is made of.
        *("digest", "from", "canaries", "waves", "order", "max_failures"),
        # What is done in a wave of it, and who is told.
        *("steps", "label", "stage", "organizations", "locations"),
        *("before_tasks", "after_tasks", "paused"),
    }
)
# Keys whose values are not masked by value, but for the token, which is nobody's name. Numbers and
# booleans never are.
KEPT = OF_A_DEVICE | OF_A_FIELD | OF_A_RESULT


def mask(result: Mapping[str, Any], params: Mapping[str, Any], secrets: set[str]) -> dict[str, Any]:
    """The result of a task with its options, and without any secret.

    params: its options, with the token. secrets: every value that is one.
    """
    whole = {**result, "invocation": {"module_args": mask_secret_fields(params)}}
    secrets = {secret for secret in secrets if secret}
    if len(secrets) <= MAX_ONE_BY_ONE and not _may_hold(whole, secrets):
        return whole
    masker = Masker(secrets, str(params.get("token") or ""))
    return {key: masker.value(inner, key in KEPT) for key, inner in whole.items()}


def mask_secret_fields(value: Any) -> Any:
    """A structure without the values of fields whose name says that they hold a secret."""
    if isinstance(value, list):
        return [mask_secret_fields(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    masked = {}
    for key, inner in value.items():
        if inner not in (None, "") and names_a_secret(str(key)):
            masked[key] = MASK
        else:
            masked[key] = mask_secret_fields(inner)
    return masked


class Masker:
    """Takes known secrets out. Those of one length are looked up together, and not one by one.

    token: taken out of every text.
    """

    def __init__(self, secrets: Iterable[str], token: str = "") -> None:
        self._token = token
        self._secrets = {secret for secret in secrets if secret}
        self._by_length: dict[int, set[str]] = defaultdict(set)
        for secret in self._secrets:
            self._by_length[len(secret)].add(secret)

    def value(self, value: Any, kept: bool = False) -> Any:
        """A structure without any secret in its free texts. kept: it is no free text itself."""
        if isinstance(value, str):
            return self._without_token(value) if kept else self.text(value)
        if isinstance(value, Mapping):
            kept_keys = _kept_keys(value)
            return {key: self.value(inner, key in kept_keys) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(inner, kept) for inner in value]
        return value

    def text(self, text: str) -> str:
        if text in self._secrets:
            return MASK
        # The longest first, so that none is left in pieces.
        for secret in sorted(self._found(text), key=lambda secret: (-len(secret), secret)):
            text = text.replace(secret, HIDDEN)
        return text

    def _without_token(self, text: str) -> str:
        if self._token and self._token in text:
            return text.replace(self._token, HIDDEN)
        return text

    def _found(self, text: str) -> set[str]:
        if len(self._secrets) <= MAX_ONE_BY_ONE:
            return {secret for secret in self._secrets if secret in text}
        return set(self._parts(text))

    def _parts(self, text: str) -> Iterator[str]:
        for length, same_length in self._by_length.items():
            for start in range(len(text) - length + 1):
                part = text[start : start + length]
                if part in same_length:
                    yield part


def _kept_keys(value: Mapping[str, Any]) -> frozenset[str]:
    if value.get("field") in FREE_TEXT:
        return KEPT - OF_A_FIELD
    return KEPT


def _may_hold(value: Any, secrets: Iterable[str]) -> bool:
    """Whether one of a few secrets may be in a structure.

    To write it all down as JSON and look there costs a tenth of a walk through it.
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return any(secret in text or _in_json(secret) in text for secret in secrets)


def _in_json(secret: str) -> str:
    return json.dumps(secret, ensure_ascii=False)[1:-1]
