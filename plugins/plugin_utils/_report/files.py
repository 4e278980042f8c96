# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of each kind of report, and what the task returns beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...module_utils._files import check_folder, make_folder, write_text
from ...module_utils._fleet.findings import headline as drift_headline
from ...module_utils._watch import utc_now
from . import (
    drift,
    export,
    fleet,
    fleet_markdown,
    fleet_page,
    onboarding,
    onboarding_markdown,
    onboarding_page,
    onboarding_text,
    operations,
    operations_page,
    rollout,
    rollout_markdown,
    rollout_page,
    rollout_past,
    rollout_read,
    rollout_schedule,
    rollout_schedule_text,
    rollout_state,
    rollout_text,
    rotation,
    rotation_markdown,
    rotation_page,
    rotation_text,
    state,
    status,
    status_markdown,
    status_page,
    status_prom,
)
from .markdown import prose
from .run_by import run_text
from .values import to_json

Result = Mapping[str, Any]
Context = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """returned: what the task returns. files: by their names, what makes the text of each."""

    returned: Mapping[str, Any]
    files: Mapping[str, Callable[[], str]]

    def check(self, path: str) -> None:
        """See that the files can be written into a folder. Raises InputError."""
        check_folder("report_dir", path, self.files)

    def write(self, path: str) -> list[str]:
        """Into a folder, made where it is missing. Returns the paths. Raises InputError."""
        if not self.files:
            return []
        # None is written where one cannot be made, or written.
        texts = {name: make() for name, make in self.files.items()}
        self.check(path)
        place = make_folder("report_dir", path)
        for name, text in texts.items():
            write_text("report_dir", str(place / name), text)
        return [str(place / name) for name in texts]


def make_report(kind: str, result: Result, context: Context) -> Report:
    """The report of a kind, its files signed with who ran it. kind: of KINDS."""
    made = KINDS[kind](result, context)
    signed = {name: _signed(name, make, context) for name, make in made.files.items()}
    return replace(made, files=signed)


def _signed(name: str, make: Callable[[], str], context: Context) -> Callable[[], str]:
    """A text for people says at its end who ran what; pages and JSON say it themselves."""
    by = run_text(context)
    if not by or not name.endswith(".md"):
        return make
    return lambda: f"{make()}\n{prose(by)}\n"


def check_report(kind: str, report_dir: str) -> None:
    """See that a report of this kind can be written, whatever it will tell. Raises InputError."""
    make_report(kind, {}, {}).check(report_dir)


def _reconcile(result: Result, context: Context) -> Report:
    read = fleet.from_result(result, context)
    told = state.returned(
        "reconcile", read.state, read.counts, fleet.lines(read, result), digest=read.digest
    )
    context = {"written": utc_now(), **state.with_counts(context, told)}
    files = {
        "reconcile.md": partial(fleet_markdown.as_markdown, read, context),
        "reconcile.json": partial(fleet.as_json, read, result, context),
        "reconcile.html": partial(fleet_page.as_html, read, context),
    }
    return Report({"headline": fleet.headline(read), **told}, files)


def _maintenance(result: Result, context: Context) -> Report:
    told = state.returned(
        "maintenance",
        operations.state(result, context),
        operations.counts(result, context),
        operations.lines(result, context),
    )
    context = state.with_counts(context, told)
    files = {
        "maintenance.md": partial(operations.as_markdown, result, context),
        "maintenance.json": partial(operations.as_json, result, context),
        "maintenance.html": partial(operations_page.as_html, result, context),
    }
    problem = operations.problem(result)
    if problem:
        told["msg"] = problem
    return Report({"headline": operations.headline(result, context), **told}, files)


def _drift(result: Result, context: Context) -> Report:
    found = drift.from_result(result)
    told = state.returned("drift", *drift.told(found, result, context))
    context = state.with_counts(context, told)
    files = {name: partial(render, found, context) for name, render in drift.FILES.items()}
    return Report({"headline": drift_headline(found), **told}, files)


