# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of drift: text, JSON, JUnit XML and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._fleet.findings import (
    BREAKING,
    DIFFERING,
    MATCHING,
    MISSING,
    UNDECLARED,
    Difference,
    Drift,
    Finding,
    headline,
    lines,
    lines_of,
    name_and_organization,
    not_judged,
)
from ...module_utils._fleet.only import PASSED_OVER
from ...module_utils._policy import Violation
from ...module_utils._text import one_line, plural
from . import html
from .junit import as_junit
from .run_by import KEY, run_text
from .state import FAILED, REFUSED, line, state_of
from .values import (
    mapping_text,
    organization,
    to_bool,
    to_choice,
    to_int,
    to_json,
    to_list,
    to_mapping,
    to_mappings,
    to_message,
    to_text,
)

Context = Mapping[str, Any]

FILE = "drift.json"

WORDS = {
    MATCHING: "as declared",
    DIFFERING: "differ",
    MISSING: "missing",
    UNDECLARED: "not declared",
}
BREAK_THE_POLICY = "break the policy"
DRAWN = (DIFFERING, MISSING, UNDECLARED, MATCHING)  # what is wrong first


# What was found, in the place of what was done: drift writes nothing, in check mode as without it.
CLEAN, DRIFTED = "clean", "drifted"


def told(
    drift: Drift, result: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[str, dict[str, int], list[str]]:
    """What happened, in a word; the counts; and what the playbook prints at its end."""
    state = state_of(result, to_bool(context.get("check_mode")))
    counts = drift.summary()
    if state in (REFUSED, FAILED):
        return state, counts, [f"{state}: {one_line(to_message(result.get('msg')))}"]
    word = DRIFTED if drift.drifted else CLEAN
    known = {name: number for name, number in counts.items() if drift.scope or name != UNDECLARED}
    return word, counts, [line(word, known), *lines(drift)]


def from_result(result: Mapping[str, Any]) -> Drift:
    """What `zq_drift` found, out of what it returned. Raises InputError where that is not all.

    Of a task that failed before it had all, nothing: what stands in its file is of an earlier one.
    """
    findings = [_finding(device) for device in to_mappings(result.get("devices"))]
    for group in to_mappings(result.get("matching")):
        number = to_int(group.get("organization_id"))
        findings += [Finding(name, number, MATCHING) for name in to_list(group.get("names"))]
    findings.sort(key=_rank)
    summary = to_mapping(result.get("summary"))
    declared = to_int(summary.get("declared"))
    counted = sum(1 for one in findings if one.status != UNDECLARED)
    # By `failed_when`, a comparison may fail that has all.
    if counted != declared and to_bool(result.get("failed")):
        return Drift([], "")
    if counted != declared and declared is not None:
        raise _not_whole(counted, declared)
    scope = to_mapping(result.get("scope"))
    rules = result.get("not_judged")
    return Drift(
        findings,
        to_text(result.get("generated")),
        scope or None,
        None if rules is None else to_list(rules),
        to_int(summary.get(PASSED_OVER)),
    )


def _not_whole(told: int, declared: int) -> InputError:
    return InputError(
        "results_file",
        None,
        f"is needed, or is not that of this result, which is of {plural(declared, 'declared device')}:"
        f" {told} are told of",
        "Give the `results_file` of the task that compared them, where it can be read on the controller.",
    )


def _finding(device: Mapping[str, Any]) -> Finding:
    return Finding(
        name=to_text(device.get("name")),
        organization=to_int(device.get("organization_id")),
        # A status that nobody has heard of is no good news.
        status=to_choice(device.get("status"), WORDS, DIFFERING),
        fields=[_difference(field) for field in to_mappings(device.get("fields"))],
        violations=tuple(map(_violation, to_mappings(device.get("violations")))),
    )


def _violation(told: Mapping[str, Any]) -> Violation:
    rule, field = one_line(to_text(told.get("rule"))), one_line(to_text(told.get("field")))
    return Violation(rule, field, to_text(told.get("reason")))


def _difference(field: Mapping[str, Any]) -> Difference:
    name = one_line(to_text(field.get("field")))
    return Difference(name, field.get("declared"), field.get("actual"))


def _rank(one: Finding) -> tuple[bool, int, str]:
    return one.organization is None, one.organization or 0, one.name


def as_text(drift: Drift, context: Context) -> str:
    parts = [headline(drift), f"Compared at {drift.generated}"]
    if run_text(context):
        parts.append(run_text(context))
    if drift.not_judged:
        parts.append(not_judged(drift))
    if drift.wrong:
        parts.append("")
    for one in drift.wrong:
        parts += lines_of(one)
    others = [one for one in drift.of(UNDECLARED) if not one.violations]
    if others:
        parts += ["", "In scope and not declared (no drift):"]
        parts += [f"  {name_and_organization(one)}" for one in others]
    return "\n".join(parts) + "\n"


def as_json(drift: Drift, context: Context) -> str:
    heading = {key: context[key] for key in ("state", "counts", KEY) if key in context}
    return to_json(drift.to_dict(), heading)


def as_html(drift: Drift, context: Context) -> str:
    return html.render(
        "drift.html.j2",
        title=_title(drift),
        run=run_text(context),
        facts=_facts(drift),
        tiles=_tiles(drift),
        organizations=_organizations(drift),
        differing=_devices(drift.of(DIFFERING)),
        missing=_devices(drift.of(MISSING)),
        undeclared=_devices(drift.of(UNDECLARED)),
        breaking=_devices(drift.breaking),
    )


def _title(drift: Drift) -> str:
    if not drift.drifted:
        return "No drift"
    return f"{plural(len(drift.wrong), 'device')} drifted"


def _facts(drift: Drift) -> str:
    declared = plural(drift.summary()["declared"], "declared device")
    when = drift.generated.replace("T", " ").replace("Z", " UTC")
    facts = f"{declared} compared with Zequenze CONTROL on {when}."
    if drift.scope:
        facts += f" Scope: {mapping_text(drift.scope)}."
    if drift.not_judged:
        facts += f" {not_judged(drift)}"
    return facts


def _legend(drift: Drift) -> dict[str, str]:
    """Without a scope, nothing is known of devices that are not declared."""
    legend = dict(WORDS)
    if not drift.scope:
        del legend[UNDECLARED]
    return legend


def _tiles(drift: Drift) -> list[html.Tile]:
    counts = drift.summary()
    words = _legend(drift)
    if drift.has_policy:
        words[BREAKING] = BREAK_THE_POLICY
    return [html.Tile(status, counts[status], word) for status, word in words.items()]


def _organizations(drift: Drift) -> html.Chart:
    legend = _legend(drift)
    bars = []
    for row in drift.organizations():
        drifted = row[DIFFERING] + row[MISSING]
        result = f"{drifted:,} of {drifted + row[MATCHING]:,} drifted"
        counts = {status: row[status] for status in DRAWN if status in legend}
        bars.append(html.stacked_bar(organization(row["organization_id"]), counts, legend, result))
    return html.chart("By organization", bars, legend, "organization")


def _devices(findings: Sequence[Finding]) -> html.Cut:
    shown = html.cut(findings, FILE)
    devices = []
    for one in shown.entries:
        label = organization(one.organization)
        devices.append(
            {
                "name": one.name,
                "organization": label,
                "fields": one.fields,
                "violations": one.violations,
            }
        )
    return html.Cut(devices, shown.left_out)


def _as_junit(drift: Drift, _context: Context) -> str:
    return as_junit(drift)


FILES = {
    "drift.txt": as_text,
    "drift.json": as_json,
    "drift.junit.xml": _as_junit,
    "drift.html": as_html,
}
