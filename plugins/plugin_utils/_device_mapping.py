# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a list that other software made is read: which of its columns become which fields.

Only what is said here is taken from a list. Nothing in it is a template, and nothing is guessed.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._declarations import ALIASES, KNOWN, REGISTRATION
from ..module_utils._errors import CombinedInputError, InputError
from ..module_utils._placeholders import Placeholders, nearest
from ..module_utils._problems import Problems, text_of
from ._forms import mapping_from, unquoted

COORDINATES, LATITUDE, LONGITUDE = "coordinates", "latitude", "longitude"
REST = "*"  # in `values`: whatever is not named
KEYS = ("fields", "values", "skip", "encoding", "header", "list")
FIELDS = tuple(name for name in KNOWN if name not in REGISTRATION.refused)
MAPPABLE = (*FIELDS, *ALIASES, COORDINATES)
# A text is a mapping where it has a key; else it is the path of a file.
HAS_KEY = re.compile(r"\s*\{|.*?:(\s|$)", re.DOTALL)
INVISIBLE_MARKS = str.maketrans("", "", "\ufeff\u200b\u200e\u200f")

Texts = Mapping[str, str]


@lru_cache(maxsize=4096)
def squashed(heading: str) -> str:
    """A heading as it is compared: without case, blanks, quotes, and marks that cannot be seen."""
    text = unicodedata.normalize("NFKC", heading.translate(INVISIBLE_MARKS))
    return "".join(text.split()).strip("\"'").casefold()


@dataclass(frozen=True)
class DeviceMapping:
    """A mapping that is sound.

    fields: by the schema's names, and `coordinates`. values: of a field, text → what it means, where
    "" is not given. skip: column → the texts whose rows are left out. encoding: "" for none.
    header: whether a line names the columns; they have numbers where none does. list_at: the dotted
    name of the rows of a YAML or JSON document, "" for the document itself.
    """

    fields: Mapping[str, Placeholders]
    values: Mapping[str, Texts] = field(default_factory=dict)
    skip: Mapping[str, frozenset[str]] = field(default_factory=dict)
    encoding: str = ""
    header: bool = True
    list_at: str = ""

    @property
    def columns(self) -> list[str]:
        """The names of all columns that are needed, each once, as it is written first."""
        names: dict[str, str] = {}
        for placeholders in self.fields.values():
            for name in placeholders.names:
                names.setdefault(squashed(name), name)
        for name in self.skip:
            names.setdefault(squashed(name), name)
        return list(names.values())

    @classmethod
    def parse(
        cls, given: Mapping[str, Any], place: str, problems: Problems, needs_name: bool = True
    ) -> DeviceMapping:
        """All that is wrong is added to the problems; what is returned then is not to be used.

        needs_name: whether it has to say what the name is made of.
        """
        mapping = _Parser(given, place, problems).parse()
        if needs_name and mapping.fields and "name" not in mapping.fields:
            problems.add(place, "has no name, which each device needs. Add it.", "fields")
        return mapping


def mapping_or_path(option: str, given: Any) -> dict[str, Any] | str:
    """A mapping, one from its text, or the path of a file. Raises InputError."""
    if isinstance(given, str) and not HAS_KEY.match(given):
        path = unquoted(given)
        if path:
            return path
    if not isinstance(given, (str, Mapping)):
        raise InputError(
            option, given, "is no mapping", "Give a mapping with `fields`, or the path of a file."
        )
    return mapping_from(option, given)


def check_mapping(option: str, given: Mapping[str, Any]) -> None:
    """Raises CombinedInputError with all that is wrong. The name may come from elsewhere."""
    problems = Problems()
    DeviceMapping.parse(given, option, problems, needs_name=False)
    if problems.found:
        raise CombinedInputError(
            [InputError(one.where(), None, one.text, "") for one in problems.found]
        )


def known_encoding(encoding: str) -> bool:
    """Whether Python has a codec of this name that makes text of bytes."""
    try:
        # It asks that of a codec. What is looked up in vain raises a LookupError, and a name that
        # can be no codec's (a NUL, a lone surrogate) a ValueError.
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    except (LookupError, ValueError):
        return False
    return True


