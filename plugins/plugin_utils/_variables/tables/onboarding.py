# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role `onboarding`, and of the playbook `onboard`."""

from __future__ import annotations

from ..kinds import (
    BOOLEAN,
    DEVICE_MAPPING,
    DEVICES,
    FACTOR,
    FIELDS,
    PATH,
    POSITIVE,
    TASK_FILE,
    TEXT,
    TIMEOUT,
)
from ..table import Table, Variable

TABLE = Table(
    prefix="onboarding",
    description="Registers new devices, and follows them to their first connection.",
    exclusive=("devices", "file"),
    needed=("devices", "file"),
    of={"mapping": "file"},
    variables=(
        Variable(
            "devices",
            DEVICES,
            [
                "The devices, each a mapping with the fields of M(zequenze.control.zq_device).",
                "One of this and O(onboarding_file) has to be given.",
            ],
        ),
        Variable(
            "file",
            PATH,
            [
                (
                    "A file with the devices, in YAML, JSON or CSV, as"
                    " P(zequenze.control.zq_device_file#lookup) reads it."
                ),
                "A relative path, here and below, begins at the folder in which Ansible was started.",
            ],
            question="File with the devices",
        ),
        Variable(
            "mapping",
            DEVICE_MAPPING,
            [
                (
                    "How O(onboarding_file) is read where other software made it: a mapping, or the"
                    " path of its file, as P(zequenze.control.zq_device_file#lookup) takes it."
                ),
                (
                    "C(fields) says what each field is made of, such as C({Serial Number|lower}),"
                    " C(values) what texts mean, C(skip) which rows are left out."
                ),
            ],
            question="How the file of other software is read",
        ),
        Variable(
            "defaults",
            FIELDS,
            ["Fields for every device that does not give them."],
            question="Fields for every device",
            default={},
        ),
        Variable(
            "name",
            TEXT,
            [
                (
                    "What the name of a device is made of that has none, such as"
                    " V({location_name|slug}-gw-{sequence})."
                ),
                "It is written as O(zequenze.control.zq_onboarding_plan#module:name).",
                (
                    "C({sequence}) is the next free number, on the platform and in the list. It needs"
                    " a serial number, by which a device keeps its name when the list is run again."
                ),
            ],
            question="What names are made of, where there are none",
        ),
        Variable(
            "policy",
            PATH,
            [
                (
                    "A file with what the devices must be, as the C(policy.yml) of a folder of"
                    " declared devices."
                ),
                "What breaks it is told with all else that is wrong, before anything is written.",
            ],
            question="File of the policy",
        ),
        Variable(
            "vault_file",
            PATH,
            [
                (
                    "A YAML file that is encrypted by ansible-vault, into which generated passwords are"
                    " written before any device is created, as V(onboarding_credentials)."
                ),
                (
                    "It is made where it is missing, and so is its folder. That it can be written, and"
                    " read with its password, is seen before the platform is asked for anything."
                ),
            ],
            question="Vault file for generated passwords",
        ),
        Variable(
            "vault_password_file",
            PATH,
            [
                "A file with the password of O(onboarding_vault_file), or a program that prints it.",
                "If it is not given, the vault secrets that Ansible was started with are taken.",
            ],
            question="File with the password of the vault",
        ),
        Variable(
            "password_tasks",
            TASK_FILE,
            [
                "A file of tasks that store generated passwords.",
                (
                    "It is included before any device is created, with the variable"
                    " V(onboarding_credentials), a list of C(name), C(username) and C(password) of the"
                    " devices that are about to be created."
                ),
                "Its tasks run with C(no_log), and not in check mode.",
            ],
            question="Tasks that store generated passwords",
        ),
        Variable(
            "wait",
            BOOLEAN,
            ["Whether the devices are followed to their first connection."],
            question="Follow the devices to their first connection",
            default=False,
        ),
        Variable(
            "wait_timeout",
            TIMEOUT,
            ["For how many seconds they are followed."],
            question="Seconds to follow them",
            default=3600,
        ),
        Variable(
            "wait_interval",
            TIMEOUT,
            ["How many seconds there are between two looks."],
            default=30,
        ),
        Variable(
            "speed",
            FACTOR,
            [
                "How many times faster than real the platform's clock runs.",
                "For rehearsals on the simulated platform.",
            ],
            default=1,
        ),
        Variable(
            "configuration",
            FIELDS,
            [
                (
                    "Fields that are set on each device as it connects, with a sync, where"
                    " O(onboarding_wait) is set."
                ),
                "Once a device has connected, they come before the same fields of the input.",
            ],
            question="Fields for each device once it has connected",
            default={},
        ),
        Variable(
            "concurrency",
            POSITIVE,
            ["How many requests are under way at once."],
            default=8,
        ),
        Variable(
            "report_dir",
            PATH,
            [
                (
                    "A folder, made where it is missing, for C(report.md), C(report.json) and"
                    " C(report.html)."
                ),
                "That they can be written there is seen before anything is done.",
            ],
            question="Folder of the report",
        ),
    ),
)
