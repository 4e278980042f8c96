# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values that users declare: how each field of a device is read, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.module_utils.parsing.convert_bool import boolean

from ._errors import InputError
from ._schema import BOOLEAN, SECRET, TEXT, TYPE, WRITABLE, declaration_spec, device_type
from ._selection import check_name
from ._spelling import (
    check_formula,
    check_in_full,
    check_placeholder,
    check_serial_number,
    check_unicode,
    check_visible,
)

Parser = Callable[[str, Any], Any]

CHOICES: Mapping[str, Sequence[str]] = {
    "update_password": declaration_spec()["update_password"]["choices"]
}
TAKE_IT_OUT = "Take it out."
REMEDIES = {
    "name": (
        f"{TAKE_IT_OUT} A device that is called so already is renamed with `new_name`, or deleted"
        " by its name."
    ),
    "new_name": TAKE_IT_OUT,
}


def _name(option: str, value: Any) -> str:
    return _sound_name(option, value, REMEDIES[option])


def _registered_name(option: str, value: Any) -> str:
    """In a list of new devices, more is no name than what an existing device cannot be called."""
    name = _sound_name(option, value, TAKE_IT_OUT)
    check_placeholder(option, name, "name", "Give the name, or leave the device out.")
    check_in_full(option, name)
    return name


def _sound_name(option: str, value: Any, remedy: str) -> str:
    name = check_name(option, value)
    if name != name.strip():
        raise InputError(
            option,
            value,
            "begins or ends with white space, which the platform takes off",
            "Take it off.",
        )
    check_visible(option, name, remedy)
    check_formula(option, name)
    return name


def _boolean(option: str, value: Any) -> bool:
    try:
        return bool(boolean(value))
    except TypeError:
        raise InputError(
            option, value, "is neither true nor false", "Give true or false."
        ) from None


def _choice(option: str, value: Any) -> Any:
    choices = CHOICES[option]
    if value not in choices:
        raise InputError(option, value, "is not known", f"Give {' or '.join(choices)}.")
    return value


def _text(option: str, value: Any) -> str:
    text = str(value)
    check_unicode(option, text, secret=option in SECRET)
    return text


def _type(option: str, value: Any) -> int | str:
    check_unicode(option, str(value))
    return device_type(option, value)


def _unparsed(_option: str, value: Any) -> Any:
    return value


def _parsers() -> dict[str, Parser]:
    parsers: dict[str, Parser] = {one.name: one.kind.parse for one in WRITABLE}
    for one in WRITABLE:
        if one.kind is BOOLEAN:
            parsers[one.name] = _boolean
        elif one.kind is TEXT:
            parsers[one.name] = _text
        elif one.kind is TYPE:
            parsers[one.name] = _type
    return {
        **parsers,
        **dict.fromkeys(CHOICES, _choice),
        "name": _name,
        "new_name": _name,
        "serial_number": check_serial_number,
        "sync": _boolean,
        "keep_detail": _boolean,
    }


PARSERS: Mapping[str, Parser] = _parsers()
# A device that gets a new name is found by the one that it has, whatever that holds.
RENAME_PARSERS: Mapping[str, Parser] = {**PARSERS, "name": check_name}
REGISTRATION_PARSERS: Mapping[str, Parser] = {**PARSERS, "name": _registered_name}
# Of a device that is to go, its name matters alone. That may begin or end with white space: a
# device may have been made with such a name, and so it can be deleted by it.
ABSENT_PARSERS: Mapping[str, Parser] = {
    **dict.fromkeys(PARSERS, _unparsed),
    **{name: PARSERS[name] for name in PARSERS if PARSERS[name] in (_boolean, _choice)},
    "name": check_name,
}
