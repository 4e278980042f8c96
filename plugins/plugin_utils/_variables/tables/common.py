# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that several playbooks have."""

from __future__ import annotations

from ..kinds import BOOLEAN, PATH
from ..table import Variable

DECLARED_PATH = Variable(
    "path",
    PATH,
    [
        "The folder of the declared devices.",
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
