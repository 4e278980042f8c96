# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a fleet, read from a folder of YAML files, with the file and the line of all that is wrong.

YAML is read here node by node, not by Ansible's loader: only so can an error name its line, a key that is given twice be noticed, and
text stay what was written (`serial_number: 0012` is the number 10 to YAML). What Ansible has encrypted, its own loader decrypts.
No message repeats the value of a secret field, or any of a file that cannot be read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._declarations import ALIASES
from ...module_utils._errors import InputError
from ...module_utils._schema import (
    BOOLEAN,
    BY_NAME,
    LATITUDE,
    LONGITUDE,
    NUMBER,
    TEXT,
    WRITABLE,
    declaration_spec,
)
from ...module_utils._selection import check_name

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ENDINGS = (".yml", ".yaml")
DEFAULTS_FILE = "defaults"
FOR_ALL, FOR_ORGANIZATION, FOR_TYPE, DEVICES = (
    "defaults",
    "organization_defaults",
    "type_defaults",
    "devices",
)
SECTIONS = (FOR_ALL, FOR_ORGANIZATION, FOR_TYPE, DEVICES)
# What one device has alone is no default; and defaults are found by organization and type.
OF_ONE = ("name", "new_name", "serial_number")
FOUND_BY = ("organization_id", "type")
KNOWN = ("name", *(one.name for one in WRITABLE), "update_password", "new_name", "sync")
CHOICES = {"update_password": declaration_spec()["update_password"]["choices"]}
MOST = 20  # problems that a message lists

TAG = "tag:yaml.org,2002:"
VAULT_TAGS = ("!vault", "!vault-encrypted")
# A number that means the same as the text that was written.
PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

Fields = dict[str, Any]


class StateError(Exception):
    """All that is wrong with the files."""

    def __init__(self, problems: list[str]) -> None:
        more = f"\n… and {len(problems) - MOST} more" if len(problems) > MOST else ""
        head = (
            problems[0]
            if len(problems) == 1
            else f"{len(problems)} problems:\n" + "\n".join(problems[:MOST])
        )
        super().__init__(f"{head}{more}")
        self.problems = problems


class WrongError(Exception):
    """One thing that is wrong with one value."""


@dataclass(frozen=True)
class Files:
    """How files are read. text: path → its text, decrypted. decrypt: an encrypted value → its text. Both raise WrongError."""

    text: Callable[[str], str]
    decrypt: Callable[[str], str]


