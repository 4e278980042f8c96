# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `awx_setup`."""

from __future__ import annotations

from ..kinds import BOOLEAN, PATH, REPOSITORY, TEXT
from ..table import Table, Variable

TABLE = Table(
    prefix="awx_setup",
    description="Sets AWX up for the playbooks of this collection.",
    variables=(
        Variable(
            "project",
            TEXT,
            ["The name of the project of AWX that holds the playbooks and the declared devices."],
            question="Project",
            default="Zequenze CONTROL",
        ),
        Variable(
            "scm_url",
            REPOSITORY,
            [
                "The address of the Git repository of the project.",
                "Without it, a project of that name has to be there.",
            ],
            question="Git repository of the project",
        ),
        Variable(
            "scm_branch",
            TEXT,
            ["The branch of the project.", "Without it, the repository's own."],
            question="Branch of the project",
        ),
        Variable(
            "scm_credential",
            TEXT,
            ["The name of a credential of AWX with which the repository is read."],
            question="Credential of the repository",
        ),
        Variable(
            "organization",
            TEXT,
            ["The organization of AWX. It is made where there is none."],
            question="Organization of AWX",
            default="Default",
        ),
        Variable(
            "prefix",
            TEXT,
            ["What the names of all that is made begin with."],
            question="Beginning of all names",
            default="Zequenze CONTROL",
        ),
        Variable(
            "execution_environment",
            TEXT,
            ["The name of an execution environment of AWX.", "Without it, AWX's default."],
            question="Execution environment",
        ),
        Variable(
            "source_path",
            PATH,
            ["The source of the inventory, a file of the project."],
            question="Source of the inventory",
            default="fleet.zq.yml",
        ),
        Variable(
            "path",
            PATH,
            ["The folder of the project with the declared devices, for the nightly C(drift)."],
            question="Folder of the declared devices",
            default="devices",
        ),
        Variable(
            "schedule",
            TEXT,
            ["When C(drift) runs, as AWX has it."],
            question="When drift runs",
            default="DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
        ),
        Variable(
            "ca_path",
            PATH,
            [
                "A CA bundle in the execution environment, by which the platform is trusted.",
                "It is kept in the credential; one that was put there by hand is taken out.",
            ],
            question="CA bundle in the execution environment",
        ),
        Variable(
            "update_token",
            BOOLEAN,
            [
                "Whether the token of the credential is set anew.",
                "AWX does not show the one that it has, so that this is a change each time.",
            ],
            question="Set the token anew",
            default=False,
        ),
    ),
)
