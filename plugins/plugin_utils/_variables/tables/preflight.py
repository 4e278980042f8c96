# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `preflight`."""

from __future__ import annotations

from ..kinds import NAME
from ..table import Table, Variable

TABLE = Table(
    prefix="preflight",
    description="Says whether the platform can be worked with, and what to do where not.",
    variables=(
        Variable(
            "write_to",
            NAME,
            [
                "A device on which it is tried whether the token may write.",
                "What is sent changes nothing of it. Without a name, nothing is written.",
            ],
            question="Device to try a write on",
        ),
    ),
)