def _export(result: Result, context: Context) -> Report:
    """It leaves no files: those of the export are the user's."""
    told = state.returned("export", *export.told(result, context))
    return Report({"headline": told["lines"][0], **told}, {})


def _firmware_rollout(result: Result, context: Context) -> Report:
    read = rollout_read.from_result(result)
    now = utc_now()
    ended = None if read.state == rollout.RUNNING else now
    context = {"ended": ended, "written": now, **context}
    headline = rollout_text.headline(read)
    past = rollout_past.from_list(result.get("past_waves"))
    schedule = rollout_schedule.from_result(result, read, past)
    report = {
        "headline": headline,
        **read.to_dict(),
        "schedule": schedule.to_dict() if schedule else None,
        "speed": rollout_past.speed_of(result.get("clock")),
        "past_waves": [wave.to_dict() for wave in past],
    }
    times = rollout_schedule_text.summary(schedule) if schedule else []
    times += rollout_schedule_text.followed(read, schedule)
    told = {"headline": headline, **rollout_state.returned(read, context, times), "report": report}
    context = state.with_counts(context, told)
    files = {}
    if rollout_state.is_written(read):
        # Who was selected is needed by the next run alone.
        kept = {**report, "plan": dict(read.kept_plan)}
        files = {
            "report.md": partial(rollout_markdown.as_markdown, read, context, schedule),
            "report.json": partial(to_json, kept, context),
            "report.html": partial(rollout_page.as_html, read, context, schedule),
        }
    return Report(told, files)


def _onboarding(result: Result, context: Context) -> Report:
    read = onboarding.from_result(result, context)
    headline = onboarding_text.headline(read)
    report = {"headline": headline, **read.to_dict()}
    returned = {
        "headline": headline,
        **state.returned("onboarding", read.state, read.summary, onboarding_text.lines(read)),
        "msg": report["msg"],
        "report": report,
    }
    context = state.with_counts(context, returned)
    files = {
        "report.md": partial(onboarding_markdown.as_markdown, read, context),
        "report.json": partial(to_json, report, context),
        "report.html": partial(onboarding_page.as_html, read, context),
    }
    return Report(returned, files)


def _credential_rotation(result: Result, context: Context) -> Report:
    read = rotation.from_result(result)
    context = {"written": utc_now(), **context}
    returned = rotation_text.returned(read, context)
    context = state.with_counts(context, returned)
    files = {}
    # What was refused, or failed before it was begun, has nothing to tell that the next run needs.
    if read.state not in rotation.NOTHING_SENT:
        files = {
            "report.md": partial(rotation_markdown.as_markdown, read, context),
            "report.json": partial(to_json, returned["report"], context),
            "report.html": partial(rotation_page.as_html, read, context),
        }
    return Report(returned, files)


def _status(result: Result, context: Context) -> Report:
    read = status.from_result(result, context)
    told = state.returned("status", read.state, read.summary(), status.lines(read))
    returned = {
        "headline": status.headline(read),
        "exceeded": [one.text for one in read.exceeded],
        **told,
    }
    context = state.with_counts(context, told)
    files: dict[str, Callable[[], str]] = {}
    # What a former run saw is kept where this one saw nothing.
    if read.looked:
        files = {
            "status.md": partial(status_markdown.as_markdown, read, context),
            "status.json": partial(status_markdown.as_json, read, context),
            "status.html": partial(status_page.as_html, read, context),
            "status.prom": partial(status_prom.as_prometheus, read),
        }
    return Report(returned, files)


KINDS: Mapping[str, Callable[[Result, Context], Report]] = {
    "reconcile": _reconcile,
    "maintenance": _maintenance,
    "drift": _drift,
    "export": _export,
    "firmware_rollout": _firmware_rollout,
    "onboarding": _onboarding,
    "credential_rotation": _credential_rotation,
    "status": _status,
}
