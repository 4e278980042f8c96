# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the platform differs from what is declared. It reads, and never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._devices import DeviceApi
from .._plan import Declaration
from .._schema import FIELDS, SECRET
from .._selection import Filter
from .._text import MAX_LISTED, one_line, plural
from .order import Step
from .plan import make_plan
from .request import FleetRequest

MATCHING, DIFFERING, MISSING, UNDECLARED = "matching", "differing", "missing", "undeclared"
STATUSES = (MATCHING, DIFFERING, MISSING, UNDECLARED)
ORDER = {one.name: index for index, one in enumerate(FIELDS)}


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

    def to_dict(self) -> dict[str, Any]:
        """As `zq_drift` returns it."""
        return {
            "name": self.name,
            "organization_id": self.organization,
            "status": self.status,
            "fields": [
                {"field": one.field, "declared": one.declared, "actual": one.actual}
                for one in self.fields
            ],
        }


@dataclass(frozen=True)
class Drift:
    """Every declared device and, with a scope, every other one in it; by organization and name.

    generated: when, in UTC.
    """

    findings: list[Finding]
    generated: str
    scope: Mapping[str, Any] | None = None

    def of(self, *statuses: str) -> list[Finding]:
        """The devices of these statuses."""
        return [one for one in self.findings if one.status in statuses]

    @property
    def drifted(self) -> bool:
        """Whether something is not as declared. What is not declared is no drift."""
        return bool(self.of(DIFFERING, MISSING))

    def summary(self) -> dict[str, int]:
        """How many devices of each status, and how many are declared."""
        counts = _counts(self.findings)
        return {"declared": sum(counts.values()) - counts[UNDECLARED], **counts}

    def organizations(self) -> list[dict[str, Any]]:
        """The same for each organization, the most drift first."""
        rows = []
        for organization, findings in _by_organization(self.findings).items():
            rows.append({"organization_id": organization, **_counts(findings)})
        return sorted(rows, key=_most_drift_first)

    def matching(self) -> list[dict[str, Any]]:
        """The names of the devices that are as declared, for each organization."""
        rows = []
        for organization, findings in _by_organization(self.of(MATCHING)).items():
            names = [one.name for one in findings]
            rows.append({"organization_id": organization, "names": names})
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Devices that are as declared are counted only."""
        scope = None
        if self.scope:
            scope = dict(self.scope)
        return {
            "generated": self.generated,
            "scope": scope,
            "drifted": self.drifted,
            "summary": self.summary(),
            "organizations": self.organizations(),
            "devices": [one.to_dict() for one in self.findings if one.status != MATCHING],
        }


def _counts(findings: list[Finding]) -> dict[str, int]:
    counts = dict.fromkeys(STATUSES, 0)
    for one in findings:
        counts[one.status] += 1
    return counts


def _by_organization(findings: list[Finding]) -> dict[int | None, list[Finding]]:
    groups: dict[int | None, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.organization, []).append(one)
    return groups


def _rank(organization: int | None) -> tuple[bool, int]:
    """No organization comes last."""
    return organization is None, organization or 0


def _most_drift_first(row: Mapping[str, Any]) -> tuple[int, tuple[bool, int]]:
    return -(row[DIFFERING] + row[MISSING]), _rank(row["organization_id"])


def headline(drift: Drift) -> str:
    counts = drift.summary()
    parts = [f"{counts[DIFFERING]:,} differ", f"{counts[MISSING]:,} missing"]
    if drift.scope:
        parts.append(f"{counts[UNDECLARED]:,} not declared")
    title = "Drift" if drift.drifted else "No drift"
    return f"{title}: of {plural(counts['declared'], 'declared device')}, {', '.join(parts)}"


def lines(drift: Drift) -> list[str]:
    """What differs, of the first MAX_LISTED devices, and how many more there are."""
    drifted = drift.of(DIFFERING, MISSING)
    text: list[str] = []
    for one in drifted[:MAX_LISTED]:
        text += lines_of(one)
    more = len(drifted) - MAX_LISTED
    if more > 0:
        text.append(f"... and {plural(more, 'more device')}")
    return text


def lines_of(finding: Finding) -> list[str]:
    """A line for the device, and one for each field that differs."""
    label = name_and_organization(finding)
    if finding.status == MISSING:
        return [f"{label}: missing on the platform"]
    return [f"{label}: differs", *(f"  {_compared(one)}" for one in finding.fields)]


def name_and_organization(finding: Finding) -> str:
    return f"{one_line(finding.name)} ({organization_label(finding.organization)})"


def organization_label(organization: int | None) -> str:
    return "no organization" if organization is None else f"organization {organization}"


def _compared(one: Difference) -> str:
    return f"{one.field}: declared {one_line(one.declared)}, actual {one_line(one.actual)}"


def find_drift(
    api: DeviceApi, request: FleetRequest, scope: Mapping[str, Any] | None, generated: str
) -> Drift:
    """Compare. request: as of `zq_fleet` with `state: merged`."""
    untyped = [one for one in request.declarations if "type" not in one.fields]
    absent = _absent(api, request.selection, untyped)
    planned = [one for one in request.declarations if one.name not in absent]
    request = replace(request, declarations=planned)
    if request.selection is not None:
        # The devices of the scope that are not declared come as deletions, from the same pages;
        # the others stay merged.
        request = replace(request, state="overridden")
    findings = [_finding(step) for step in make_plan(api, request).steps]
    findings += [_missing(one, dict(one.fields)) for one in untyped if one.name in absent]
    findings.sort(key=lambda one: (_rank(one.organization), one.name))
    return Drift(findings, generated, scope)


def _absent(
    api: DeviceApi, selection: Filter | None, declarations: Sequence[Declaration]
) -> set[str]:
    """The names of those that do not exist.

    Without a type they could not be created: drift, where it is an error to a plan.
    """
    if not declarations:
        return set()
    names: dict[str, None] = {}
    for one in declarations:
        names[one.name] = None
        names[one.final_name] = None
    if selection is None:
        answer = api.find_in(Filter(), list(names), confirm="never")
    else:
        # A name that the list of the scope lacks may be someone else's.
        answer = api.find_in(selection, list(names), confirm="always")
    absent = set()
    for one in declarations:
        if one.name not in answer.devices and one.final_name not in answer.devices:
            absent.add(one.name)
    return absent


def _finding(step: Step) -> Finding:
    plan = step.plan
    if plan.action == "create":
        return _missing(step.declaration, plan.after)
    organization = _id((step.actual or {}).get("organization_id"))
    if plan.action == "delete":
        return Finding(step.name, organization, UNDECLARED)
    # A password that is always sent is a write, and no difference that anybody could see.
    fields = [Difference(key, value, plan.before.get(key)) for key, value in plan.after.items()]
    if not fields:
        return Finding(step.name, organization, MATCHING)
    return Finding(step.name, organization, DIFFERING, _ordered(fields))


def _missing(declaration: Declaration, declared: Mapping[str, Any]) -> Finding:
    fields = []
    for name, value in declared.items():
        if name != "name" and name not in SECRET:
            fields.append(Difference(name, value, None))
    organization = _id(declaration.fields.get("organization_id"))
    return Finding(declaration.final_name, organization, MISSING, _ordered(fields))


def _ordered(fields: list[Difference]) -> list[Difference]:
    return sorted(fields, key=lambda one: ORDER.get(one.field, len(ORDER)))


def _id(value: Any) -> int | None:
    return value if isinstance(value, int) else None
