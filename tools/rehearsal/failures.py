# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices fail in a rehearsal, as groups of behaviours for the simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zequenze.control.plugins.module_utils._text import plural

from tools.common import Failed
from tools.rehearsal.options import Options
from tools.rehearsal.playbooks import CONNECT
from tools.rehearsal.rates import Rate
from tools.rehearsal.replay import replay

# Where nobody says otherwise.
DEFAULT_RATES = (Rate({}, 0.03),)
# Devices that are registered in a rehearsal call in after so many seconds.
FIRST_CONNECT_AFTER = 120
# By what a behaviour says which devices fail.
RATES = {"fail", "never_return", "fail_rate", "never_return_rate"}
FAIL_RATE, NEVER_RETURN_RATE = "fail_rate", "never_return_rate"


class Failures:
    """What fails: of the replayed report, or else a few by default, and over it what was asked for."""

    def __init__(self, options: Options, seed: Mapping[str, Any]) -> None:
        """Raises Failed. seed: of the fleet; one that says how its devices behave keeps that."""
        self._options = options
        self._behaviours = dict(seed.get("behaviours") or {})
        self.remarks: list[str] = []
        self._first = self._before_asked(seed)

    def _before_asked(self, seed: Mapping[str, Any]) -> Sequence[Rate]:
        options = self._options
        if options.replay is not None:
            replayed = replay(options.replay, seed.get("devices") or ())
            self.remarks.append(replayed.words)
            return replayed.rates
        asked = options.fail or options.never_return
        if asked or self._has_rates() or not options.rehearsed.fails_by_default:
            return ()
        return DEFAULT_RATES

    def _has_rates(self) -> bool:
        """Whether the seed says itself which devices fail."""
        layers = [self._behaviours.get("default"), *(self._behaviours.get("groups") or ())]
        for part in ("types", "devices"):
            layers += (self._behaviours.get(part) or {}).values()
        return any(isinstance(layer, Mapping) and RATES & layer.keys() for layer in layers)

    @property
    def _fail(self) -> list[Rate]:
        return [*self._first, *self._options.fail]

    def behaviours(self) -> dict[str, Any]:
        """The later of several that fit wins in the simulator: what was asked for comes last."""
        rehearsed, options = self._options.rehearsed, self._options
        default = dict(self._behaviours.get("default") or {})
        if options.chance is not None:
            default["seed"] = options.chance
        if CONNECT in rehearsed.fails:
            default.setdefault("first_connect_after", FIRST_CONNECT_AFTER)
        groups = [rate.group(FAIL_RATE, rehearsed.fails) for rate in self._fail]
        groups += [
            rate.group(NEVER_RETURN_RATE, rehearsed.never_returns) for rate in options.never_return
        ]
        return {
            **self._behaviours,
            "default": default,
            "groups": [*(self._behaviours.get("groups") or []), *groups],
        }

    def words(self, sizes: Sequence[int]) -> list[str]:
        """What fails, as people read it. Raises Failed where an option is of no device.

        sizes: how many devices each group of the behaviours has.
        """
        asked = [*self._options.fail, *self._options.never_return]
        own = sizes[len(sizes) - len(asked) :] if asked else []
        for rate, size in zip(asked, own, strict=True):
            if rate.of and not size and not self._options.rehearsed.creates:
                raise Failed(
                    f"{rate.option}: no device of the fleet is of it."
                    " Give a type, an organization, a location or a name as the fleet has it."
                )
        told = [self._told(rate, size) for rate, size in zip(asked, own, strict=True)]
        lines = list(self.remarks)
        if self._first == DEFAULT_RATES:
            lines.append(f"Made to fail: {DEFAULT_RATES[0].words}, as no option says otherwise.")
        fails, stays = told[: len(self._options.fail)], told[len(self._options.fail) :]
        if fails:
            lines.append(f"Made to fail: {'; '.join(fails)}.")
        if stays:
            lines.append(f"Made to stay away: {'; '.join(stays)}.")
        return lines

    @staticmethod
    def _told(rate: Rate, size: int) -> str:
        return f"{rate.words} ({plural(size, 'device')})"
