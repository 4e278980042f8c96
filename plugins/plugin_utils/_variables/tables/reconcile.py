# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `reconcile`."""

from __future__ import annotations

from ..kinds import COUNT, DIGEST, LIMIT, ONLY, PATH, SCOPE, choice
from ..table import Table, Variable
from .common import DECLARED_PATH, REQUIRE_PLAN

TABLE = Table(
    prefix="reconcile",
    description="Makes the platform what the files of a folder declare.",
    by_organization="scope",
    own_files=("plan_file", "journal_file"),
    variables=(
        DECLARED_PATH,
        Variable(
            "state",
            choice("merged", "replaced", "overridden", "deleted"),
            ["What becomes of the devices.", "C(overridden) deletes, and needs a scope."],
            question="State",
            default="merged",
        ),
        Variable(
            "scope",
            SCOPE,
            [
                "What the run may see and touch.",
                "A device that is declared outside of it is an error.",
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
                    " device on the platform. Not with the state C(overridden)."
                ),
            ],
            question="Only these devices",
        ),
        Variable(
            "expected_plan_digest",
            DIGEST,
            ["The digest of a reviewed plan.", "That very plan is applied, or nothing."],
            question="Digest of the plan",
        ),
        REQUIRE_PLAN,
        Variable(
            "max_changes",
            LIMIT,
            [
                "How many devices may be created, changed and deleted.",
                "A part is one of the devices in scope. More is refused.",
            ],
            question="Changes at most",
        ),
        Variable(
            "max_deletes",
            LIMIT,
            [
                "How many devices may be deleted.",
                (
                    "A part is one of the devices in scope. More is refused. With the state"
                    " C(overridden) it is 10% where it is not given."
                ),
            ],
            question="Deletions at most",
        ),
        Variable(
            "max_failures",
            COUNT,
            ["Once more devices than this have failed, no further one is started."],
            question="Failures at most",
        ),
        Variable(
            "plan_file",
            PATH,
            [
                "A file for the whole plan, as JSON.",
                "Where it is the reviewed plan, a refusal names what has changed since.",
            ],
            question="File of the plan",
        ),
        Variable(
            "journal_file",
            PATH,
            ["A file to which each outcome is written as it happens."],
            question="File of the journal",
        ),
        Variable(
            "report_dir",
            PATH,
            ["A folder for C(reconcile.md), C(reconcile.json) and C(reconcile.html)."],
            question="Folder of the report",
        ),
    ),
)
