# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python's garbage collector, kept from looking again and again through a fleet that stays."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager

# Objects that are new before the collector looks at them. A fleet makes a hundred thousand.
OBJECTS_AT_ONCE = 50_000


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """For as long as the block takes, in a process that goes on after it."""
    former = gc.get_threshold()
    # 0 is never.
    if 0 < former[0] < OBJECTS_AT_ONCE:
        gc.set_threshold(OBJECTS_AT_ONCE, *former[1:])
    try:
        yield
    finally:
        gc.set_threshold(*former)


def collect_seldom_in_worker() -> None:
    """In Ansible's worker, which ends with the task: do not look through all that Ansible has made.

    It would be done again and again while a fleet is read, and copies the memory shared with the controller.
    """
    if multiprocessing.parent_process() is not None:
        gc.freeze()
        gc.set_threshold(OBJECTS_AT_ONCE)
