# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role and the playbook `firmware_rollout`."""

from __future__ import annotations

from ....module_utils._waves.order import ORDERS, SPREAD
from ..kinds import (
    BOOLEAN,
    COUNT,
    DIGEST,
    DURATION,
    FACTOR,
    IDENTIFIER,
    LIMIT,
    LIMITS,
    NAMES,
    PAUSES,
    TASK_FILE,
    TEXT,
    TIMEOUT,
    TYPES,
    VERSION,
    VERSIONS,
    choice,
)
from ..table import HOSTS, Table, Variable
from .common import (
    CONCURRENCY,
    DEVICES_FILTER,
    INTERVAL,
    OUTSIDE,
    REQUIRE_PLAN,
    WAVES_REPORT_DIR,
    WINDOW_OF_WAVES,
)

TARGET = (
    Variable(
        "image",
        IDENTIFIER,
        ["The id of the firmware image."],
        question="Id of the firmware image",
        required=True,
    ),
    Variable(
        "version",
        VERSION,
        [
            "The software version that a device reports once it runs the image.",
            "Quotes around it are taken off. A number is refused, as V(1.10) is read as 1.1.",
        ],
        question="Version of the image",
        required=True,
    ),
    DEVICES_FILTER,
    Variable(
        "from",
        VERSIONS,
        [
            "The versions that may be upgraded; any other one, where none is given.",
            "Other devices are excluded.",
        ],
        question="Versions that may be upgraded",
        default=[],
    ),
    Variable(
        "type",
        TYPES,
        [
            (
                "The types of device that the image is for, as ids or short names; any, where none is"
                " given."
            ),
            "Other devices are excluded.",
        ],
        question="Types of device that the image is for",
        default=[],
    ),
)
PLAN = (
    Variable(
        "name",
        TEXT,
        [
            "A name for this rollout.",
            "Its reports are in a folder of that name below O(firmware_rollout_report_dir).",
        ],
        question="Name of the rollout",
    ),
    Variable(
        "expected_plan_digest",
        DIGEST,
        [
            "The digest of a plan that was made in check mode.",
            (
                "That very plan is carried out, or nothing. It stays the same while the rollout goes"
                " on."
            ),
        ],
        question="Digest of the plan",
    ),
    REQUIRE_PLAN,
)
WAVES = (
    Variable(
        "canaries",
        NAMES,
        ["Names of devices that are upgraded before the first wave."],
        question="Canaries",
        default=[],
    ),
    Variable(
        "waves",
        LIMITS,
        [
            (
                "How many devices are upgraded once each wave is over, canaries apart; as numbers, or"
                " as parts of those that need it, rounded up."
            ),
        ],
        question="Waves",
        default=["1", "10%", "50%", "100%"],
    ),
    Variable(
        "order",
        choice(*ORDERS),
        [
            "In which order devices are upgraded.",
            (
                "V(spread) has a part of each organization and location in every wave;"
                " V(organization) and V(location) take one after the other, and no wave holds devices"
                " of two of them."
            ),
        ],
        question="Order of the waves",
        default=SPREAD,
    ),
    Variable(
        "pause_after",
        PAUSES,
        [
            "After which waves the rollout pauses, until it is run again.",
            "V(canaries), V(each), or numbers of waves. A run that pauses ends well.",
        ],
        question="Pause after waves",
        default=[],
    ),
    Variable(
        "soak",
        DURATION,
        ["For how many seconds the devices of a wave are watched once it is over."],
        question="Seconds to watch after each wave",
        default=0,
    ),
    Variable(
        "max_failures",
        LIMIT,
        [
            (
                "How many devices of a wave may fail; a part is one of the wave, rounded up, but less"
                " than one device is none."
            ),
            "More halt the rollout.",
        ],
        question="Failures of a wave at most",
        default="0",
    ),
    Variable(
        "timeout",
        TIMEOUT,
        [
            "How many seconds a wave may take.",
            "Without it, two turns in which its slowest device calls in, and half an hour.",
        ],
        question="Seconds for a wave",
    ),
    Variable(
        "retries",
        COUNT,
        [
            "How often a device on which the upgrade has failed is asked again within its wave.",
            (
                "It is asked again once the platform shows that the upgrade is over, and counts once."
                " Without O(firmware_rollout_timeout), a wave may take as many times as long."
            ),
        ],
        question="Retries of a device",
        default=0,
    ),
    Variable(
        "wait_for_down",
        DURATION,
        [
            "For how many seconds devices that are down are waited for.",
            (
                "Each joins the wave that is running when it comes, but for that of the canaries, and"
                " never more than the wave has. After the last wave it is waited for those that are"
                " left. With 0 they are excluded."
            ),
        ],
        question="Seconds to wait for devices that are down",
        default=0,
    ),
    INTERVAL,
    Variable(
        "retry_failed",
        BOOLEAN,
        ["Whether the image is sent again to devices on which it has failed before."],
        question="Try again where it has failed before",
        default=False,
    ),
    Variable(
        "rollback_image",
        IDENTIFIER,
        [
            (
                "The id of an image to which devices that failed are asked to go back when the rollout"
                " is halted."
            ),
        ],
        question="Id of the image to go back to",
    ),
    CONCURRENCY,
)
TASKS = (
    Variable(
        "before_wave",
        TASK_FILE,
        [
            "A file of your own tasks, which are run before each wave.",
            "Where they fail, the wave is not begun, and the rollout is halted.",
        ],
        question="Tasks before each wave",
    ),
    Variable(
        "after_wave",
        TASK_FILE,
        [
            "A file of your own tasks, which are run after each wave.",
            "Where they fail, the rollout is halted.",
        ],
        question="Tasks after each wave",
    ),
)
WINDOWS = (
    WINDOW_OF_WAVES,
    OUTSIDE,
    WAVES_REPORT_DIR,
    Variable(
        "speed",
        FACTOR,
        [
            "How many times faster than ours the platform's clock runs.",
            "For rehearsals on the simulator.",
        ],
        default=1,
    ),
    Variable(
        "begin",
        TEXT,
        [
            (
                "When a rehearsal begins by the platform's clock, as C(2026-03-28T22:00:00+01:00), so"
                " that its window can be open by day."
            ),
        ],
    ),
    Variable(
        "since",
        TEXT,
        [
            (
                "What this machine's clock showed at O(firmware_rollout_begin), so that the rollouts"
                " of several organizations have one clock in a rehearsal."
            ),
            "Without it, it is the moment at which each begins.",
        ],
    ),
)

TABLE = Table(
    prefix="firmware_rollout",
    description="Upgrades the firmware of devices in waves, and watches each to its end.",
    limit=HOSTS,
    hosts_without="filter",
    by_organization="filter",
    variables=(*TARGET, *PLAN, *WAVES, *TASKS, *WINDOWS),
)
