# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a play runs: on which hosts, under which limit, and whether AWX has sliced it.

Devices come from the platform or from files. A limit, and a slice of an inventory, mean something
to a run only where it says what: else it would do nothing, or all of it once for each slice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._errors import RefusedError
from ...module_utils._text import listing
from .read import is_given
from .table import HOSTS, NARROWS, Table

CONTROLLER = "localhost"
# The hosts of a playbook of this collection, where there is a limit. In a play of the user's, whose
# hosts may be anything, a limit is not about devices.
WITH_LIMIT = f"{CONTROLLER}:all"
UNSLICED = "zq_unsliced"
# AWX sets its variables under both.
PREFIXES = ("awx", "tower")


@dataclass(frozen=True)
class Play:
    """hosts: of the play's batch, without the controller. limit: on devices; None where none is.

    sliced: whether AWX runs this play as one of several slices.
    """

    hosts: Sequence[str]
    limit: str | None
    sliced: bool

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any], pattern: str) -> Play:
        """pattern: the `hosts` of the play, templated or not."""
        hosts = [str(host) for host in variables.get("ansible_play_batch") or ()]
        limit = None
        if WITH_LIMIT in pattern and is_given(variables.get("ansible_limit")):
            limit = str(variables["ansible_limit"])
        return cls(
            hosts=[host for host in hosts if host != CONTROLLER],
            limit=limit,
            sliced=is_slice(variables),
        )


def is_slice(variables: Mapping[str, Any]) -> bool:
    """AWX runs a slice as a node of a workflow that has the name of the job template."""
    for prefix in PREFIXES:
        workflow = variables.get(f"{prefix}_workflow_job_name")
        template = variables.get(f"{prefix}_job_template_name")
        launched_by = variables.get(f"{prefix}_job_launch_type")
        if launched_by == "workflow" and workflow and workflow == template:
            return True
    return False


def check_slice(table: Table, play: Play, given: Mapping[str, Any], overridden: bool) -> None:
    """Refuse what each slice would do whole. Raises RefusedError.

    overridden: the user says that it is no slice.
    """
    if not play.sliced or overridden or _takes_hosts(table, given):
        return
    raise RefusedError(
        f"This seems to be a slice of a job, and each slice would do all of {table.prefix}:"
        f" {_not_of_hosts(table)}",
        remedy=(
            "Nothing was written. Set the job slicing of the template to 1. A job of a workflow"
            " that has the name of its template looks the same: rename one of the two, or set"
            f" {UNSLICED} to true."
        ),
    )


def check_limit(table: Table, play: Play, given: Mapping[str, Any]) -> None:
    """Refuse a limit that means nothing here. Raises RefusedError."""
    if play.limit is None or not play.hosts:
        return
    if table.limit == NARROWS or _takes_hosts(table, given):
        return
    raise RefusedError(
        f"The limit {play.limit!r} names hosts ({listing(play.hosts[:3])}), and a limit means"
        f" nothing to {table.prefix}: {_not_of_hosts(table)}",
        remedy="Nothing was written. Take the limit away.",
    )


def _takes_hosts(table: Table, given: Mapping[str, Any]) -> bool:
    return table.limit == HOSTS and table.hosts_without not in given


def _not_of_hosts(table: Table) -> str:
    if table.hosts_without:
        return f"with {table.full_name(table.hosts_without)} it is not about the hosts of the play"
    return "it is not about the hosts of an inventory"


def devices_of(
    table: Table, play: Play, given: Mapping[str, Any], device_of: Callable[[str], str]
) -> dict[str, list[str]]:
    """The devices of the hosts that the run is about, as `hosts` or as `limit`; else nothing.

    device_of: the name of a host → that of its device. Raises RefusedError.
    """
    if _takes_hosts(table, given):
        if not play.hosts:
            option = table.full_name(table.hosts_without)
            raise RefusedError(
                f"{option}: is not given, and the play has no hosts but {CONTROLLER}:"
                " no device is selected",
                errors={option: ["is not given"]},
                remedy="Nothing was written. Give it, or an inventory whose hosts are devices.",
            )
        return {"hosts": [device_of(host) for host in play.hosts]}
    if table.limit == NARROWS and play.limit is not None and play.hosts:
        return {"limit": [device_of(host) for host in play.hosts]}
    return {}
