# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run, written anew each minute as long as a wave runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ...module_utils._waves.standing import Standing
from .run_by import KEY
from .values import to_mapping, to_mappings

EVERY = 55.0  # seconds at least: it is asked about each half minute


class RunningReport:
    """Called with how a wave stands, now and then.

    given: `report_dir`, `result` and `context` as `zq_report` takes them; the last of the `waves` in
    the result is the one that runs. write: `zq_report` itself. run: who runs it. The index above the
    reports of many runs is left to their ends: each would wait for all others.
    """

    def __init__(
        self,
        kind: str,
        given: Mapping[str, Any],
        write: Callable[[Mapping[str, Any]], object],
        run: Mapping[str, Any] | None = None,
    ) -> None:
        self._kind = kind
        self._given = {name: value for name, value in given.items() if name != "index_dir"}
        self._write = write
        self._run = run
        self._last = time.monotonic()

    def __call__(self, standing: Standing) -> None:
        """A report that cannot be written does not stop the wave: it is told at the end."""
        if time.monotonic() - self._last < EVERY:
            return
        # Whatever it is that goes wrong here, devices are followed.
        with suppress(Exception):
            self._write(self._now(standing))
        self._last = time.monotonic()

    def _now(self, standing: Standing) -> dict[str, Any]:
        result = to_mapping(self._given.get("result"))
        waves = to_mappings(result.get("waves"))
        now = {
            "results": standing.results(),
            "running": True,
            "stages": standing.counts,
            "ends": standing.ends,
        }
        waves[-1:] = [{**wave, **now} for wave in waves[-1:]]
        return {
            **self._given,
            "kind": self._kind,
            "result": {**result, "waves": waves, "state": "running"},
            "context": {KEY: self._run, **to_mapping(self._given.get("context"))},
        }
