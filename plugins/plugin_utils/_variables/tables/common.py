# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that several playbooks have."""

from __future__ import annotations

from ..kinds import BOOLEAN, FILTER, FILTER_ALIASES, PATH, PATHS, POSITIVE, TIMEOUT, WINDOW, choice
from ..table import Variable

DECLARED_PATH = Variable(
    "path",
    PATHS,
    [
        "The folder of the declared devices, or a single file.",
        (
            "Of several, a later one overlays the earlier ones: it says what is otherwise with"
            " devices that these declare, and declares others."
        ),
        "A relative path begins where ansible-playbook was started.",
    ],
    question="Folder of the declared devices",
    required=True,
)
REQUIRE_PLAN = Variable(
    "require_plan",
    BOOLEAN,
    [
        "Whether a run without the digest of a plan is refused.",
        "A run in check mode makes the plan, and needs none.",
    ],
    question="Require a plan",
    default=False,
)
DEVICES_FILTER = Variable(
    "filter",
    FILTER,
    [
        (
            "Which devices are meant, by C(type), C(status), C(organization),"
            " C(last_status_change_from); at least one of these, each one value or a list."
        ),
        "Without it, the devices of the play's hosts are meant.",
    ],
    question="Filter",
    aliases=FILTER_ALIASES,
)
WINDOW_OF_WAVES = Variable(
    "window",
    WINDOW,
    [
        (
            "When waves may run: C(days), such as C(sat) or C(mon-fri), C(from), C(to) and"
            " C(timezone), such as C(Europe/Madrid). Always, where it is not given."
        ),
        (
            "No wave is begun outside, nor one that could not be over, its soak included, before"
            " the window closes."
        ),
    ],
    question="Maintenance window",
)
OUTSIDE = Variable(
    "outside",
    choice("refuse", "wait"),
    [
        "What to do outside the window.",
        "V(refuse) ends the run, which can be run again; V(wait) waits until the window opens.",
    ],
    question="Outside the window",
    default="refuse",
)
WAVES_REPORT_DIR = Variable(
    "report_dir",
    PATH,
    [
        "A folder for C(report.md), C(report.json) and C(report.html).",
        "The reports of a slice of an inventory are in a folder below it.",
    ],
    question="Folder of the report",
)
INTERVAL = Variable(
    "interval",
    TIMEOUT,
    [
        "How many seconds lie between two looks at the platform.",
        "Without it, that follows from the devices' turns as well.",
    ],
)
CONCURRENCY = Variable("concurrency", POSITIVE, ["How many devices are asked at once."], default=8)
