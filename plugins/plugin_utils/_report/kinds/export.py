# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was written as desired-state files."""

from __future__ import annotations

from .. import export, state
from ..report import Context, Kind, Report, Result


def report(result: Result, context: Context) -> Report:
    """It leaves no files: those of the export are the user's."""
    told = state.returned("export", *export.told(result, context))
    return Report({"headline": told["lines"][0], **told}, {})


KIND = Kind("export", report)
