# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of an operation over devices, validated before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import InputError
from ._limit import Limit
from ._schema import OPERATIONS, Operation
from ._selection import Filter, acting_filter, names_from

ALL, PROBLEMS = "all", "problems"  # what results hold

# Option → the value that it has to be above.
LOWER_BOUNDS: Mapping[str, float] = {
    "wait_timeout": 0,
    "wait_interval": 0,
    "max_failures": -1,
    "concurrency": 0,
}


@dataclass(frozen=True)
class OperationRequest:
    """What a task asks for, validated.

    names, selection: one of them is given. wait_timeout, wait_interval: seconds.
    max_failures, max_devices: None is no limit. within: names that alone are meant of what is
    selected; None where all are. problems_only: whether results hold no more than what went wrong.
    """

    operation: Operation
    names: list[str] | None
    selection: Filter | None
    wait: bool
    wait_timeout: float
    wait_interval: float
    max_failures: int | None
    concurrency: int
    within: frozenset[str] | None = None
    max_devices: Limit | None = None
    problems_only: bool = False
    results_file: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> OperationRequest:
        """From the options of `zq_device_action`. Raises InputError."""
        operation = OPERATIONS[params["action"]]
        names, selection = _selected_by(params)
        if operation.destructive and not params.get("confirm"):
            raise InputError(
                "confirm",
                None,
                f"is not true, and {operation.name} cannot be undone",
                "Set `confirm: true` when you are sure of the devices.",
            )
        for option, bound in LOWER_BOUNDS.items():
            _check_range(option, params.get(option), bound)
        return cls(
            operation=operation,
            names=names,
            selection=selection,
            wait=bool(params.get("wait")),
            wait_timeout=float(params["wait_timeout"]),
            wait_interval=float(params["wait_interval"]),
            max_failures=params.get("max_failures"),
            concurrency=params["concurrency"],
            within=_within(params.get("within")),
            max_devices=Limit.parse("max_devices", params.get("max_devices")),
            problems_only=params.get("include_results") == PROBLEMS,
            results_file=params.get("results_file"),
        )


def _selected_by(params: Mapping[str, Any]) -> tuple[list[str] | None, Filter | None]:
    """The names, or the filter, by which devices are selected."""
    given = [option for option in ("name", "filter") if params.get(option) is not None]
    if params.get("all"):
        given.append("all")
    if given == ["name"]:
        return _names(params["name"]), None
    if given == ["filter"]:
        return None, acting_filter("filter", params["filter"])
    if given == ["all"]:
        return None, Filter()
    problem = f"{' and '.join(given)} are given together" if given else "no device is selected"
    raise InputError("name", None, problem, "Give one of `name`, `filter`, or `all: true`.")


def _names(given: Any) -> list[str]:
    names = names_from("name", given)
    if not names:
        raise InputError(
            "name",
            [],
            "selects nothing",
            "Give at least one name, or `all: true` for every device.",
        )
    return names


def _within(given: Any) -> frozenset[str] | None:
    if given is None:
        return None
    names = names_from("within", given)
    if not names:
        raise InputError(
            "within", [], "selects nothing", "Give at least one name, or leave it out."
        )
    return frozenset(names)


def _check_range(option: str, value: float | None, lower_bound: float) -> None:
    if value is None or lower_bound < value < float("inf"):
        return
    allowed = "0 or more" if lower_bound < 0 else "more than 0"
    raise InputError(option, value, "is out of range", f"Give {allowed}.")
