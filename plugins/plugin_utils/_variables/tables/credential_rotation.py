# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role `credential_rotation`, and of the playbook `rotate_credentials`."""

from __future__ import annotations

from ....module_utils._waves.order import ORDERS, SPREAD
from ..kinds import (
    BOOLEAN,
    DURATION,
    FACTOR,
    LIMIT,
    LIMITS,
    NAMES,
    PATH,
    TASK_FILE,
    TEXT,
    TIMEOUT,
    choice,
)
from ..table import HOSTS, Table, Variable
from .common import (
    CONCURRENCY,
    DEVICES_FILTER,
    INTERVAL,
    OUTSIDE,
    WAVES_REPORT_DIR,
    WINDOW_OF_WAVES,
)

TARGET = (
    DEVICES_FILTER,
    Variable(
        "older_than",
        DURATION,
        [
            "How many days a password has to be old to get a new one. With 0, all do.",
            (
                "It is as old as C(changed) of its entry in the vault file says. One without it, and a"
                " device without an entry, is old enough."
            ),
            "A rotation that was cut short goes on before a new one begins, whatever this says.",
        ],
        question="Only passwords older than so many days",
        default=0,
    ),
    Variable(
        "name",
        TEXT,
        [
            "A name for this rotation.",
            "Its reports are in a folder of that name below O(credential_rotation_report_dir).",
        ],
        question="Name of the rotation",
    ),
)
PASSWORDS = (
    Variable(
        "vault_file",
        PATH,
        [
            (
                "A YAML file that is encrypted by ansible-vault, with the credentials of devices as"
                " V(onboarding_credentials). A new password is in it, beside the former one, before"
                " it is sent."
            ),
            "One of this and O(credential_rotation_password_tasks) has to be given.",
        ],
        question="Vault file with the passwords",
    ),
    Variable(
        "vault_password_file",
        PATH,
        [
            "A file with the password of O(credential_rotation_vault_file), or a program that prints it.",
            "If it is not given, the vault secrets that Ansible was started with are taken.",
        ],
        question="File with the password of the vault",
    ),
    Variable(
        "password_tasks",
        TASK_FILE,
        [
            "A file of tasks that store new passwords, in the place of a vault file.",
            (
                "It is included before each wave, with the variable"
                " V(credential_rotation_credentials), a list of C(name), C(username) and C(password)."
            ),
            (
                "No former password is known then, and none is set again. Its tasks run with C(no_log),"
                " and not in check mode."
            ),
        ],
        question="Tasks that store new passwords",
    ),
)
WAVES = (
    Variable(
        "canaries",
        NAMES,
        ["Names of devices that come before the first wave."],
        question="Canaries",
        default=[],
    ),
    Variable(
        "waves",
        LIMITS,
        [
            (
                "How many devices have a new password once each wave is over, canaries apart; as"
                " numbers, or as parts of those that get one, rounded up."
            ),
        ],
        question="Waves",
        default=["1", "10%", "50%", "100%"],
    ),
    Variable(
        "order",
        choice(*ORDERS),
        [
            "In which order devices come.",
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
        "soak",
        DURATION,
        [
            "For how many seconds the devices of a wave are watched once they have connected.",
            "One that is down at the end has failed. It keeps its new password.",
        ],
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
            "More halt the rotation.",
        ],
        question="Failures of a wave at most",
        default="0",
    ),
    Variable(
        "timeout",
        TIMEOUT,
        [
            "For how many seconds the devices of a wave are waited for.",
            "Without it, two turns in which its slowest device calls in, and half an hour.",
        ],
        question="Seconds for a wave",
    ),
    INTERVAL,
    Variable(
        "retry_failed",
        BOOLEAN,
        [
            (
                "Whether devices that have failed in a rotation which was halted or cut short get a new"
                " password again."
            ),
        ],
        question="Try again where it has failed before",
        default=False,
    ),
    CONCURRENCY,
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
)

TABLE = Table(
    prefix="credential_rotation",
    description="Gives devices new passwords in waves, and sees that each comes back.",
    limit=HOSTS,
    exclusive=("vault_file", "password_tasks"),
    needed=("vault_file", "password_tasks"),
    hosts_without="filter",
    by_organization="filter",
    variables=(*TARGET, *PASSWORDS, *WAVES, *WINDOWS),
)
