# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....module_utils._status.kinds import KINDS, VAULT_FILE
from ....module_utils._status.request import PENDING_AFTER, STALE_AFTER
from ..kinds import BOOLEAN, DURATION, FILTER, FILTER_ALIASES, PATH, POSITIVE
from ..status_kinds import FAIL_ON, VERSIONS_BY_TYPE
from ..table import NARROWS, Table, Variable


def _needs(given: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """A gate on what nobody looks at would always be open."""
    for kind in given.get("fail_on", {}):
        for other in KINDS[kind].needs:
            yield "fail_on", kind, other
    for name in ("vault_password_file", "password_older_than"):
        if name in given:
            yield name, "", VAULT_FILE


TABLE = Table(
    prefix="status",
    description="Reports the state of a fleet: how many devices are what, and which need somebody.",
    limit=NARROWS,
    needs=_needs,
    variables=(
        Variable(
            "filter",
            FILTER,
            [
                "Which devices are looked at; without it, all that the token may see.",
                "Each value is one, or a list.",
            ],
            question="Filter",
            aliases=FILTER_ALIASES,
        ),
        Variable(
            "stale_after",
            DURATION,
            ["Seconds since its last connection after which a device is stale."],
            question="Seconds until a device is stale",
            default=STALE_AFTER,
        ),
        Variable(
            "pending_after",
            DURATION,
            [
                "Seconds after which something that is pending is a problem.",
                (
                    "The platform gives no time for it: it is pending since the first run that saw it,"
                    " by the former C(status.json) of the folder for reports. Without such a folder"
                    " it is a problem at once."
                ),
            ],
            question="Seconds until what is pending is a problem",
            default=PENDING_AFTER,
        ),
        Variable(
            "versions",
            VERSIONS_BY_TYPE,
            [
                "Which software versions are right, by the id or short name of a type.",
                "Devices of other types are of no wrong one.",
            ],
            question="Versions that are right",
        ),
        Variable(
            "update_status",
            BOOLEAN,
            [
                "Whether the platform checks the status of each device live, which is slow.",
            ],
            question="Check the status live",
            default=False,
        ),
        Variable(
            "policy",
            PATH,
            [
                "A folder of declared devices, or the file of its policy, against which the devices are held.",
                "Those that break it are told, with the reason. Without it, none does.",
            ],
            question="Folder of the policy",
        ),
        Variable(
            VAULT_FILE,
            PATH,
            [
                "A vault file that is held against the devices.",
                "Names and counts of its entries are told, and no password.",
            ],
            question="Vault file",
        ),
        Variable(
            "vault_password_file",
            PATH,
            [
                "A file with the vault's password, or a program that prints it.",
                "Without it, the vault secrets that Ansible was started with are taken.",
            ],
            question="Password of the vault",
        ),
        Variable(
            "password_older_than",
            POSITIVE,
            ["Days after which a password of the vault file is old.", "Without it, none is."],
            question="Days until a password is old",
        ),
        Variable(
            "fail_on",
            FAIL_ON,
            [
                "What fails the run, once the reports are written.",
                (
                    f"The kinds are {', '.join(f'C({kind})' for kind in KINDS)}."
                    " Of a kind in a list none is allowed; a mapping says how many are, as a number"
                    " or as a part of the devices, or of the entries of the vault file, rounded up."
                ),
            ],
            question="What fails the run",
        ),
        Variable(
            "report_dir",
            PATH,
            [
                "A folder for C(status.md), C(status.json), C(status.html) and C(status.prom).",
                "Take a folder of its own for each filter: a run goes by what the former one saw.",
            ],
            question="Folder of the reports",
        ),
    ),
)
