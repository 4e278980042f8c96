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
from .folder import file_name
from .read import DIGEST, REPORT_DIR, is_given
from .table import Table

# Made by the inventory, `hosts: organizations`.
GROUP = "zq_organizations"
ID = "zq_organization_id"
FILTER, NAMES, NAME = "filter", "names", "name"


@dataclass(frozen=True)
class Organization:
    """host: its name in the inventory. id: that of the platform."""

    host: str
    id: int

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> Organization | None:
        """What the host of a task stands for; None where that is no organization."""
        if GROUP not in (variables.get("group_names") or ()):
            return None
        return cls(str(variables["inventory_hostname"]), int(variables[ID]))

    def values(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is given, with the organization where nothing is selected.

        Of a digest for each host, as the plan of all of them hands it on, that of this one.
        """
        narrowed = dict(values)
        selection = table.full_name(FILTER)
        if not any(is_given(values.get(table.full_name(one))) for one in (FILTER, NAMES)):
            narrowed[selection] = {"organization": [self.id]}
        digest = table.full_name(DIGEST)
        if isinstance(narrowed.get(digest), Mapping):
            narrowed[digest] = narrowed[digest].get(self.host)
        return narrowed

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
        selection = dict(given[FILTER])
        organizations = selection.get("organization") or [self.id]
        if self.id not in organizations:
            option = f"{table.full_name(FILTER)}.organization"
            raise RefusedError(
                f"{option}: does not have {self.id}, for which {self.host} stands",
                errors={option: [f"does not have {self.id}"]},
                remedy="Nothing was written. Leave it out, or limit the run to other hosts.",
            )
        selection["organization"] = [self.id]
        return {**given, FILTER: selection}

    def told(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """`organization`, and its own `report_dir` below that of all of them, where there is one."""
        told: dict[str, Any] = {"organization": {"host": self.host}}
        if REPORT_DIR in given:
            above = Path(given[REPORT_DIR])
            if given.get(NAME):
                above /= file_name(given[NAME])
            told["organization"]["index_dir"] = str(above)
            told[REPORT_DIR] = str(above / file_name(self.host))
        return told


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