@dataclass
class Layer:
    """Defaults: for all devices, by organization, by type; the later stronger than the earlier."""

    all: Fields = field(default_factory=dict)
    organizations: dict[str, Fields] = field(default_factory=dict)
    types: dict[str, Fields] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One device as it is written, and where."""

    fields: Fields
    where: str


def read(paths: Iterable[str], files: Files) -> list[Fields]:
    """The devices that the folders, or single files, declare, complete with their defaults. Raises StateError."""
    problems: list[str] = []
    devices: list[Fields] = []
    places: dict[tuple[str, str], str] = {}
    for path in paths:
        try:
            found = _found(path)
        except WrongError as error:
            raise StateError([str(error)]) from None
        general = Layer()
        top = [one for one in found if _is_defaults(one)]
        if len(top) > 1:
            problems.append(f"{top[1]}: there is {top[0]} already. Keep one of the two")
        for file in top[:1]:
            general, entries = _File(file, files, problems).read()
            if entries is not None:
                problems.append(
                    f"{file}: holds devices. Defaults for all files are here, and devices in other files"
                )
        for file in found:
            if file in top:
                continue
            own, entries = _File(file, files, problems).read()
            for entry in entries or ():
                device = _with_defaults(entry.fields, (general, own))
                _check_twice(device, entry.where, places, problems)
                devices.append(device)
            if entries is None and not any(problem.startswith(file) for problem in problems):
                problems.append(
                    f"{file}: has no devices. Give `devices` a list; an empty one is []"
                )
    if problems:
        raise StateError(problems)
    return devices


def _found(path: str) -> list[str]:
    """The files below a path, in order."""
    full = Path(path).expanduser()
    if full.is_file():
        return [path]
    if not full.is_dir():
        raise WrongError(
            f"{path}: there is no such folder. Relative paths begin at the current folder, {Path.cwd()}"
        )
    found = []
    for folder, below, names in os.walk(full):
        below[:] = [name for name in below if not name.startswith(".")]
        inner = Path(folder).relative_to(full)
        found += [
            inner / name for name in names if name.endswith(ENDINGS) and not name.startswith(".")
        ]
    if not found:
        raise WrongError(f"{path}: holds no YAML file. Give the folder of the declared devices")
    nested = [one for one in found if _is_defaults(one.name) and len(one.parts) > 1]
    if nested:
        raise WrongError(
            f"{path}/{nested[0]}: a file of this name holds the defaults of all files, and belongs into {path}. Move or rename it"
        )
    return [str(Path(path) / one) for one in sorted(found)]


def _is_defaults(file: str) -> bool:
    return Path(file).stem == DEFAULTS_FILE


def _with_defaults(own: Fields, layers: Iterable[Layer]) -> Fields:
    """A device with all that it does not say itself. A null takes a default back."""
    layers = tuple(layers)
    merged: Fields = {}
    known = {
        key: next(
            (one[key] for one in (own, *(layer.all for layer in reversed(layers))) if key in one),
            None,
        )
        for key in FOUND_BY
    }
    for layer in layers:
        merged.update(layer.all)
        merged.update(layer.organizations.get(str(known["organization_id"]), {}))
        merged.update(layer.types.get(str(known["type"]), {}))
    merged.update(own)
    name = merged.pop("name", None)
    return {"name": name, **{key: value for key, value in merged.items() if value is not None}}


def _check_twice(
    device: Fields, where: str, places: dict[tuple[str, str], str], problems: list[str]
) -> None:
    for key in ("name", "serial_number"):
        value = device.get(key)
        if value in (None, ""):
            continue
        known = (key, str(value))
        if known in places:
            problems.append(
                f"{where}, {key}: {value!r} is declared twice, here and in {places[known]}. Keep one of the two"
            )
        else:
            places[known] = where


class _File:
    """One file, read. What is wrong is added to `problems`."""

    def __init__(self, path: str, files: Files, problems: list[str]) -> None:
        self.path = path
        self.files = files
        self.problems = problems
        self.layer = Layer()

    def read(self) -> tuple[Layer, list[Entry] | None]:
        """Its defaults, and its devices: None where it says nothing of devices."""
        try:
            node = self._node()
            if isinstance(node, yaml.SequenceNode):
                return self.layer, self._devices(node)
            if not isinstance(node, yaml.MappingNode):
                raise WrongError(
                    f"{self.path}: holds neither a list of devices nor a mapping with `devices`"
                )
        except WrongError as error:
            self.problems.append(str(error))
            return self.layer, None
        sections = self._pairs(node, "", SECTIONS)
        self.layer.all = self._defaults(sections.get(FOR_ALL), FOR_ALL, OF_ONE)
        self.layer.organizations = self._by_key(sections.get(FOR_ORGANIZATION), FOR_ORGANIZATION)
        self.layer.types = self._by_key(sections.get(FOR_TYPE), FOR_TYPE)
        if DEVICES not in sections:
            return self.layer, None
        listed = sections[DEVICES]
        if not isinstance(listed, yaml.SequenceNode):
            self._wrong(
                listed,
                DEVICES,
                "is not a list. Write each device as an entry that begins with `- name:`; an empty list is []",
            )
            return self.layer, []
        return self.layer, self._devices(listed)

    def _node(self) -> Any:
        text = self.files.text(self.path)
        try:
            documents = list(_documents(text))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f" line {mark.line + 1}" if mark else ""
            # What it quotes may be a part of a password.
            raise WrongError(
                f"{self.path}{line}: is not valid YAML: {QUOTED.sub('…', error.problem or 'cannot be read')}"
            ) from None
        except yaml.YAMLError:
            raise WrongError(
                f"{self.path}: is not valid YAML: it holds characters that YAML does not allow"
            ) from None
        if len(documents) > 1:
            raise WrongError(
                f"{self.path}: holds {len(documents)} YAML documents. Write one: a file has no second `---`"
            )
        if not documents or _is_null(documents[0]):
            raise WrongError(f"{self.path}: is empty. Write a list of devices; an empty one is []")
        return documents[0]

    def _devices(self, node: Any) -> list[Entry]:
        entries = []
        for number, item in enumerate(node.value, 1):
            label = f"entry {number}"
            if not isinstance(item, yaml.MappingNode):
                self._wrong(
                    item,
                    label,
                    "is not a mapping of fields. Write each device as fields that begin with `- name:`",
                )
                continue
            fields, name = self._fields(item, label, ())
            label = f"{label} ({name})" if name else label
            if not name and "name" not in fields:
                self._wrong(item, f"{label}, name", "is not given. Each device needs its name")
            entries.append(Entry(fields, self._where(item, label)))
        return entries

    def _defaults(self, node: Any, label: str, refused: tuple[str, ...]) -> Fields:
        if node is None or _is_null(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, label, "is not a mapping of fields")
            return {}
        return self._fields(node, label, refused)[0]

    def _by_key(self, node: Any, label: str) -> dict[str, Fields]:
        if node is None or _is_null(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            what = (
                "an organization's id"
                if label == FOR_ORGANIZATION
                else "a device type's id or short name"
            )
            self._wrong(node, label, f"is not a mapping from {what} to fields")
            return {}
        result = {}
        for key, value in self._pairs(node, label, None).items():
            if label == FOR_ORGANIZATION and not key.isdecimal():
                self._wrong(
                    value, f"{label}.{key}", "is not the id of an organization, which is a number"
                )
            result[key] = self._defaults(value, f"{label}.{key}", (*OF_ONE, *FOUND_BY))
        return result

    def _fields(self, node: Any, label: str, refused: tuple[str, ...]) -> tuple[Fields, str]:
        """The fields of a device, or of defaults, and the name to call it by in messages."""
        names = [
            value.value
            for key, value in node.value
            if key.value == "name" and isinstance(value, yaml.ScalarNode)
        ]
        name = str(names[0]) if names else ""
        label = f"{label} ({name})" if name and not refused else label
        pairs = self._pairs(node, label, (*KNOWN, *ALIASES))
        fields: Fields = {}
        for key, value in pairs.items():
            what = ALIASES.get(key, key)
            if what in refused:
                why = (
                    "is a device's own" if what in OF_ONE else "is what these defaults are found by"
                )
                self._wrong(value, f"{label}, {key}", f"{why}, and cannot be given here. Remove it")
                continue
            if what != key and what in pairs:
                self._wrong(
                    value,
                    f"{label}, {key}",
                    f"is another name of {what}, which is given too. Remove one of them",
                )
                continue
            try:
                fields[what] = _value(what, value, self.files.decrypt)
            except InputError as error:
                told = error.what.removeprefix(f"{what}: ")
                self._wrong(value, f"{label}, {key}", f"{told.rstrip('.')}. {error.remedy}")
            except WrongError as error:
                self._wrong(value, f"{label}, {key}", str(error))
        return fields, name

    def _pairs(self, node: Any, label: str, known: tuple[str, ...] | None) -> dict[str, Any]:
        """The keys of a mapping with their nodes; `<<` is followed. known: the keys that there are; None is any."""
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == f"{TAG}merge":
                for other in _merges(value):
                    for inner, inner_value in self._pairs(other, label, known).items():
                        merged.setdefault(inner, inner_value)
                continue
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            where = ", ".join(part for part in (label, name) if part)
            if known is not None and name not in known:
                self._wrong(key, where, f"is not known. Known are {', '.join(known)}")
            elif name in own:
                self._wrong(
                    key,
                    where,
                    f"is given twice, here and in line {own[name].start_mark.line + 1}. Remove one of them",
                )
            else:
                own[name] = value
        return {**merged, **own}

    def _where(self, node: Any, label: str) -> str:
        return f"{self.path} line {node.start_mark.line + 1}, {label}"

    def _wrong(self, node: Any, label: str, problem: str) -> None:
        self.problems.append(f"{self._where(node, label)}: {problem}")


def _documents(text: str) -> Iterator[Any]:
    loader = LOADER(text)
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


def _merges(node: Any) -> list[Any]:
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return [
        one
        for one in nodes
        if isinstance(one, yaml.MappingNode)
        and not any(key.tag == f"{TAG}merge" for key, _value in one.value)
    ]


def _is_null(node: Any) -> bool:
    return bool(node.tag == f"{TAG}null")


def _value(name: str, node: Any, decrypt: Callable[[str], str]) -> Any:
    """The value of one field, checked as far as that can be done without the platform. Raises WrongError or InputError."""
    known = BY_NAME.get(name)
    if not isinstance(node, yaml.ScalarNode):
        raise WrongError("is a structure, where one value is wanted. Give one value")
    if node.tag in VAULT_TAGS:
        value: Any = decrypt(node.value)
    elif node.tag == "!unsafe":
        value = node.value
    elif node.tag.removeprefix(TAG) in ("null", "bool", "int", "float", "str", "timestamp"):
        value = _scalar(name, node, secret=known is not None and known.secret)
    else:
        raise WrongError("has a YAML tag that is not known here. Known are !vault and !unsafe")
    if value is None:
        return None
    if name in ("name", "new_name"):
        check_name(name, value)
        if value != value.strip():
            raise WrongError(
                "begins or ends with white space, which the platform takes off. Take it off"
            )
    elif name in CHOICES:
        if value not in CHOICES[name]:
            raise WrongError(f"{value!r} is not known. Give {' or '.join(CHOICES[name])}")
    elif known is not None and not known.secret:
        known.kind.parse(name, value)
    return value


def _scalar(name: str, node: Any, *, secret: bool) -> Any:
    kind = BY_NAME[name].kind if name in BY_NAME else BOOLEAN if name == "sync" else TEXT
    tag = node.tag.removeprefix(TAG)
    text: str = node.value
    shown = "" if secret else f" {text!r}"
    if tag == "null":
        return None
    if kind is BOOLEAN:
        try:
            return boolean(text)
        except TypeError:
            raise WrongError(
                f"{shown.strip()} is neither true nor false. Give true or false"
            ) from None
    if tag == "str" or kind in (LATITUDE, LONGITUDE):
        return text
    if tag == "int" and PLAIN_NUMBER.fullmatch(text):
        return int(text) if kind is NUMBER else text
    if kind is NUMBER:
        raise WrongError(f"{shown.strip()} is not a whole number of 0 or more. Correct it")
    kinds = {"bool": "true or false", "timestamp": "a date"}
    raise WrongError(
        f"is text, and YAML reads{shown or ' this'} as {kinds.get(tag, 'a number')}. Put it in quotes"
    )
