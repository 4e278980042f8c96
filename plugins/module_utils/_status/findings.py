# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs somebody: one finding for each kind of each device, the longest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .moments import moment_text

LATEST = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one device.

    since: None where that is not known. detail: what else is known of it, which may be "".
    """

    name: str
    kind: str
    since: datetime | None = None
    detail: str = ""
    organization_id: int | None = None
    type_short_name: str | None = None
    location_name: str | None = None

    @classmethod
    def of(
        cls, device: Mapping[str, Any], kind: str, since: datetime | None = None, detail: str = ""
    ) -> Finding:
        """device: as a list has it."""
        return cls(
            name=device["name"],
            kind=kind,
            since=since,
            detail=detail,
            organization_id=device.get("organization_id"),
            type_short_name=device.get("type_short_name"),
            location_name=device.get("location_name"),
        )

    def to_dict(self) -> dict[str, Any]:
        """An entry of `problems`."""
        return {
            "name": self.name,
            "organization_id": self.organization_id,
            "type_short_name": self.type_short_name,
            "location_name": self.location_name,
            "kind": self.kind,
            "since": moment_text(self.since),
            "detail": self.detail,
        }


def longest_first(findings: Iterable[Finding]) -> list[Finding]:
    """What nobody knows the time of comes last."""
    return sorted(findings, key=lambda one: (one.since or LATEST, one.name, one.kind))


def count_by_kind(findings: Iterable[Finding], kinds: Sequence[str]) -> dict[str, int]:
    """kinds: those that are told, also where there is none."""
    counts = Counter(one.kind for one in findings)
    return {kind: counts[kind] for kind in kinds}