class _Parser:
    """One mapping, looked at key by key."""

    def __init__(self, given: Mapping[str, Any], place: str, problems: Problems) -> None:
        self.given = given
        self.place = place
        self.problems = problems
        self.unknown = 0  # names of fields

    def parse(self) -> DeviceMapping:
        for key in self.given:
            if key not in KEYS:
                self._wrong(key, f"is not known. {_closest(key, KEYS)}Known are {', '.join(KEYS)}.")
        header = self._flag("header", True)
        fields = self._fields()
        values = self._values(fields)
        mapping = DeviceMapping(
            fields=fields,
            values=values,
            skip=self._skip(),
            encoding=self._encoding(),
            header=header,
            list_at=self._text("list", self.given.get("list")),
        )
        if not header:
            self._check_numbers(mapping)
        return mapping

    def _wrong(self, key: str, text: str) -> None:
        self.problems.add(self.place, text, key)

    def _mapping(self, key: str, given: Any) -> dict[str, Any]:
        """{} where it is not given, or no mapping."""
        if given is None or given == "":
            return {}
        if isinstance(given, Mapping):
            # Columns without a header, and values, may be numbers to YAML.
            given = {_as_key(one): given[one] for one in given}
        try:
            return mapping_from(key, given)
        except InputError as error:
            self._wrong(key, text_of(error))
            return {}

    def _text(self, key: str, given: Any) -> str:
        """A scalar as text. YAML may have made a number of it, or true."""
        if given is None:
            return ""
        if isinstance(given, bool):
            return str(given).lower()
        if isinstance(given, (str, int)):
            return str(given)
        if isinstance(given, float):
            self._wrong(key, "was read as a number. Put it in quotes, as it is to be taken.")
        else:
            self._wrong(key, "is a structure, where one text is wanted. Give one text.")
        return ""

    def _flag(self, key: str, default: bool) -> bool:
        given = self.given.get(key)
        if given is None or given == "":
            return default
        try:
            return bool(boolean(given))
        except TypeError:
            self._wrong(key, f"{given!r} is neither true nor false. Give true or false.")
            return default

    def _encoding(self) -> str:
        encoding = self._text("encoding", self.given.get("encoding"))
        if encoding and not known_encoding(encoding):
            self._wrong(
                "encoding",
                f"{encoding!r} is not known. Give one that Python knows, such as utf-8, utf-16 or"
                " windows-1252.",
            )
            return ""
        return encoding

    def _fields(self) -> dict[str, Placeholders]:
        given = self._mapping("fields", self.given.get("fields"))
        fields: dict[str, Placeholders] = {}
        for key, value in given.items():
            where = f"fields.{key}"
            name = self._field(where, key)
            if name is None or value is None:
                continue
            if name in fields:
                self._wrong(where, f"is another name of {name}, which is given too. Remove one.")
                continue
            try:
                fields[name] = Placeholders.parse(self._text(where, value))
            except ValueError as error:
                self._wrong(where, f"{value!r} {error}")
        if not given:
            self._wrong(
                "fields",
                'is not given. Give field: text with {Column}, such as name: "{Serial Number}".',
            )
        if COORDINATES in fields and (LATITUDE in fields or LONGITUDE in fields):
            self._wrong(
                f"fields.{COORDINATES}", "holds latitude and longitude, which are given too."
                " Remove one of them."
            )  # fmt: skip
        return fields

    def _field(self, where: str, key: str) -> str | None:
        """The schema's name of a field."""
        if key in MAPPABLE:
            return ALIASES.get(key, key)
        refused = REGISTRATION.refused.get(key)
        if refused is not None:
            self._wrong(where, f"{refused}. Remove it.")
            return None
        known = ""
        if not self.unknown:
            known = f"Known are {', '.join((*FIELDS, COORDINATES))}."
        self.unknown += 1
        self._wrong(where, f"is no field. {_closest(key, MAPPABLE)}{known}".strip())
        return None

    def _values(self, fields: Mapping[str, Placeholders]) -> dict[str, Texts]:
        values: dict[str, Texts] = {}
        for key, given in self._mapping("values", self.given.get("values")).items():
            where = f"values.{key}"
            name = self._field(where, key)
            if name is None or given is None:
                continue
            if name not in fields or name == COORDINATES:
                self._wrong(
                    where, "is not in `fields`, or has no values. Add it there, or remove it."
                )
                continue
            table = self._mapping(where, given)
            values[name] = {
                text.strip(): self._text(f"{where}.{text}", meant) for text, meant in table.items()
            }
        return values

    def _skip(self) -> dict[str, frozenset[str]]:
        skip = {}
        for column, given in self._mapping("skip", self.given.get("skip")).items():
            where = f"skip.{column}"
            texts = given if isinstance(given, list) else [given]
            skip[column] = frozenset(self._text(where, text).strip() for text in texts)
        return skip

    def _check_numbers(self, mapping: DeviceMapping) -> None:
        for name in mapping.columns:
            if not name.isdecimal() or not int(name):
                self._wrong(
                    "header",
                    f"is false, and so columns have numbers from 1: {{{name}}} is none."
                    " Write {1}, {2} and so on.",
                )


def _as_key(key: Any) -> Any:
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    return key


def _closest(key: str, known: Iterable[str]) -> str:
    close = nearest(re.sub(r"[\s-]+", "_", key.strip().lower()), known)
    return f"Write {close}. " if close else ""
