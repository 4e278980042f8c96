# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `maintenance`."""

from __future__ import annotations

from ..kinds import (
    BOOLEAN,
    COUNT,
    FILTER,
    FILTER_ALIASES,
    LIMIT,
    NAMES,
    PATH,
    TIMEOUT,
    WINDOW,
    choice,
)
from ..table import NARROWS, Table, Variable

TABLE = Table(
    prefix="maintenance",
    description="Operates devices within a maintenance window, and waits until each is done.",
    limit=NARROWS,
    by_organization="filter",
    exclusive=("filter", "names"),
    needed=("filter", "names"),
    variables=(
        Variable(
            "action",
            choice("reboot", "sync", "reconf", "factory_reset", "device_factory_reset"),
            ["The operation.", "The two resets cannot be undone."],
            question="Operation",
            required=True,
        ),
        Variable(
            "filter",
            FILTER,
            [
                "Which devices are operated, by what the platform knows of them.",
                "Each value is one, or a list.",
            ],
            question="Filter",
            aliases=FILTER_ALIASES,
        ),
        Variable(
            "names",
            NAMES,
            ["Or: the names of the devices that are operated."],
            question="Names of devices",
        ),
        Variable(
            "confirm",
            BOOLEAN,
            ["Must be true for the two resets."],
            question="Confirm a reset",
            default=False,
        ),
        Variable(
            "window",
            WINDOW,
            ["When it may be done.", "Without it, any time is good."],
            question="Maintenance window",
        ),
        Variable(
            "outside",
            choice("refuse", "wait"),
            [
                "What to do outside the window.",
                "C(refuse) fails; C(wait) waits until it opens. In check mode nothing is waited for.",
            ],
            question="Outside the window",
            default="refuse",
        ),
        Variable(
            "max_devices",
            LIMIT,
            [
                "How many devices may be operated.",
                (
                    "A part is one of the devices of the filter's organizations; without these, of all"
                    " that the token may see. More is refused."
                ),
            ],
            question="Devices at most",
        ),
        Variable(
            "max_failures",
            COUNT,
            ["Once more devices than this have failed, no further one is sent to."],
            question="Failures at most",
            default=0,
        ),
        Variable(
            "wait",
            BOOLEAN,
            ["Whether to wait until each device is done."],
            question="Wait until it is done",
            default=True,
        ),
        Variable(
            "wait_timeout",
            TIMEOUT,
            ["For how many seconds each device is waited for.", "Without it, 600."],
            question="Seconds to wait for a device",
        ),
        Variable(
            "wait_interval",
            TIMEOUT,
            ["How many seconds lie between two looks at the platform.", "Without it, 10."],
        ),
        Variable(
            "report_dir",
            PATH,
            ["A folder for C(maintenance.md), C(maintenance.json) and C(maintenance.html)."],
            question="Folder of the report",
        ),
    ),
)
