# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose an exported file is. It says in its head what an export does with it, and has a digest of
itself there: who edits it makes it theirs, and has nothing to take out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import Enum

from .render import scalar

BEGIN = "---"
MARK = "# Written by zequenze.control.export, with the digest "
EXPLAINED = (
    "# As long as nobody edits this file, the next export into its folder writes it again.",
    "# Edit it as you like: it is yours from then on, and an export refuses to write over it.",
)
SCOPED = "# Only devices of the "
MAX_SCOPED = 2  # lines
DIGITS = 16  # of the digest: it tells what was edited, and keeps nobody from anything


class Owner(Enum):
    """Whose a file is."""

    OURS = "as an export of the same scope wrote it"
    SCOPED = "as an export of another scope wrote it"
    EDITED = "written by an export, and edited since"
    FOREIGN = "not written by an export"


def scope_lines(types: Sequence[str], organizations: Sequence[int] = ()) -> list[str]:
    """The lines of the head that say what the file is limited to; none where it is not."""
    lines = []
    if types:
        lines.append(f"{SCOPED}types: {', '.join(scalar(one) for one in types)}")
    if organizations:
        lines.append(f"{SCOPED}organizations: {', '.join(map(str, sorted(organizations)))}")
    return lines


def with_head(body: str, scope: Sequence[str]) -> str:
    """The file. body: without its head. scope: the lines of its scope."""
    rest = [*EXPLAINED, *scope, *body.splitlines()]
    return "\n".join([BEGIN, f"{MARK}{_digest(rest)}", *rest]) + "\n"


def owner_of(text: str, scope: Sequence[str]) -> Owner:
    """scope: the lines that an export would write now."""
    lines = text.splitlines()
    if len(lines) < 2 or not lines[1].startswith(MARK):
        return Owner.FOREIGN
    rest = lines[2:]
    if lines[0] != BEGIN or lines[1] != f"{MARK}{_digest(rest)}":
        return Owner.EDITED
    head = rest[len(EXPLAINED) :][:MAX_SCOPED]
    if [line for line in head if line.startswith(SCOPED)] != list(scope):
        return Owner.SCOPED
    return Owner.OURS


def _digest(lines: Sequence[str]) -> str:
    """By lines, however these end: Git may have them end otherwise."""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
