# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs from the declared, and what nobody has declared."""

from __future__ import annotations

from functools import partial

from ....module_utils._fleet.findings import headline as drift_headline
from .. import drift, state
from ..report import Context, Kind, Report, Result


def report(result: Result, context: Context) -> Report:
    found = drift.from_result(result)
    told = state.returned("drift", *drift.told(found, result, context))
    context = state.with_counts(context, told)
    files = {name: partial(render, found, context) for name, render in drift.FILES.items()}
    return Report({"headline": drift_headline(found), **told}, files)


KIND = Kind("drift", report)
