# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the devices of a wave are as long as it runs, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .values import timestamp


class Running(Protocol):
    """A wave: how many devices are where, and when it is over at the latest."""

    @property
    def stages(self) -> Mapping[str, int]:
        """By stage."""

    @property
    def ends(self) -> Any:
        """A moment, or None."""


def stages_text(wave: Running) -> str:
    """Such as "12 sent, 3 restarting, 5 done; until 22:40 at the latest"; "" of one that is over."""
    if not wave.stages:
        return ""
    text = ", ".join(f"{number:,} {stage}" for stage, number in wave.stages.items() if number)
    if wave.ends:
        text += f", until {timestamp(wave.ends)} at the latest"
    return text
