# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the reports of a run are, so that runs side by side do not write over each other's."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

UNSAFE = re.compile(r"[^A-Za-z0-9._-]|^\.")
MAX_LENGTH = 200  # a file name has 255 bytes at most, and files beside it need some of them
# Below a folder for reports, this one holds the report of a plan.
TAKEN = "plan"


def report_folder(report_dir: str, name: str | None, first_host: str | None) -> str:
    """Below the folder for reports, where the run has a name, or is a slice of an inventory.

    first_host: of the slice; None where the run is none.
    """
    below = name or first_host
    if not below:
        return report_dir
    return str(Path(report_dir) / file_name(below))


def file_name(text: str) -> str:
    """A text as the name of one file: what could mean something to a path is percent-encoded."""
    name = UNSAFE.sub(_encoded, text)
    if name == TAKEN:
        return f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > MAX_LENGTH:
        # Two long names may begin alike.
        digest = hashlib.sha256(name.encode()).hexdigest()
        return f"{name[: MAX_LENGTH // 2]}-{digest}"
    return name


def _encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "surrogatepass"))
