# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked about a fleet, validated: all that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._errors import InputError
from .._policy import Policy
from .._policy_parser import policy_from_option
from .._problems import Problems
from .._schema import device_type
from .._selection import Filter
from .selected import within_from

STALE_AFTER = 86_400  # seconds
PENDING_AFTER = 3600
VERSION_REMEDY = 'Give a version or a list of them, each in quotes, such as "1.10".'

Versions = Mapping["int | str", "frozenset[str]"]


@dataclass(frozen=True)
class StatusRequest:
    """within: names that alone are meant; None for all. stale_after, pending_after: seconds.

    versions: a type's id or short name → the versions that are right for it.
    former: the report of an earlier look; None where nothing is to be remembered.
    policy: what devices must be, as far as a list tells it; None where nothing is said.
    """

    selection: Filter
    within: Sequence[str] | None
    stale_after: float
    pending_after: float
    versions: Versions
    update_status: bool
    former: Path | None
    policy: Policy | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> StatusRequest:
        """Raises ConfigError."""
        problems = Problems()
        selection = problems.attempt(Filter.from_params, params)
        within = problems.attempt(within_from, params.get("within"))
        for option in ("stale_after", "pending_after"):
            problems.attempt(_check_seconds, option, params[option])
        versions = problems.attempt(versions_from, "versions", params.get("versions") or {})
        # A folder without a policy has one without rules.
        policy = problems.attempt(policy_from_option, "policy", params.get("policy") or None)
        problems.raise_if_any()
        former = params.get("former")
        return cls(
            selection=selection or Filter(),
            within=within,
            stale_after=params["stale_after"],
            pending_after=params["pending_after"],
            versions=versions or {},
            update_status=bool(params.get("update_status")),
            former=Path(former) if former else None,
            policy=policy.of_listed_devices() if policy is not None else None,
        )


def _check_seconds(option: str, seconds: float) -> None:
    # Not a number compares as false with everything.
    if not 0 <= seconds < float("inf"):
        raise InputError(option, seconds, "is no length of time", "Give 0 or more seconds.")


def versions_from(option: str, given: Mapping[Any, Any]) -> Versions:
    """Raises InputError."""
    versions: dict[int | str, frozenset[str]] = {}
    for key, value in given.items():
        one = device_type(option, key)
        right = [_version(f"{option}.{key}", version) for version in _as_list(value)]
        if not right:
            raise InputError(f"{option}.{key}", value, "has no version", VERSION_REMEDY)
        versions[one] = versions.get(one, frozenset()) | frozenset(right)
    return versions


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _version(option: str, value: Any) -> str:
    if not isinstance(value, str):
        # YAML reads 1.10 as 1.1, and what was written cannot be told any more.
        raise InputError(option, value, "is not text", VERSION_REMEDY)
    if not value.strip():
        raise InputError(option, value, "is empty", VERSION_REMEDY)
    return value.strip()
