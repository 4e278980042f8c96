# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is wrong with what a user gave, collected and raised at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Callable, TypeVar

from ._errors import CombinedInputError, InputError, ZqError
from ._text import MAX_LISTED, plural

MAX_PLACES = 10  # of problems that are alike

T = TypeVar("T")


class ConfigError(ZqError):
    """Something is wrong with what is declared. Raised before the first write."""

    refused = True
    remedy = "Nothing was written."


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    place: such as `config[3]` or `devices.csv:14`. field: as the user wrote it, "" for the whole.
    device: the name of the device that stands there, "" where it has none.
    """

    place: str
    field: str
    text: str
    device: str = ""

    @property
    def message(self) -> str:
        # What is said of a name names the device already.
        if not self.device or self.field == "name":
            return self.text
        return f"{self.device}: {self.text}"

    def where(self, between: str = ".") -> str:
        """Place and field."""
        if not self.field:
            return self.place
        return f"{self.place}{between}{self.field}"


class Problems:
    """All that is wrong."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, place: str, text: str, field: str = "", device: str = "") -> None:
        self.found.append(Problem(place, field, text, device))

    def add_error(self, place: str, error: InputError, field: str = "", device: str = "") -> None:
        """Add it in an error's words, which need not repeat the option that is the place."""
        text = text_of(error)
        if not field and not place.endswith(error.option):
            text = f"{error.option}: {text}"
        self.add(place, text, field, device)

    def attempt(self, parse: Callable[..., T], *args: Any) -> T | None:
        """What `parse` returns; None where it raises an InputError, which is added."""
        try:
            return parse(*args)
        except CombinedInputError as errors:
            for error in errors.each:
                self.add_error(error.option, error)
        except InputError as error:
            self.add_error(error.option, error)
        return None

    def raise_if_any(self, most: int | None = None) -> None:
        """Raise one ConfigError for all of them.

        most: of how many places `errors` tells, where their number grows with the fleet.
        """
        if not self.found:
            return
        errors: dict[str, list[str]] = {}
        for problem in self.found:
            errors.setdefault(problem.where(), []).append(problem.message)
        count = plural(len(self.found), "problem")
        told = dict(islice(errors.items(), most))
        order = {where: index for index, where in enumerate(errors)}
        ordered = sorted(self.found, key=lambda one: order[one.where()])
        lines = by_text((one.where(), one.message, one.text) for one in ordered)
        raise ConfigError(f"{count}: {' | '.join(lines)}", errors=told)


def text_of(error: InputError) -> str:
    """What is wrong and what to do, without the option's name."""
    what = error.what.removeprefix(f"{error.option}: ")
    return f"{what.rstrip('. ')}. {error.remedy}".strip()


def by_text(problems: Iterable[tuple[str, str, str]]) -> list[str]:
    """A line for each problem; where there are many, for all that are alike, with the first places.

    problems: of each its place, what is said of it there, and what is said of several.
    """
    all_of_them = list(problems)
    alike: dict[str, list[tuple[str, str]]] = {}
    for index, (place, message, text) in enumerate(all_of_them):
        key = text if len(all_of_them) > MAX_LISTED else str(index)
        alike.setdefault(key, []).append((place, message))
    groups = list(islice(alike.items(), MAX_LISTED))
    lines = []
    spare = MAX_LISTED - len(groups)
    for text, some in groups:
        shown = min(len(some), spare + 1, MAX_PLACES)
        spare -= shown - 1
        if len(some) == 1:
            lines.append(": ".join(some[0]))
        else:
            places = "; ".join(place for place, _message in some[:shown])
            rest = f"; and {len(some) - shown:,} more" if len(some) > shown else ""
            lines.append(f"{len(some):,} times: {text.rstrip('. ')}. At {places}{rest}")
    more = len(all_of_them) - sum(len(some) for _text, some in groups)
    if more:
        lines.append(f"… and {more:,} more")
    return lines
