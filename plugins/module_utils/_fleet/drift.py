# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the platform differs from what is declared. It reads, and never writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._devices import DeviceApi
from .._plan import Declaration
from .._schema import FIELDS
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
    """Every declared device and, with a scope, every other one in it; by organization and name. generated: when, in UTC."""

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
        groups: dict[int | None, list[Finding]] = {}
        for one in self.findings:
            groups.setdefault(one.organization, []).append(one)
        rows = [
            {"organization_id": organization, **_counts(group)}
            for organization, group in groups.items()
        ]
        return sorted(
            rows, key=lambda row: (-(row[DIFFERING] + row[MISSING]), _rank(row["organization_id"]))
        )

    def matching(self) -> list[dict[str, Any]]:
        """The names of the devices that are as declared, for each organization."""
        groups: dict[int | None, list[str]] = {}
        for one in self.of(MATCHING):
            groups.setdefault(one.organization, []).append(one.name)
        return [
            {"organization_id": organization, "names": names}
            for organization, names in groups.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Devices that are as declared are counted only."""
        return {
            "generated": self.generated,
            "scope": dict(self.scope) if self.scope else None,
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


def _rank(organization: int | None) -> tuple[bool, int]:
    return organization is None, organization or 0


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
    absent = _untyped_and_absent(api, request)
    request = replace(
        request, declarations=[one for one in request.declarations if one.name not in absent]
    )
    if request.selection is not None:
        # The devices of the scope that are not declared come as deletions, from the same pages; the others stay merged.
        request = replace(request, state="overridden")
    findings = [_finding(step) for step in make_plan(api, request).steps]
    findings += [_missing(one, dict(one.fields)) for one in absent.values()]
    findings.sort(key=lambda one: (_rank(one.organization), one.name))
    return Drift(findings, generated, scope)


def _untyped_and_absent(api: DeviceApi, request: FleetRequest) -> dict[str, Declaration]:
    """Declared devices that do not exist and could not be created for want of a type: drift, where it is an error to a plan."""
    untyped = [one for one in request.declarations if "type" not in one.fields]
    if not untyped:
        return {}
    names = list(dict.fromkeys(name for one in untyped for name in (one.name, one.final_name)))
    # With a scope, a name that its list lacks may be someone else's.
    found = api.find_in(
        request.selection or Filter(), names, confirm="always" if request.selection else "never"
    ).devices
    return {
        one.name: one for one in untyped if one.name not in found and one.final_name not in found
    }


def _finding(step: Step) -> Finding:
    plan, actual = step.plan, step.actual
    if plan.action == "create":
        return _missing(step.declaration, plan.after)
    organization = _id((actual or {}).get("organization_id"))
    if plan.action == "delete":
        return Finding(step.name, organization, UNDECLARED)
    # A password that is always sent is a write, and no difference that anybody could see.
    fields = _ordered(
        [Difference(key, value, plan.before.get(key)) for key, value in plan.after.items()]
    )
    return Finding(step.name, organization, DIFFERING if fields else MATCHING, fields)


def _missing(declaration: Declaration, declared: Mapping[str, Any]) -> Finding:
    secret = {one.name for one in FIELDS if one.secret}
    fields = [
        Difference(key, value, None)
        for key, value in declared.items()
        if key not in secret and key != "name"
    ]
    return Finding(
        declaration.final_name,
        _id(declaration.fields.get("organization_id")),
        MISSING,
        _ordered(fields),
    )


def _ordered(fields: list[Difference]) -> list[Difference]:
    return sorted(fields, key=lambda one: ORDER.get(one.field, len(ORDER)))


def _id(value: Any) -> int | None:
    return value if isinstance(value, int) else None
