# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How exported devices are split into files, and what these are called.

Names of types and sites are what the platform says: of them, a name of a file has lower-case
letters, digits and hyphens alone. Two that would be called the same, also where a file system does
not tell upper from lower case, get a part of their SHA-256 each.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._placeholders import slug

ORGANIZATION, TYPE, SITE = "organization", "type", "site"
MAX_SLUG = 60
DIGEST = 8  # digits of the digest in a name; all of them where that does not help

Device = Mapping[str, Any]


@dataclass(frozen=True)
class Split:
    """What the devices of a file have in common.

    fields: by which they are split. name: the values of these → the name of the file, without its
    ending and without what makes it unique. pattern: of the names; its group `organization` is
    whose devices are in the file, where one is. narrowed: whether a scope of organizations chooses
    among the files.
    """

    fields: Sequence[str]
    name: Callable[..., str]
    pattern: re.Pattern[str]
    narrowed: bool = True


def _organization_file(organization: int | None) -> str:
    if organization is None:
        return "no_organization"
    return f"organization_{organization}"


def _type_file(value: int | str | None) -> str:
    if value is None:
        return "no_type"
    return f"type_{_slug(value)}"


def _site_file(organization: int | None, location: str | None) -> str:
    whose = "none" if organization is None else organization
    if not location:
        return f"no_site_{whose}"
    return f"site_{whose}_{_slug(location)}"


def _slug(value: int | str) -> str:
    """Of other scripts nothing is left."""
    plain = slug(str(value)).encode("ascii", "ignore").decode()
    return slug(plain)[:MAX_SLUG].strip("-")


SPLITS: Mapping[str, Split] = {
    ORGANIZATION: Split(
        ("organization_id",),
        _organization_file,
        re.compile(r"organization_(?P<organization>[0-9]+)\.yml|no_organization\.yml"),
    ),
    TYPE: Split(
        ("type",),
        _type_file,
        re.compile(r"type_[a-z0-9-]*\.yml|no_type\.yml"),
        narrowed=False,
    ),
    SITE: Split(
        ("organization_id", "location_name"),
        _site_file,
        re.compile(r"(?:no_)?site_(?P<organization>[0-9]+|none)(?:_[a-z0-9-]*)?\.yml"),
    ),
}


@dataclass(frozen=True)
class Group:
    """One file. common: the fields that all its devices have alike."""

    file: str
    common: Mapping[str, Any]
    devices: Sequence[Device]


def groups_of(devices: Iterable[Device], split: Split) -> list[Group]:
    """By the values that split them, those without one last."""
    by_key: dict[tuple[Any, ...], list[Device]] = {}
    for device in devices:
        key = tuple(device.get(field) for field in split.fields)
        by_key.setdefault(key, []).append(device)
    keys = sorted(by_key, key=_nothing_last)
    groups = []
    for key, name in zip(keys, _unique_names(keys, split)):
        common = {field: value for field, value in zip(split.fields, key) if value is not None}
        groups.append(Group(f"{name}.yml", common, by_key[key]))
    return groups


def _nothing_last(key: tuple[Any, ...]) -> list[tuple[bool, bool, Any]]:
    """Numbers come before texts."""
    return [(value is None, isinstance(value, str), value or 0) for value in key]


def _unique_names(keys: Sequence[tuple[Any, ...]], split: Split) -> list[str]:
    names = [split.name(*key) for key in keys]
    for digits in (DIGEST, None):
        counts = Counter(names)
        for index, key in enumerate(keys):
            if counts[names[index]] > 1 or names[index].endswith("_"):
                plain = split.name(*key)
                between = "" if plain.endswith("_") else "-"
                names[index] = f"{plain}{between}{_digest(key)[:digits]}"
    return names


def _digest(key: tuple[Any, ...]) -> str:
    return hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).hexdigest()
