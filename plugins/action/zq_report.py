# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_report`: the files are where the user is, in the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._errors import ZqError
from ..modules import zq_report
from ..plugin_utils._action.controller_only import ControllerAction
from ..plugin_utils._report.files import make_report
from ..plugin_utils._untrusted import untagged


class ActionModule(ControllerAction):
    spec: ClassVar[Mapping[str, Any]] = zq_report.SPEC

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return report(params)


def report(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the task returns: also where the files cannot be written, what they would have told."""
    made = make_report(params["kind"], untagged(params["result"]), untagged(params["context"]))
    returned = {"changed": False, **made.returned, "reports": []}
    try:
        if params.get("report_dir"):
            returned["reports"] = made.write(params["report_dir"])
    except ZqError as error:
        error.partial = returned
        raise
    return returned
