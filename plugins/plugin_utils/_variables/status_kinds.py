# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of variables that the playbook `status` alone has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._schema import device_type
from ...module_utils._status.kinds import KINDS
from .._forms import list_from, mapping_from
from .kinds import LIMIT, VERSIONS, Kind

KNOWN = f"Known are {', '.join(KINDS)}."
ANY = "0"  # allowed of a kind that is named without a number


def _fail_on(option: str, given: Any) -> dict[str, str]:
    """Kind → how many of it are allowed."""
    limits = {}
    for key, value in _stated(option, given).items():
        # As somebody would say it: Wrong version, never-connected.
        kind = key.strip().lower().replace("-", "_").replace(" ", "_")
        if kind not in KINDS:
            raise InputError(f"{option}.{key}", None, "is not known", KNOWN)
        limits[kind] = LIMIT.parse(f"{option}.{key}", value)
    return limits


def _stated(option: str, given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping) or _is_text_of_mapping(given):
        stated = mapping_from(option, given)
        return {key: _allowed(value) for key, value in stated.items()}
    kinds = list_from(option, given)
    for one in kinds:
        if not isinstance(one, str):
            raise InputError(option, one, "is not a kind", KNOWN)
    return dict.fromkeys(kinds, ANY)


def _is_text_of_mapping(given: Any) -> bool:
    return isinstance(given, str) and any(sign in given for sign in "=:{")


def _allowed(value: Any) -> Any:
    return ANY if value is None or value == "" else value


def _versions_by_type(option: str, given: Any) -> dict[str, list[str]]:
    if isinstance(given, Mapping):
        # The id of a type is a number to YAML.
        given = {str(key): value for key, value in given.items()}
    versions = {}
    for key, value in mapping_from(option, given).items():
        one = str(device_type(f"{option}.{key}", key))
        versions[one] = VERSIONS.parse(f"{option}.{key}", value)
        if not versions[one]:
            raise InputError(f"{option}.{key}", None, "has no version", "Give one, or a list.")
    return versions


FAIL_ON = Kind("a list of kinds, or a mapping, kind → number or part", _fail_on, "textarea")
VERSIONS_BY_TYPE = Kind(
    "a mapping, type → version or list of versions", _versions_by_type, "textarea"
)
