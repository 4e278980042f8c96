# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout, read from what the tasks of its role returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...module_utils._rollout.memory import MARKS
from ...module_utils._rollout.steps import PAUSE
from .rollout import (
    AWAITED,
    BEGUN_BEFORE,
    COUNTED,
    DONE,
    EXCLUDED,
    FAILED,
    FINISHED,
    HALTED,
    IN_PROGRESS,
    KINDS,
    NOTHING,
    OUTCOMES,
    PAUSED,
    PLANNED,
    RUNNING,
    SKIPPED,
    STATUSES,
    UNKNOWN,
    WAITING,
    Device,
    Rollout,
    Wave,
    unsuccessful,
)
from .state import REFUSED, state_of
from .values import (
    to_bool,
    to_choice,
    to_count,
    to_id,
    to_int,
    to_list,
    to_mapping,
    to_mappings,
    to_seconds,
    to_text,
)
from .wave_outcome import halted_at_once, is_over
from .ways_on import Again


def from_result(result: Mapping[str, Any]) -> Rollout:
    """From the plan and its waves, whatever has become of numbers on their way through templates.

    plan: the result of `zq_firmware_plan`. waves: of each that was begun its `number`, `begun` and,
    where it is over, `ended`, `halted` and the `results` of `zq_firmware`; of the one that runs
    `running`, the `results` so far, `stages` and `ends`. marks: a list of the
    `number` of a wave with when `before_tasks` or `after_tasks` had ended, or when it `paused`.
    Further `state`, `reason`, `paused_as_asked`, `again`, `image`, `version`, `rollback_image`,
    `before_wave`, `after_wave`, `wait_for_down`, of an earlier run `unfinished`, and `failure`, what
    the task returned with which it was broken off.
    """
    plan = to_mapping(result.get("plan"))
    outcomes = {to_count(wave.get("number")): wave for wave in to_mappings(result.get("waves"))}
    state, reason = to_text(result.get("state")) or PLANNED, to_text(result.get("reason"))
    failure = to_mapping(result.get("failure"))
    if failure:
        state = _state_after(failure, begun=bool(outcomes))
        reason = to_text(failure.get("msg")) or "a task failed"
    devices = sorted(_devices(plan, outcomes, state), key=_rank)
    summary = _summary(plan, devices)
    if state == FINISHED and not summary["due"]:
        state = NOTHING
    return Rollout(
        state=state,
        reason=reason,
        image=to_id(result.get("image")),
        version=to_text(result.get("version")),
        rollback_image=to_id(result.get("rollback_image")),
        summary=summary,
        waves=_waves(plan, outcomes, devices, state, _marks(result)),
        devices=devices,
        warnings=to_list(plan.get("warnings")),
        kept_plan=to_mapping(plan.get("kept_plan")),
        unfinished=to_mapping(result.get("unfinished")),
        paused_as_asked=to_bool(result.get("paused_as_asked")),
        again=Again.from_result(result),
        halted_at_once=halted_at_once(plan, outcomes),
        tasks=_tasks(result),
        wait_for_down=to_seconds(result.get("wait_for_down")),
    )


def _tasks(result: Mapping[str, Any]) -> dict[str, str]:
    named = {when: to_text(result.get(f"{when}_wave")) for when in ("before", "after")}
    return {when: path for when, path in named.items() if path}


