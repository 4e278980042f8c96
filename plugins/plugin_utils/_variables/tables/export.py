# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the playbook `export`."""

from __future__ import annotations

from ....module_utils._fleet.split import ORGANIZATION, SPLITS
from ..kinds import BOOLEAN, PATH, SCOPE, choice
from ..table import Table, Variable

TABLE = Table(
    prefix="export",
    description="Writes the devices of the platform as desired-state files.",
    variables=(
        Variable(
            "path",
            PATH,
            [
                "The folder for the files, made where it is missing.",
                "A relative path begins where ansible-playbook was started.",
            ],
            question="Folder for the files",
            required=True,
        ),
        Variable(
            "scope",
            SCOPE,
            ["Which devices are written.", "Without it, all that the token may see."],
            question="Scope",
        ),
        Variable(
            "split",
            choice(*SPLITS),
            [
                "What the devices of a file have in common.",
                "C(site) is by C(location_name) within each organization. A folder belongs to one split.",
            ],
            question="A file for each",
            default=ORGANIZATION,
        ),
        Variable(
            "detail",
            BOOLEAN,
            [
                "Whether the files have C(username), C(update_frequency), C(debug) and C(firmware_image) as well.",
                "Each device is read by itself for them, by the export and by each comparison with its files.",
            ],
            question="With the fields for which each device is read by itself",
            default=False,
        ),
        Variable(
            "snapshot",
            PATH,
            [
                "A JSON file for the devices as they are, with what they report.",
                "A rehearsal takes it.",
            ],
            question="File of the snapshot",
        ),
    ),
)
