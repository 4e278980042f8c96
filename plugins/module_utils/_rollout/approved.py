# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holding a rollout to the plan that was approved: found in the report's folder, or by its digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._errors import InputError, RefusedError
from .._selection import Filter
from .._text import listing, plural
from .approval import Settings, StoredPlan

OPTION = "expected_plan_digest"
# By these, a device enters or leaves a selection while it is upgraded.
MOVING = ("status", "last_status_change_from")
PLAN_ANEW = "Nothing was sent. Plan again in check mode, and have that plan approved."


def approved_plan(expected: str | None, kept: Iterable[Mapping[str, Any]]) -> StoredPlan | None:
    """The plan of this digest, where one of those that reports have kept is it. Raises RefusedError.

    A report is a file, which anybody may have edited: its plan is what was approved only where its
    own content has that digest.
    """
    if expected is None:
        return None
    for plan in kept:
        if plan.get("digest") == expected:
            return _verified(expected, plan)
    return None


def _verified(expected: str, given: Mapping[str, Any]) -> StoredPlan:
    problem = ""
    try:
        plan = StoredPlan.from_dict(given)
        plan.waves()
        if plan.digest == expected:
            return plan
        problem = f"its content has the digest {plan.digest}"
    except (KeyError, TypeError, ValueError, InputError) as error:
        problem = f"it is no plan ({type(error).__name__}: {error})"
    raise RefusedError(
        f"{OPTION}: the plan that the folder of the report holds has been changed since it was"
        f" made: {problem}",
        errors={OPTION: [problem]},
        remedy=PLAN_ANEW,
    )


def moving_keys(selection: Filter | None) -> list[str]:
    """The keys of a filter by which its selection moves by itself."""
    return [key for key in MOVING if selection is not None and getattr(selection, key)]


def moving_warning(keys: Sequence[str]) -> str:
    """keys: of the filter, those that select other devices as time goes on."""
    return (
        f"The filter's {' and '.join(keys)} selects other devices as time goes on. This plan can be"
        " approved only where the folder of its report is at hand when it is carried out."
    )


def check_digest(
    expected: str,
    digest: str,
    selection: Filter | None,
    *,
    selected: int,
    missing: int,
    newcomers: Sequence[str] = (),
) -> None:
    """Refuse all but the plan of this digest, which is not at hand. Raises RefusedError.

    selected: how many devices. missing: how many of the devices that are named do not exist.
    newcomers: names of selected devices that the run before, if its report is there, did not have.
    """
    keys = moving_keys(selection)
    if keys:
        problem = f"with {' and '.join(keys)} in the filter, no selection stays as it was approved"
        raise RefusedError(
            f"{OPTION}: {problem}",
            errors={OPTION: [problem]},
            remedy=(
                "Nothing was sent. Filter by organization or type alone, or give the folder of the"
                " report that holds the plan, and plan again."
            ),
        )
    if expected == digest and not missing:
        return
    now = f"{plural(selected, 'device is', 'devices are')} selected now"
    if missing:
        now += f", and {missing:,} of those named do not exist"
    if newcomers:
        now += f"; new since the run before: {listing(newcomers)}"
    raise RefusedError(
        f"{OPTION}: this is not the plan that was approved: {now}, and other devices, or other"
        f" settings, were selected then. Expected {expected}, and now it is {digest}",
        errors={OPTION: [now, f"the plan is now {digest}"]},
        remedy=(
            f"{PLAN_ANEW} With the folder of the report that holds the approved plan, that plan is"
            " carried out."
        ),
    )


def check_settings(now: Settings, approved: Settings) -> None:
    """Refuse other settings than those that were approved. Raises RefusedError."""
    found = now.differences(approved)
    if not found:
        return
    told = "; ".join(f"{option}: {difference}" for option, difference in found.items())
    raise RefusedError(
        f"{OPTION}: the plan was approved with other settings: {told}",
        errors={option: [difference] for option, difference in found.items()},
        remedy=f"{PLAN_ANEW} Or give the settings of the approved plan.",
    )
