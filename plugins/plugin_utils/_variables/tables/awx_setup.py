# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `awx_setup`. Nobody launches it on AWX: it has no questions."""

from __future__ import annotations

from ..kinds import BOOLEAN, COUNT, NAMES, PATH, TEXT
from ..table import Table, Variable

AWX_SETUP = Table(
    prefix="awx_setup",
    description="Makes on an AWX what the playbooks of this collection need to be launched there.",
    variables=(
        Variable(
            "project_url",
            TEXT,
            [
                "The address of the Git repository of the project.",
                "It has a playbook for each of the collection's, such as docs/examples/awx/project.",
            ],
            required=True,
        ),
        Variable("project_branch", TEXT, ["Its branch.", "Without it, the default one."]),
        Variable(
            "project_credential",
            TEXT,
            ["The name of the credential on AWX with which the repository is read."],
        ),
        Variable("project", TEXT, ["The name of the project."], default="Zequenze CONTROL"),
        Variable(
            "organization",
            TEXT,
            [
                "The name of the organization that all of it belongs to.",
                "It is made where missing.",
            ],
            default="Default",
        ),
        Variable(
            "galaxy_credentials",
            NAMES,
            [
                "Names of the credentials with which the organization fetches collections.",
                "An organization that is made here has none of its own.",
            ],
        ),
        Variable(
            "credential",
            TEXT,
            ["The name of the credential for the platform."],
            default="Zequenze CONTROL",
        ),
        Variable(
            "url",
            TEXT,
            [
                "The address of the platform's API.",
                "Without it, that of the environment, E(ZQ_URL).",
                "The token is taken from the environment alone, E(ZQ_TOKEN).",
            ],
        ),
        Variable("ca_path", PATH, ["A CA bundle for the platform in the execution environment."]),
        Variable("proxy", TEXT, ["The proxy through which jobs reach the platform."]),
        Variable(
            "update_token",
            BOOLEAN,
            [
                "Whether the token of a credential that is there already is written anew.",
                "AWX does not show it, so that each such run is a change.",
            ],
            default=False,
        ),
        Variable(
            "inventory",
            TEXT,
            ["The name of the inventory, and of its source."],
            default="Zequenze CONTROL",
        ),
        Variable(
            "inventory_file",
            PATH,
            ["The file of the project that is the source of the inventory."],
            default="fleet.zq.yml",
        ),
        Variable(
            "devices",
            PATH,
            ["The folder of the project with the declared devices, for the nightly drift."],
            default="devices",
        ),
        Variable(
            "execution_environment",
            TEXT,
            ["The name of the execution environment of jobs and updates."],
        ),
        Variable(
            "prefix",
            TEXT,
            ["What the names of job templates, workflows and the schedule begin with."],
            default="Zequenze",
        ),
        Variable(
            "approval_timeout",
            COUNT,
            ["For how many seconds a plan waits for its approval.", "0 is without end."],
            default=86400,
        ),
        Variable(
            "drift_rule",
            TEXT,
            ["When drift is looked for, as the rule of a schedule."],
            default="DTSTART:20260101T030000Z RRULE:FREQ=DAILY;INTERVAL=1",
        ),
    ),
)
