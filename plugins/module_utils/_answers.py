# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the platform, held against its contract: whether a device is one, and a write done.

It sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Callable

from ._pages import shape
from ._plan import Write
from ._schema import BOOLEAN, FIELDS, LATITUDE, LONGITUDE, NUMBER, TEXT, TYPE, Kind, same

NoneType = type(None)

# Kind → the types that its values may have in JSON. A number or a boolean in the place of a text
# means what it would mean as text; a text in the place of a number need not.
_TYPES_OF_KIND: Mapping[Kind, frozenset[type]] = {
    TEXT: frozenset({NoneType, str, bool, int, float}),
    NUMBER: frozenset({NoneType, int}),
    TYPE: frozenset({NoneType, int}),
    BOOLEAN: frozenset({NoneType, bool, int}),
    LATITUDE: frozenset({NoneType, str, int, float}),
    LONGITUDE: frozenset({NoneType, str, int, float}),
}
_TYPES_OF_FIELD: dict[str, frozenset[type]] = {
    **{field.name: _TYPES_OF_KIND[field.kind] for field in FIELDS},
    "id": frozenset({int}),
    "name": frozenset({str}),
    "pending_settings": frozenset({NoneType, str, bool, list}),
}

_WORDS: Mapping[type, str] = {
    NoneType: "null",
    str: "text",
    bool: "a boolean",
    int: "a number",
    float: "a number with a fraction",
    list: "a list",
    dict: "an object",
}

# Method → the status of an answer that says that the write was done.
_DONE_STATUS = {"POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}


def wrong_field(device: Mapping[str, Any]) -> str:
    """Which field of a device cannot be used, and why; "" where all can.

    device: with its `id` and `name`. Fields that the schema does not know are passed over.
    """
    make = _make_of(tuple(device), tuple(map(type, device.values())))
    if make.wrong:
        return f"`{make.wrong}` is {_WORDS[type(device[make.wrong])]}"
    texts = make.texts_of(device)
    pending = device.get("pending_settings")
    if isinstance(pending, list):
        texts = (*texts, *map(str, pending))
    if _is_unicode("".join(texts)):
        return ""
    names = [name for name, value in device.items() if not _is_unicode(str(value))]
    return f"`{names[0] if names else 'pending_settings'}` is not valid Unicode"


@dataclass(frozen=True)
class _Make:
    """Devices of the same fields, whose values are of the same types.

    wrong: the field that cannot be of its type, "" where all can. texts_of: a device → its texts.
    """

    wrong: str
    texts_of: Callable[[Mapping[str, Any]], tuple[str, ...]]


# Nearly all rows of a list are of the same few makes: so many are looked into only once.
@lru_cache(maxsize=1024)
def _make_of(names: tuple[str, ...], types: tuple[type, ...]) -> _Make:
    texts = [name for name, value_type in zip(names, types) if value_type is str]
    # The name once more: for a single field an itemgetter gives no tuple.
    return _Make(_field_of_wrong_type(names, types), itemgetter("name", *texts))


def _field_of_wrong_type(names: tuple[str, ...], types: tuple[type, ...]) -> str:
    for name, value_type in zip(names, types):
        allowed = _TYPES_OF_FIELD.get(name)
        if allowed is not None and value_type not in allowed:
            return name
    return ""


def _is_unicode(text: str) -> bool:
    """Whether it can be written: JSON may hold halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def why_not_done(write: Write, status: int, data: Any, device_id: int | None = None) -> str:
    """Why an answer of 200 to 299 does not say that a write was done, "" where it does.

    data: the JSON of the answer. device_id: of the device that is changed, where it is known.
    Something in front of the platform answers so as well, such as a login page.
    """
    expected = _DONE_STATUS[write.method]
    if status != expected:
        return f"answered {status}, where {expected} says that it was done"
    if write.method == "DELETE" or is_device(data, write.name_after, device_id):
        return ""
    return f"answered {status}, but not with the device: {shape(data)}"


def is_device(data: Any, name: str | None, device_id: int | None = None) -> bool:
    """Whether an answer is the device of this name, and of this id where it is known."""
    if not isinstance(data, dict) or not _is_id(data.get("id")):
        return False
    if not isinstance(data.get("name"), str) or not same("name", data["name"], name):
        return False
    return device_id is None or data["id"] == device_id


def _is_id(value: Any) -> bool:
    # True is an int to Python, and no id.
    return isinstance(value, int) and not isinstance(value, bool)