def _marks(result: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Number of a wave → what was noted of it, in this run."""
    marks: dict[int, dict[str, Any]] = {}
    for one in to_mappings(result.get("marks")):
        noted = {mark: one[mark] for mark in MARKS if one.get(mark)}
        marks.setdefault(to_count(one.get("number")), {}).update(noted)
    return marks


def _state_after(failure: Mapping[str, Any], *, begun: bool) -> str:
    """Of a rollout that a failed task has broken off."""
    if begun:
        return HALTED
    # An option that cannot be used is known before anything is asked of the platform.
    if failure.get("errors") and not failure.get("status"):
        return REFUSED
    return state_of({**failure, "failed": True}, check_mode=False)


def _rank(one: Device) -> tuple[int, int, str]:
    return STATUSES.index(one.status), one.wave or 0, one.name


def _summary(plan: Mapping[str, Any], devices: Sequence[Device]) -> dict[str, int]:
    planned = to_mapping(plan.get("summary"))
    counts = Counter(one.status for one in devices)
    due = len(devices) - counts[EXCLUDED] - counts[AWAITED]
    up_to_date = to_count(planned.get("up_to_date"))
    return {
        "selected": to_count(planned.get("selected", len(devices) + up_to_date)),
        "up_to_date": up_to_date,
        "excluded": counts[EXCLUDED],
        "left_out": to_count(planned.get("left_out")),
        "awaited": counts[AWAITED],
        "newcomers": to_count(planned.get("newcomers")),
        "due": due,
        **{status: counts[status] for status in COUNTED},
    }


def _devices(
    plan: Mapping[str, Any], outcomes: Mapping[int, Mapping[str, Any]], state: str
) -> Iterable[Device]:
    results = {}
    for number, outcome in outcomes.items():
        for one in to_mappings(outcome.get("results")):
            results[to_text(one.get("name"))] = {**one, "wave": number}
    running = {number for number, outcome in outcomes.items() if not is_over(outcome)}
    for planned in to_mappings(plan.get("devices")):
        found = results.get(to_text(planned.get("name")))
        # The next run has to know of a wave that was not seen to its end.
        cut_short = to_int(planned.get("wave")) in running
        if found is not None:
            row = {**planned, **_changes(planned, found)}
            row["running"] = row.get("running") or cut_short
        else:
            cut_short = cut_short or (state != PLANNED and planned.get("status") == IN_PROGRESS)
            row = {**planned, **_without_result(planned, state), "running": cut_short}
        yield _device(row)


def _changes(planned: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """What a wave says of a device beside what the plan says."""
    if found.get("status") == SKIPPED:
        return {"status": WAITING, "reason": found.get("reason")}
    if found.get("status") == IN_PROGRESS:
        told = {"status": WAITING, "running": True, **_joined(found)}
        if not found.get("begun"):
            return told
        reason = "it was asked to upgrade, and is not done yet"
        return {**told, "reason": reason, "begun": found["begun"], "stage": found.get("stage")}
    if planned.get("status") == found.get("status") == FAILED and not found.get("begun"):
        # The plan knows more of a failure before this run than that there was one.
        return {}
    # The version before an upgrade that an earlier run has begun is known to the plan alone.
    keys = ("status", "reason", "begun", "ended", "after", "rolled_back", "timed_out", "tries")
    told = {key: found[key] for key in keys if found.get(key) not in (None, False)}
    return {**told, **_joined(found)}


def _joined(found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a device that was in no wave by the plan."""
    if not found.get("joined") or found.get("status") == EXCLUDED:
        return {}
    return {"joined": True, "wave": found.get("wave"), "begun": found.get("begun")}


def _without_result(planned: Mapping[str, Any], state: str) -> dict[str, Any]:
    status = planned.get("status")
    if state != PLANNED and status in (PLANNED, IN_PROGRESS):
        return {"status": WAITING}
    if status == IN_PROGRESS:
        return {"status": PLANNED, "reason": BEGUN_BEFORE}
    return {}


def _device(row: Mapping[str, Any]) -> Device:
    # A status that nobody has heard of is no good news.
    status = to_choice(row.get("status"), STATUSES, UNKNOWN)
    return Device(
        id=to_int(row.get("id")),
        name=to_text(row.get("name")),
        organization_id=to_int(row.get("organization_id")),
        location_name=to_text(row.get("location_name")),
        type=to_id(row.get("type")),
        type_short_name=to_text(row.get("type_short_name")),
        wave=to_int(row.get("wave")),
        before=to_text(row.get("before")),
        after=to_text(row.get("after")),
        status=status,
        reason=to_text(row.get("reason")),
        begun=row.get("begun") or None,
        ended=row.get("ended") or None,
        rolled_back=to_bool(row.get("rolled_back")),
        running=to_bool(row.get("running")),
        tries=to_mappings(row.get("tries")),
        joined=to_bool(row.get("joined")),
        stage=to_text(row.get("stage")),
        # The plan may know of an earlier run.
        timed_out=status == FAILED and to_bool(row.get("timed_out")),
    )


def _waves(
    plan: Mapping[str, Any],
    outcomes: Mapping[int, Mapping[str, Any]],
    devices: Iterable[Device],
    state: str,
    marks: Mapping[int, Mapping[str, Any]],
) -> list[Wave]:
    counts: dict[int | None, Counter[str]] = {}
    for one in devices:
        counts.setdefault(one.wave, Counter())[one.status] += 1
    waves = []
    for planned in to_mappings(plan.get("waves")):
        number = to_count(planned.get("number"))
        found = counts.get(number, Counter())
        noted = {**to_mapping(planned.get("about")), **marks.get(number, {})}
        awaited = counts.get(None, Counter())[AWAITED]
        waves.append(_wave(planned, outcomes.get(number), found, state, noted, awaited))
    return waves


def _wave(
    planned: Mapping[str, Any],
    outcome: Mapping[str, Any] | None,
    found: Mapping[str, int],
    state: str,
    noted: Mapping[str, Any],
    awaited: int,
) -> Wave:
    """awaited: how many devices are waited for, in whatever wave they come."""
    counts = {status: found.get(status, 0) for status in OUTCOMES}
    # Devices that were down may have joined it.
    size = max(len(to_list(planned.get("names"))), sum(counts.values()))
    kind = to_choice(planned.get("kind"), KINDS, "wave")
    max_failures = to_count(planned.get("max_failures"))
    wave_state = _wave_state(outcome, counts, max_failures, state)
    if kind == AWAITED and outcome is None:
        wave_state = PLANNED if state in (PLANNED, RUNNING) else SKIPPED
    # Those that are no longer to be touched, whatever they are called.
    others = max(size - sum(counts.values()), 0)
    if wave_state == PLANNED:
        counts[PLANNED] += others
    else:
        counts[WAITING] += others
    outcome = outcome or {}
    return Wave(
        number=to_count(planned.get("number")),
        kind=kind,
        size=size,
        state=wave_state,
        begun=outcome.get("begun") or None,
        ended=outcome.get("ended") or None,
        max_failures=max_failures,
        soak=to_seconds(planned.get("soak")),
        counts=counts,
        pauses=PAUSE in to_list(planned.get("steps")),
        timeout=to_seconds(planned.get("timeout")),
        stages=_stages(outcome) if wave_state == RUNNING else {},
        ends=(outcome.get("ends") or None) if wave_state == RUNNING else None,
        awaited=awaited if kind == AWAITED else 0,
        **{mark: noted.get(mark) or None for mark in MARKS},
    )


def _stages(outcome: Mapping[str, Any]) -> dict[str, int]:
    told = to_mapping(outcome.get("stages"))
    return {to_text(stage): to_count(number) for stage, number in told.items()}


def _wave_state(
    outcome: Mapping[str, Any] | None, counts: Mapping[str, int], max_failures: int, state: str
) -> str:
    if outcome is not None and is_over(outcome):
        return HALTED if to_bool(outcome.get("halted")) else DONE
    if outcome is not None:
        return RUNNING if state == RUNNING else HALTED
    # This run has not begun it, but an earlier one may have.
    if counts[PLANNED] or counts[WAITING]:
        return SKIPPED if state in (HALTED, PAUSED) else PLANNED
    return DONE if unsuccessful(counts) <= max_failures else HALTED
