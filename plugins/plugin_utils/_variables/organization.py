# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run over hosts that stand for organizations: each host is a run of its own, about its devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...module_utils._errors import RefusedError
from ...module_utils._text import listing
from .._forms import mapping_from
from .._untrusted import untagged
from .folder import file_name
from .read import DIGEST, REPORT_DIR, is_given
from .selections import SCOPE_KEYS
from .table import Table

# Made by the inventory, `hosts: organizations`.
GROUP = "zq_organizations"
ID, OWN_FILTER = "zq_organization_id", "zq_filter"
NAMES, NAME, SCOPE = "names", "name", "scope"


@dataclass(frozen=True)
class Organization:
    """host: its name in the inventory. id: that of the platform.

    selection: the filter of the devices that the host stands for: its organization, and what else
    the inventory filters by.
    """

    host: str
    id: int
    selection: Mapping[str, Any]

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> Organization | None:
        """What the host of a task stands for; None where that is no organization.

        Raises RefusedError where the inventory does not say which.
        """
        if GROUP not in (variables.get("group_names") or ()):
            return None
        host = str(variables["inventory_hostname"])
        try:
            # Of text or a number: true and 101.9 are no id.
            number = int(str(untagged(variables[ID])))
        except (KeyError, TypeError, ValueError):
            raise RefusedError(
                f"{host} is in the group {GROUP}, and has no {ID}",
                errors={ID: ["is not given"]},
                remedy=(
                    "Nothing was written. Leave `hostvars_prefix` of the inventory at zq_, and add no"
                    f" hosts to {GROUP}."
                ),
                partial=host_of(host),
            ) from None
        given = untagged(variables.get(OWN_FILTER)) or {}
        selection = {key: value for key, value in given.items() if value is not None}
        return cls(host, number, {**selection, "organization": number})

    def values(
        self, table: Table, values: Mapping[str, Any], *, check_mode: bool = False
    ) -> dict[str, Any]:
        """What is given, with the host's own devices where nothing is selected.

        Of a digest for each host, as the plan of all of them hands it on, that of this one. Raises
        RefusedError where there are digests, and none is of this host; and where the host stands
        for a part of an organization that is no scope.
        """
        narrowed = dict(values)
        selection = table.by_organization
        if selection == SCOPE:
            self._check_scope(table)
        if not any(is_given(values.get(table.full_name(one))) for one in (selection, NAMES)):
            narrowed[table.full_name(selection)] = dict(self.selection)
        digest = table.full_name(DIGEST)
        given = narrowed.get(digest)
        if isinstance(given, str) and given.lstrip().startswith("{"):
            # As a survey gives it.
            narrowed[digest] = mapping_from(digest, given)
        if isinstance(narrowed.get(digest), Mapping):
            narrowed[digest] = self._digest(digest, narrowed[digest], check_mode)
        return narrowed

    def _check_scope(self, table: Table) -> None:
        beyond = sorted(set(self.selection) - set(SCOPE_KEYS))
        if beyond:
            option = table.full_name(SCOPE)
            raise RefusedError(
                f"{option}: cannot be {self.host}: the inventory filters by {listing(beyond)}",
                errors={option: ["cannot be what the inventory filters by"]},
                remedy=(
                    "Nothing was written. Take an inventory that filters by"
                    f" {' and '.join(SCOPE_KEYS)} alone."
                ),
            )

    def _digest(self, option: str, given: Mapping[str, Any], check_mode: bool) -> Any:
        digest = given.get(self.host)
        if is_given(digest) or check_mode:
            return digest
        raise RefusedError(
            f"{option}: has none of {self.host}: there is no plan of it that was approved",
            errors={option: [f"has none of {self.host}"]},
            remedy="Nothing was written. Plan again, or limit the run to those that were approved.",
        )

    def narrowed(self, table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
        """The variables, about the devices of this organization alone. Raises RefusedError."""
        if NAMES in given:
            option = table.full_name(NAMES)
            raise RefusedError(
                f"{option}: names devices, and {self.host} stands for an organization",
                errors={option: ["names devices"]},
                remedy=(
                    "Nothing was written. Leave it out, or take an inventory of devices, or none."
                ),
            )
        name = table.by_organization
        selection = dict(given[name])
        for key, own in self.selection.items():
            allowed = _as_list(own)
            wanted = selection.get(key, allowed)
            both = [one for one in wanted if _plain(one) in map(_plain, allowed)]
            if not both:
                option = f"{table.full_name(name)}.{key}"
                stands_for = listing([str(one) for one in allowed])
                raise RefusedError(
                    f"{option}: does not have {stands_for}, for which {self.host} stands",
                    errors={option: [f"does not have {stands_for}"]},
                    remedy="Nothing was written. Leave it out, or limit the run to other hosts.",
                )
            selection[key] = both
        files = {one: self._own_file(given[one]) for one in table.own_files if one in given}
        return {**given, name: selection, **files}

    def _own_file(self, path: str) -> str:
        """In a folder of its own, beside the file that is given for all of them."""
        shared = Path(path)
        return str(shared.parent / file_name(self.host) / shared.name)

    def told(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """`organization`, and its own `report_dir` below that of all of them, where there is one."""
        told = host_of(self.host)
        if REPORT_DIR in given:
            above = Path(given[REPORT_DIR])
            if given.get(NAME):
                above /= file_name(given[NAME])
            told["organization"]["index_dir"] = str(above)
            told[REPORT_DIR] = str(above / file_name(self.host))
        return told


def host_of(host: str) -> dict[str, Any]:
    """What a run says of the host that it is about."""
    return {"organization": {"host": host}}


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _plain(value: Any) -> str:
    return str(value).strip().lower()


def check_apart(organization: Organization | None, table: Table, *, together: bool) -> None:
    """Refuse to take organizations for devices. Raises RefusedError.

    together: whether this is one run for all hosts of the play.
    """
    if organization is None or not together:
        return
    raise RefusedError(
        f"{organization.host} stands for an organization, and each of these is a run of its own",
        remedy=(
            "Nothing was written. Include the role with `tasks_from: organization`, in a play with"
            f" the strategy host_pinned, or run the playbook of {table.prefix}."
        ),
    )


def queue_warning(hosts: int, forks: int, *, waits: bool) -> str:
    """What the user should know where not all organizations go at the same time, or ""."""
    if hosts <= forks:
        return ""
    text = f"There are {hosts:,} organizations and {forks:,} forks: no more go at the same time."
    if waits:
        text += " One that is in the queue may miss its window."
    return f"{text} Give as many forks as there are organizations."


def check_scoped(table: Table, given: Mapping[str, Any], groups: Mapping[str, Any]) -> str:
    """Of a run that is none of an organization, in an inventory that has some.

    What is declared would be applied without the scope that each of them has. Raises RefusedError
    where there is nothing but organizations, of which a limit has left none. Returns what the user
    should know where there are others, or "".
    """
    organizations = set(groups.get(GROUP) or ())
    if table.by_organization != SCOPE or SCOPE in given or not organizations:
        return ""
    option = table.full_name(SCOPE)
    if set(groups.get("all") or ()) <= {*organizations, "localhost"}:
        raise RefusedError(
            "the limit leaves no organization of the inventory, and there would be nothing to do",
            errors={option: ["is not given"]},
            remedy=f"Nothing was written. Limit the run to organizations, or give {option}.",
        )
    return (
        f"The inventory has organizations and other hosts, so this is one run without a scope. Give"
        f" {option}, or take an inventory of organizations alone."
    )
