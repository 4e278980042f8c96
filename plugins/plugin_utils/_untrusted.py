# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of the API is data: it is never evaluated as a template, on any ansible-core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible import context

try:
    # ansible-core 2.19 trusts only what it read from a file of the user's: nothing is left to do.
    from ansible.template import trust_as_template
except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var

    _wrap: Callable[[Any], Any] | None = wrap_var
    _trust: Callable[[str], str] | None = None
else:
    _wrap = None
    _trust = trust_as_template


def may_be_template(text: str) -> bool:
    """Whether a text has braces, or a header that makes delimiters of something else."""
    return "{" in text or text.startswith("#jinja2:")


def untrusted(value: Any) -> Any:
    """The value, marked as never to be templated.

    Only where the core would, and where it could be a template: wrapping all text costs time and
    breaks what compares types (AWX).
    """
    if _wrap is None:
        return value
    if isinstance(value, str):
        if may_be_template(value):
            return _wrap(value)
        return value
    if isinstance(value, dict):
        return {key: untrusted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [untrusted(one) for one in value]
    return value


def untrusted_all(values: Iterable[Any]) -> Iterable[Any]:
    """Each of the values so.

    The values themselves where the core does it, for they are a million in a large inventory.
    """
    if _wrap is None:
        return values
    return map(untrusted, values)


def listed_only() -> bool:
    """Whether this is ansible-inventory.

    It evaluates nothing once the sources are read, and AWX imports its output.
    """
    return "export" in context.CLIARGS


def printable(value: Any) -> Any:
    """The value as ansible-inventory prints it plainly.

    ansible-core 2.19 prints all text that is not trusted as an object, which AWX does not
    understand. What could be a template stays marked in its output too.
    """
    if isinstance(value, str):
        if _trust is None or may_be_template(value):
            return value
        return _trust(value)
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [printable(one) for one in value]
    return value


def as_str(name: str) -> str:
    """A name without any mark."""
    return "".join(name)


def untagged(value: Any) -> Any:
    """Without what Ansible knows of where a value came from.

    What is encrypted as a single value is decrypted.
    """
    if isinstance(value, Mapping):
        return {str(key): untagged(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [untagged(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    # Before ansible-core 2.19, a text that came from outside is none to a YAML writer, and stays
    # what it is when `str` is asked for it.
    return as_str(str(value))
