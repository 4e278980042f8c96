# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of variables: how each is read from whatever form it is given in, and its question.

A kind parses a value that is given, which null and empty text are not. It raises InputError.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._connection import passwords_in
from ...module_utils._digest import digest_from
from ...module_utils._errors import InputError
from ...module_utils._limit import Limit
from ...module_utils._rollout.steps import Pauses
from ...module_utils._schema import device_type
from .._device_mapping import check_mapping, mapping_or_path
from .._forms import list_from, mapping_from, unquoted
from .selections import FILTER_KEYS, ONLY_KEYS, SCOPE_KEYS, only, selection, without_empty

Parse = Callable[[str, Any], Any]

INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
FLOAT = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?")
WEB_USER = re.compile(r"https?://[^/]*@", re.IGNORECASE)
FILTER_ALIASES = ("filters",)  # of a variable that is a filter


@dataclass(frozen=True)
class Kind:
    """documented: what it is, in words. question: the type of a survey's question for it.

    choices: what may be answered, where that is a few things.
    """

    documented: str
    parse: Parse
    question: str = "text"
    choices: Sequence[str] = ()


# Text


def _text(option: str, given: Any) -> str:
    """Quotes around it are taken off: they tell YAML that a number is text."""
    if not isinstance(given, str):
        raise _not_text(option, given)
    text = unquoted(given)
    if not text:
        raise InputError(option, given, "is empty", "Give a value, or leave it out.")
    return text


def _not_text(option: str, given: Any) -> InputError:
    if isinstance(given, (list, tuple, Mapping)):
        return InputError(option, given, "is not text", "Give one value.")
    # YAML reads 1.10 as 1.1, 007 as 7 and `no` as false: what was written cannot be told any more.
    return InputError(
        option,
        given,
        "was read as a number, or as true or false, and what was typed cannot be told any more",
        'Type it in quotes, such as "1.10".',
    )


def _digest(option: str, given: Any) -> str | None:
    return digest_from(option, _text(option, given))


def _repository(option: str, given: Any) -> str:
    """What is returned of a variable is shown, and so no password may be in it.

    The user of a web address may be a token; that of ssh is a name.
    """
    text = _text(option, given)
    if passwords_in(text) or WEB_USER.match(text):
        raise InputError(
            option,
            None,
            "holds a password or a token",
            "Leave it out of the address, and name a credential of AWX that holds it.",
        )
    return text


# Numbers


def _whole(option: str, given: Any) -> int:
    if isinstance(given, str):
        text = unquoted(given)
        if INTEGER.fullmatch(text):
            return int(text)
    elif isinstance(given, (int, float)) and not isinstance(given, bool) and given == given // 1:
        return int(given)
    raise InputError(option, given, "is not a whole number", "Give a number such as 5.")


def _at_least(least: int) -> Parse:
    def parse(option: str, given: Any) -> int:
        number = _whole(option, given)
        if number < least:
            raise InputError(option, given, f"is less than {least}", f"Give {least} or more.")
        return number

    return parse


def _float(option: str, given: Any) -> float:
    number = math.nan
    if isinstance(given, str):
        text = unquoted(given)
        if FLOAT.fullmatch(text):
            number = float(text)
    elif isinstance(given, (int, float)) and not isinstance(given, bool):
        number = float(given)
    if not math.isfinite(number):
        raise InputError(option, given, "is not a number", "Give a number such as 600.")
    return number


def _from_zero(option: str, given: Any) -> float:
    number = _float(option, given)
    if number < 0:
        raise InputError(option, given, "is negative", "Give 0 or more.")
    return number


def _above_zero(option: str, given: Any) -> float:
    number = _float(option, given)
    if number <= 0:
        raise InputError(option, given, "is not more than 0", "Give more than 0.")
    return number


def _limit(option: str, given: Any) -> str:
    if isinstance(given, str):
        given = unquoted(given)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return str(Limit.parse(option, given))


def _boolean(option: str, given: Any) -> bool:
    try:
        return bool(boolean(unquoted(given) if isinstance(given, str) else given))
    except TypeError:
        raise InputError(
            option, given, "is neither true nor false", "Give true or false."
        ) from None


# Lists


def _texts(option: str, given: Any) -> list[str]:
    return [_entry(f"{option}[{index}]", one) for index, one in _entries(option, given)]


def _entry(option: str, given: Any) -> str:
    if given is None or (isinstance(given, str) and not given.strip()):
        raise InputError(option, given, "is empty", "Take it out.")
    if not isinstance(given, str):
        raise _not_text(option, given)
    return given


def _paths(option: str, given: Any) -> list[str]:
    """One, or several. A folder whose name holds a comma is one, where it is there."""
    if isinstance(given, str):
        text = _text(option, given)
        if Path(text).expanduser().exists():
            return [text]
    paths = _texts(option, given)
    if not paths:
        raise InputError(option, given, "is empty", "Give a path.")
    return paths


