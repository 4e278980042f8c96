# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The masking by value that AnsibleModule does as it exits.

It takes a time that does not grow with secrets times results.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.parameters import remove_values

from ...module_utils._redact import names_a_secret

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
MAX_ONE_BY_ONE = 32  # secrets that are looked for one after another
# JSON has other words for what Ansible reads as these.
PYTHON_WORDS = "True False None"


def mask(result: dict[str, Any], params: Mapping[str, Any], secrets: set[str]) -> dict[str, Any]:
    """The result of a task with its options, and without any secret."""
    whole = {**result, "invocation": {"module_args": mask_secret_fields(params)}}
    if len(secrets) > MAX_ONE_BY_ONE:
        secrets = secrets_found(whole, secrets)
    elif not _may_hold(whole, secrets):
        return whole
    if not secrets:
        return whole
    masked: dict[str, Any] = remove_values(whole, secrets)
    return masked


def _may_hold(value: Any, secrets: set[str]) -> bool:
    """Whether one of a few secrets may be in a structure.

    To write it all down as JSON and look there costs a tenth of a walk through it.
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return any(_occurs(secret, text) for secret in secrets)


def _occurs(secret: str, text: str) -> bool:
    if secret in text or secret in PYTHON_WORDS:
        return True
    return json.dumps(secret, ensure_ascii=False)[1:-1] in text


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


def secrets_found(value: Any, secrets: Iterable[str]) -> set[str]:
    """Those of the secrets that occur in a structure.

    Secrets of one length are looked up together, and not one after the other.
    """
    by_length: dict[int, set[str]] = defaultdict(set)
    for secret in secrets:
        by_length[len(secret)].add(secret)
    found = set()
    for text in set(_texts(value)):
        for length, same_length in by_length.items():
            for start in range(len(text) - length + 1):
                part = text[start : start + length]
                if part in same_length:
                    found.add(part)
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
