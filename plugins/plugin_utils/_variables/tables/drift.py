# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `drift`."""

from __future__ import annotations

from ..kinds import BOOLEAN, ONLY, PATH, SCOPE
from ..table import Table, Variable
from .common import DECLARED_PATH

TABLE = Table(
    prefix="drift",
    description="Reports where the platform differs from what the files of a folder declare.",
    by_organization="scope",
    variables=(
        DECLARED_PATH,
        Variable(
            "scope",
            SCOPE,
            [
                "What the run may see.",
                (
                    "A device that is declared outside of it is an error. Devices in it that are not"
                    " declared are told as well; they are no drift, unless they break the policy of"
                    " the folder."
                ),
            ],
            question="Scope",
        ),
        Variable(
            "only",
            ONLY,
            [
                (
                    "Which of the declared devices the run is about, by C(name) (in which C(*) stands"
                    " for anything), C(organization), C(type); each one value or a list."
                ),
                (
                    "The others are passed over. What a device does not declare is judged by the"
                    " device on the platform."
                ),
            ],
            question="Only these devices",
        ),
        Variable(
            "fail",
            BOOLEAN,
            [
                (
                    "Whether drift, or a device that breaks the policy, fails the run, once the"
                    " reports are written."
                ),
            ],
            question="Fail where there is drift",
            default=True,
        ),
        Variable(
            "report_dir",
            PATH,
            ["A folder for C(drift.txt), C(drift.json), C(drift.junit.xml) and C(drift.html)."],
            question="Folder of the reports",
        ),
    ),
)