def _versions(option: str, given: Any) -> list[str]:
    return [_text(f"{option}[{index}]", one) for index, one in _entries(option, given)]


def _limits(option: str, given: Any) -> list[str]:
    return [_limit(f"{option}[{index}]", one) for index, one in _entries(option, given)]


def _entries(option: str, given: Any) -> list[tuple[int, Any]]:
    return list(enumerate(list_from(option, given)))


def _types(option: str, given: Any) -> list[int | str]:
    return [device_type(f"{option}[{index}]", one) for index, one in _entries(option, given)]


# Mappings


def _fields(option: str, given: Any) -> dict[str, Any]:
    """An empty text clears a field of a device, and so it stays."""
    return mapping_from(option, given, secret=True)


def _devices(option: str, given: Any) -> list[Any]:
    if isinstance(given, Mapping):
        raise InputError(option, None, "is not a list", "Give a list of devices.")
    return list_from(option, given, secret=True)


def _device_mapping(option: str, given: Any) -> dict[str, Any] | str:
    """Or the path of its file, which is looked for before anything is done."""
    mapping = mapping_or_path(option, given)
    if isinstance(mapping, str):
        if not Path(mapping).expanduser().is_file():
            raise InputError(
                option, given, "is no file", "Give the path of a file that holds a mapping."
            )
        return mapping
    check_mapping(option, mapping)
    return mapping


def _window(option: str, given: Any) -> dict[str, Any]:
    return without_empty(mapping_from(option, given))


def _task_file(option: str, given: Any) -> str:
    """That it is there is seen before anything is done, and not when it is its turn."""
    path = Path(_text(option, given)).expanduser()
    if not path.is_file():
        raise InputError(
            option, given, "is no file", "Give the path of a file that holds a list of tasks."
        )
    return str(path.absolute())


def _pauses(option: str, given: Any) -> list[str]:
    stated = [_limit_or_text(one) for _index, one in _entries(option, given)]
    Pauses.parse(option, stated)
    return stated


def _limit_or_text(given: Any) -> str:
    """A number of a wave, or a word."""
    if isinstance(given, bool):
        return str(given)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return unquoted(str(given)) if isinstance(given, (str, int)) else repr(given)


TEXT = Kind("text", _text)
NAME = Kind("the name of a device", _text)
PATH = Kind("a path", _text)
PATHS = Kind("a path, or a list of paths", _paths)
TASK_FILE = Kind("the path of a file of tasks", _task_file)
PAUSES = Kind("a list of numbers of waves, canaries, or each", _pauses, "textarea")
REPOSITORY = Kind("an address without a password or a token", _repository)
DIGEST = Kind("a SHA-256 digest", _digest)
VERSION = Kind("a version, in quotes where it looks like a number", _text)
IDENTIFIER = Kind("the number of an image", _at_least(1), "integer")
COUNT = Kind("a whole number, 0 or more", _at_least(0), "integer")
POSITIVE = Kind("a whole number, 1 or more", _at_least(1), "integer")
DURATION = Kind("a number of seconds, 0 or more", _from_zero, "float")
TIMEOUT = Kind("a number of seconds, more than 0", _above_zero, "float")
FACTOR = Kind("a number, more than 0", _above_zero, "float")
LIMIT = Kind("a number such as 5, or a part such as 10%", _limit)
BOOLEAN = Kind("true or false", _boolean, "multiplechoice", ("true", "false"))
NAMES = Kind("a list of names", _texts, "textarea")
VERSIONS = Kind("a list of versions", _versions, "textarea")
LIMITS = Kind("a list of numbers and parts such as 10%", _limits, "textarea")
TYPES = Kind("a list of ids or short names of types", _types, "textarea")
FIELDS = Kind("a mapping, field → value", _fields, "textarea")
DEVICES = Kind("a list of devices", _devices, "textarea")
DEVICE_MAPPING = Kind(
    "a mapping with fields, values, skip, encoding, header, list, or the path of its file",
    _device_mapping,
    "textarea",
)
WINDOW = Kind("a mapping with days, from, to, timezone", _window, "textarea")
FILTER = Kind(f"a mapping with {', '.join(FILTER_KEYS)}", selection(FILTER_KEYS), "textarea")
ONLY = Kind(f"a mapping with {', '.join(ONLY_KEYS)}", only, "textarea")
SCOPE = Kind(f"a mapping with {', '.join(SCOPE_KEYS)}", selection(SCOPE_KEYS), "textarea")


def choice(*choices: str) -> Kind:
    """One of a few words."""

    def parse(option: str, given: Any) -> str:
        text = _text(option, given)
        if text not in choices:
            raise InputError(option, given, "is not known", f"Give {' or '.join(choices)}.")
        return text

    return Kind(" or ".join(choices), parse, "multiplechoice", choices)
