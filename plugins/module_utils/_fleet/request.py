# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task asks for: its options, validated as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Callable

from .._client import Client
from .._devices import DeviceApi, check_read_concurrency
from .._digest import digest_from
from .._errors import InputError
from .._limit import Limit
from .._plan import Declaration
from .._policy import Policy
from .._problems import Problems
from .._schema import same
from .._selection import Filter, by_key
from .._text import MAX_LISTED
from .declared import NO_FILES, DeclaredFiles, declared_in
from .only import ONLY, Only

# What `plan` and `results` hold; `all` has the unchanged too.
CHANGES, ALL, PROBLEMS = "changes", "all", "problems"


@dataclass(frozen=True)
class Scope:
    """What a task may see and touch. An empty tuple does not narrow. `types` are ids."""

    organizations: tuple[int, ...] = ()
    types: tuple[int, ...] = ()

    @property
    def filter(self) -> Filter:
        """As the platform's own filter."""
        return Filter(organization=self.organizations, type=self.types)

    def outside(self, device: Mapping[str, Any]) -> str:
        """Why a device is outside, or "" where it is certainly inside.

        One that does not say where it belongs is outside.
        """
        return self._outside(device, self._allowed)

    def leaves(self, fields: Mapping[str, Any]) -> str:
        """Why a device to which these fields are given would be outside, or ""."""
        return self._outside(fields, [name for name in self._allowed if name in fields])

    @cached_property
    def _allowed(self) -> dict[str, tuple[int, ...]]:
        """Field → its values, of the fields that are narrowed."""
        allowed = {}
        if self.organizations:
            allowed["organization_id"] = self.organizations
        if self.types:
            allowed["type"] = self.types
        return allowed

    def _outside(self, device: Mapping[str, Any], names: Iterable[str]) -> str:
        for name in names:
            value, allowed = device.get(name), self._allowed[name]
            if not any(same(name, value, one) for one in allowed):
                listed = ", ".join(map(str, allowed))
                return f"its {name} {value} is outside the scope, which is {listed}"
        return ""


def scope_with_ids(selection: Filter | None, type_id: Callable[[int | str], int]) -> Scope | None:
    """The scope with the ids of its types; None where there is none."""
    if selection is None:
        return None
    types = dict.fromkeys(type_id(one) for one in selection.type)
    return Scope(selection.organization, tuple(types))


@dataclass(frozen=True)
class FleetRequest:
    """The options of `zq_fleet`.

    selection: None is everything that the token may see. only: None is all that is declared.
    files: that declare the devices, where any do.
    """

    state: str
    declarations: list[Declaration]
    selection: Filter | None
    only: Only | None
    max_changes: Limit | None
    max_deletes: Limit | None
    max_failures: int | None
    concurrency: int
    read_concurrency: int
    page_size: int
    expected_plan_digest: str | None
    digest_key: str | None = field(repr=False)
    plan_file: str | None
    journal_file: str | None
    include_results: str = CHANGES
    results_file: str | None = None
    files: DeclaredFiles = NO_FILES

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> FleetRequest:
        """Validate all that can be validated without the platform. Raises ConfigError."""
        problems = Problems()
        attempt = problems.attempt
        state = params["state"]
        declared = declared_in(params, state, problems)
        declarations = declared.declarations
        for option, least in (("concurrency", 1), ("page_size", 1), ("max_failures", 0)):
            attempt(_at_least, option, params.get(option), least)
        attempt(check_read_concurrency, params["read_concurrency"])
        only = attempt(_only, params, state)
        if only is not None and declarations:
            attempt(only.check_names, declarations)
        request = cls(
            state=state,
            declarations=declarations,
            selection=attempt(_scope, params, state),
            only=only,
            max_changes=attempt(Limit.parse, "max_changes", params.get("max_changes")),
            max_deletes=attempt(_max_deletes, params.get("max_deletes"), state),
            max_failures=params.get("max_failures"),
            concurrency=params["concurrency"],
            read_concurrency=params["read_concurrency"],
            page_size=params["page_size"],
            expected_plan_digest=attempt(
                digest_from, "expected_plan_digest", params.get("expected_plan_digest")
            ),
            # One of blanks, as a survey may give it, would key nothing.
            digest_key=(params.get("digest_key") or "").strip() or None,
            plan_file=params.get("plan_file"),
            journal_file=params.get("journal_file"),
            include_results=params.get("include_results") or CHANGES,
            results_file=params.get("results_file"),
            files=declared.files,
        )
        problems.raise_if_any(MAX_LISTED)
        return request

    def api(self, client: Client) -> DeviceApi:
        """What reads and writes the devices of the task."""
        return DeviceApi(
            client,
            page_size=self.page_size,
            concurrency=self.concurrency,
            read_concurrency=self.read_concurrency,
        )

    def policy_of_files(self) -> Policy | None:
        """By which the platform is judged. Raises ConfigError where there are several."""
        problems = Problems()
        policy = self.files.only_policy(problems)
        problems.raise_if_any(MAX_LISTED)
        return policy


def _at_least(option: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise InputError(option, value, f"is less than {least}", f"Give {least} or more.")


def _max_deletes(given: Any, state: str) -> Limit | None:
    if given is None and state == "overridden":
        given = "10%"
    return Limit.parse("max_deletes", given)


def _scope(params: Mapping[str, Any], state: str) -> Filter | None:
    given = params.get("scope")
    if given is not None:
        given = by_key(given, "scope.")
    if given is None:
        if state == "overridden":
            raise InputError(
                "scope",
                None,
                "is not given, and `overridden` deletes what is in it",
                "Give `organization`, `type`, or both.",
            )
        return None
    selection = Filter.from_params(
        {key: given.get(key) for key in ("organization", "type")}, where="scope."
    )
    if selection.empty or selection.nothing:
        raise InputError(
            "scope",
            None,
            "is empty, or its values are",
            "Give `organization`, `type`, or both, or leave the scope out.",
        )
    return selection


def _only(params: Mapping[str, Any], state: str) -> Only | None:
    given = params.get(ONLY)
    if given is None:
        return None
    refused = {
        "overridden": "which deletes what is not declared: what is passed over would be in doubt",
        "gathered": "which reads, and declares nothing",
    }
    if state in refused:
        raise InputError(
            ONLY, None, f"is given with `state: {state}`, {refused[state]}", "Leave it out."
        )
    return Only.from_params(given)
