# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The masking by value that AnsibleModule does as it exits, in a time that does not grow with secrets times results."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.parameters import remove_values

from ...module_utils._redact import names_a_secret

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
FEW = 32  # secrets that are looked for one by one


def mask(result: dict[str, Any], params: Mapping[str, Any], secrets: set[str]) -> dict[str, Any]:
    """The result of a task with its options, and without any secret."""
    whole = {**result, "invocation": {"module_args": by_field(params)}}
    if not _may_hold(whole, secrets):
        return whole
    masked: dict[str, Any] = remove_values(
        whole, secrets if len(secrets) <= FEW else set(found_in(whole, secrets))
    )
    return masked


def _may_hold(value: Any, secrets: set[str]) -> bool:
    """Whether one of the secrets may be in it. To write it all down as JSON and look there costs a tenth of a walk through it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    # JSON has other words for what Ansible reads as True, False and None.
    words = any(secret in word for secret in secrets for word in ("True", "False", "None"))
    return words or any(
        secret in text or json.dumps(secret, ensure_ascii=False)[1:-1] in text for secret in secrets
    )


def by_field(value: Any) -> Any:
    """A structure without the values of fields whose name says that they hold a secret."""
    if isinstance(value, Mapping):
        return {
            key: MASK if inner not in (None, "") and names_a_secret(str(key)) else by_field(inner)
            for key, inner in value.items()
        }
    return [by_field(inner) for inner in value] if isinstance(value, list) else value


def found_in(value: Any, secrets: Iterable[str]) -> Iterator[str]:
    """Those of the secrets that occur in a structure. Secrets of one length are looked up together, and not one after the other."""
    by_length: dict[int, set[str]] = defaultdict(set)
    for secret in secrets:
        by_length[len(secret)].add(secret)
    for text in set(_texts(value)):
        for length, same in by_length.items():
            for start in range(len(text) - length + 1):
                if text[start : start + length] in same:
                    yield text[start : start + length]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
