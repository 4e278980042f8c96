# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_report`: the files are where the user is, in the controller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils._errors import InputError, ZqError
from ..module_utils._module import check_options
from ..module_utils._watch import utc_now
from ..modules import zq_report
from ..plugin_utils._action.controller_only import ControllerAction
from ..plugin_utils._action.screen import shown
from ..plugin_utils._report.files import check_report, kind_of, make_report
from ..plugin_utils._report.index import check_index, write_index, write_last_run
from ..plugin_utils._report.results import with_results
from ..plugin_utils._report.run_by import KEY, run_by
from ..plugin_utils._report.state import of_host
from ..plugin_utils._untrusted import untagged
from ..plugin_utils._variables.folder import file_name


def main() -> None:
    """Where ansible-lint looks for the options of a task."""
    check_options(zq_report.SPEC)


class ActionModule(ControllerAction):
    spec: ClassVar[Mapping[str, Any]] = zq_report.SPEC

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the task; what its variables tell of the job stands in the report."""
        self.run_by = run_by(os.environ, task_vars or {})
        result = super().run(tmp, task_vars)
        if "lines" in result:
            result["shown"] = shown(result["lines"])
        return result

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params["check_only"]:
            return check(params)
        return report({**params, "context": {KEY: self.run_by, **params["context"]}})


def check(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a task returns that only sees whether the files can be written."""
    result: dict[str, Any] = {"changed": False, "reports": []}
    place = params.get("report_dir")
    if not place:
        return result
    earlier = kind_of(params["kind"]).earlier
    if earlier is not None:
        told = untagged(params.get("result") or {})
        result["earlier"] = earlier(place, told, untagged(params["context"]))
        place = result["earlier"].get("report_dir", place)
    check_report(params["kind"], place)
    if params.get("index_dir"):
        check_index(params["index_dir"])
    return result


def report(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the task returns: also where the files cannot be written, what they would have told."""
    result = params.get("result")
    if result is None:
        raise InputError("result", None, "is not given", "Give what the task returned.")
    result = with_results(untagged(result), params.get("results_file"))
    context = _with_end(untagged(params["context"]))
    if params.get("report_dir"):
        # So that what is cut says where all of it is.
        context.setdefault("report_dir", str(params["report_dir"]))
    made = make_report(params["kind"], result, context)
    returned = {"changed": False, **made.returned, "reports": []}
    if context.get("host"):
        returned["stats"] = of_host(returned["stats"], str(context["host"]))
    try:
        if params.get("report_dir"):
            returned["reports"] = made.write(params["report_dir"])
        if params.get("index_dir"):
            write_last_run(_own_folder(params, context), _told(returned, context))
            returned["reports"] += write_index(params["kind"], params["index_dir"])
    except ZqError as error:
        error.partial = returned
        if "msg" in returned:
            what = f"The report could not be written: {error.what}"
            error.what = " ".join(text for text in (returned["msg"], what) if text)
        raise
    return returned


def _own_folder(params: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """Of the run itself, directly below the page above all of them."""
    return str(Path(params["index_dir"]) / file_name(str(context.get("host") or "")))


def _told(returned: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: returned[name] for name in ("state", "headline") if returned.get(name)}
    return {"host": context.get("host"), **told}


def _with_end(context: dict[str, Any]) -> dict[str, Any]:
    """What was begun ends with its report, where nothing else is said."""
    if context.get("begun") and "ended" not in context:
        context["ended"] = utc_now()
    return context
