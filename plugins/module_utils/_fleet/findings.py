# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found of drift: of each device, counted, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._policy import Violation
from .._text import MAX_LISTED, listing, one_line, plural
from .only import PASSED_OVER

MATCHING, DIFFERING, MISSING, UNDECLARED = "matching", "differing", "missing", "undeclared"
STATUSES = (MATCHING, DIFFERING, MISSING, UNDECLARED)
# Counted beside these: a device of any of them may break the policy.
BREAKING = "breaking_policy"
IN_WORDS = {
    MATCHING: "as declared",
    DIFFERING: "differs",
    MISSING: "missing on the platform",
    UNDECLARED: "not declared",
}


@dataclass(frozen=True)
class Difference:
    """One field of one device."""

    field: str
    declared: Any
    actual: Any


@dataclass(frozen=True)
class Finding:
    """One device. Never holds a secret."""

    name: str
    organization: int | None
    status: str
    fields: list[Difference] = field(default_factory=list)
    violations: Sequence[Violation] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether it is not as declared, or breaks the policy. Not to be declared is not wrong."""
        return self.status in (DIFFERING, MISSING) or bool(self.violations)

    def to_dict(self) -> dict[str, Any]:
        """As `zq_drift` returns it."""
        told: dict[str, Any] = {
            "name": self.name,
            "organization_id": self.organization,
            "status": self.status,
            "fields": [
                {"field": one.field, "declared": one.declared, "actual": one.actual}
                for one in self.fields
            ],
        }
        if self.violations:
            told["violations"] = [one.to_dict() for one in self.violations]
        return told


@dataclass(frozen=True)
class Drift:
    """Every declared device and, with a scope, every other one in it; by organization and name.

    generated: when, in UTC. not_judged: rules of the policy that the list cannot tell; None where
    there is no policy. passed_over: how many declared devices were not meant; None where all were.
    """

    findings: list[Finding]
    generated: str
    scope: Mapping[str, Any] | None = None
    not_judged: Sequence[str] | None = None
    passed_over: int | None = None

    def of(self, *statuses: str) -> list[Finding]:
        """The devices of these statuses."""
        return [one for one in self.findings if one.status in statuses]

    @property
    def has_policy(self) -> bool:
        return self.not_judged is not None

    @property
    def wrong(self) -> list[Finding]:
        return [one for one in self.findings if one.is_wrong]

    @property
    def breaking(self) -> list[Finding]:
        """The devices that break the policy."""
        return [one for one in self.findings if one.violations]

    @property
    def drifted(self) -> bool:
        """Whether something is not as declared, or breaks the policy."""
        return bool(self.wrong)

    def summary(self) -> dict[str, int]:
        """How many devices of each status, and how many are declared."""
        counts = self._counts(self.findings)
        declared = sum(counts[status] for status in STATUSES) - counts[UNDECLARED]
        summary = {"declared": declared, **counts}
        if self.passed_over is not None:
            summary[PASSED_OVER] = self.passed_over
        return summary

    def _counts(self, findings: Sequence[Finding]) -> dict[str, int]:
        counts = dict.fromkeys(STATUSES, 0)
        for one in findings:
            counts[one.status] += 1
        if self.has_policy:
            counts[BREAKING] = sum(1 for one in findings if one.violations)
        return counts

    def organizations(self) -> list[dict[str, Any]]:
        """The same for each organization, the most drift first."""
        rows = []
        for organization, findings in _by_organization(self.findings).items():
            rows.append({"organization_id": organization, **self._counts(findings)})
        return sorted(rows, key=_most_drift_first)

    def matching(self) -> list[dict[str, Any]]:
        """The names of the devices of which there is nothing to say, for each organization."""
        sound = [one for one in self.of(MATCHING) if not one.violations]
        rows = []
        for organization, findings in _by_organization(sound).items():
            names = [one.name for one in findings]
            rows.append({"organization_id": organization, "names": names})
        return rows

    def devices(self) -> list[dict[str, Any]]:
        """The devices of which there is something to say."""
        told = [one for one in self.findings if one.status != MATCHING or one.violations]
        return [one.to_dict() for one in told]

    def to_dict(self) -> dict[str, Any]:
        """Devices of which there is nothing to say are counted only."""
        scope = None
        if self.scope:
            scope = dict(self.scope)
        result: dict[str, Any] = {
            "generated": self.generated,
            "scope": scope,
            "drifted": self.drifted,
            "summary": self.summary(),
            "organizations": self.organizations(),
            "devices": self.devices(),
        }
        if self.not_judged is not None:
            result["not_judged"] = list(self.not_judged)
        return result


def _by_organization(findings: list[Finding]) -> dict[int | None, list[Finding]]:
    groups: dict[int | None, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.organization, []).append(one)
    return groups


def rank(organization: int | None) -> tuple[bool, int]:
    """No organization comes last."""
    return organization is None, organization or 0


def _most_drift_first(row: Mapping[str, Any]) -> tuple[int, int, tuple[bool, int]]:
    drift = row[DIFFERING] + row[MISSING]
    return -drift, -row.get(BREAKING, 0), rank(row["organization_id"])


def headline(drift: Drift) -> str:
    """One line: how many of the declared devices differ, and in what way."""
    counts = drift.summary()
    parts = [f"{counts[DIFFERING]:,} differ", f"{counts[MISSING]:,} missing"]
    if drift.scope:
        parts.append(f"{counts[UNDECLARED]:,} not declared")
    if drift.has_policy:
        parts.append(f"{counts[BREAKING]:,} break the policy")
    if drift.passed_over is not None:
        parts.append(f"{drift.passed_over:,} passed over")
    title = "Drift" if drift.drifted else "No drift"
    return f"{title}: of {plural(counts['declared'], 'declared device')}, {', '.join(parts)}"


def lines(drift: Drift) -> list[str]:
    """What is wrong with the first MAX_LISTED devices, and how many more there are."""
    text: list[str] = []
    for one in drift.wrong[:MAX_LISTED]:
        text += lines_of(one)
    more = len(drift.wrong) - MAX_LISTED
    if more > 0:
        text.append(f"... and {plural(more, 'more device')}")
    if drift.not_judged:
        text.append(not_judged(drift))
    return text


def not_judged(drift: Drift) -> str:
    """One sentence that names the fields. For a drift that has such."""
    return (
        "Not judged, for the platform's list does not tell it:"
        f" {listing(list(drift.not_judged or ()))}."
    )


def lines_of(finding: Finding) -> list[str]:
    """A line for the device, one for each field that differs, and one for each broken rule."""
    found = [f"{name_and_organization(finding)}: {IN_WORDS[finding.status]}"]
    if finding.status == DIFFERING:
        found += [f"  {_compared(one)}" for one in finding.fields]
    found += [f"  {rule_in_words(one)}" for one in finding.violations]
    return found


def rule_in_words(one: Violation) -> str:
    return f"{one.field} breaks the policy ({one.rule}): {one_line(one.text)}"


def name_and_organization(finding: Finding) -> str:
    return f"{one_line(finding.name)} ({organization_label(finding.organization)})"


def organization_label(organization: int | None) -> str:
    return "no organization" if organization is None else f"organization {organization}"


def _compared(one: Difference) -> str:
    return f"{one.field}: declared {one_line(one.declared)}, actual {one_line(one.actual)}"
