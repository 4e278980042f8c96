# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet's state: what it tells, what it fails on, and when it is not written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.action.zq_report import check, report
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._status.counts import (
    COUNTED,
    GROUPS,
)
from ansible_collections.zequenze.control.plugins.module_utils._status.kinds import (
    KINDS,
    OF_DEVICES,
    OF_VAULT,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html
from ansible_collections.zequenze.control.plugins.plugin_utils._report.status import from_result
from ansible_collections.zequenze.control.plugins.plugin_utils._report.status_page import as_html
from ansible_collections.zequenze.control.plugins.plugin_utils._report.status_prom import (
    GAUGES,
    as_prometheus,
)
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    Page,
    assert_page_is_harmless,
)

SINCE = "2026-11-20T08:00:00Z"


def problem(name: str, kind: str = "down", since: str | None = SINCE, **more: Any) -> Any:
    return {"name": name, "kind": kind, "since": since, "organization_id": 7, **more}


def fleet(*problems: Any, devices: int = 200, **summary: Any) -> dict[str, Any]:
    counts = {kind: sum(one["kind"] == kind for one in problems) for kind in OF_DEVICES}
    totals = {**dict.fromkeys(COUNTED, 0), "devices": devices, **counts, **summary}
    return {
        "summary": {**totals, **{name: [] for name in GROUPS}, **summary},
        "problems": list(problems),
        "problem_counts": counts,
        "first_seen": {"inactive": {"x": SINCE}},
        "generated": "2026-11-26T12:00:00Z",
    }


def vault(*problems: Any, entries: int = 10) -> dict[str, Any]:
    counts = {kind: sum(one["kind"] == kind for one in problems) for kind in OF_VAULT}
    return {
        "summary": {"entries": entries, "age_not_known": 1, **counts},
        "problems": list(problems),
    }


def made(folder: Path | None = None, fail_on: Any = None, **result: Any) -> dict[str, Any]:
    given = {"kind": "status", "result": result, "report_dir": folder and str(folder)}
    return report({**given, "context": {"fail_on": fail_on}, "check_only": False})


def test_the_table_of_kinds_is_whole() -> None:
    assert list(KINDS) == [*OF_DEVICES, *OF_VAULT]


def test_nothing_is_wrong() -> None:
    told = made(fleet=fleet())
    assert told["headline"] == "Status: nothing is wrong with 200 devices"
    assert told["state"] == "ok"
    assert told["exceeded"] == []
    assert told["lines"] == [
        (
            "ok: devices 200, up 0, down 0, stale 0, pending 0, wrong version 0, inactive 0,"
            " never connected 0, breaking policy 0"
        )
    ]
    assert told["stats"]["status_summary"]["devices"] == 200
    assert made(fleet=fleet(devices=0))["lines"][-1] == "No device is selected."


def test_what_needs_somebody_is_told_the_longest_first() -> None:
    told = made(
        fleet=fleet(
            problem("b"),
            problem("c", "pending", None, detail="reboot"),
            problem("b", "inactive", None),
        ),
        vault=vault(problem("a", "old_passwords", "2020-01-01T00:00:00Z", organization_id=None)),
    )
    assert told["headline"] == (
        "Status of 200 devices: 1 down, 1 pending for too long, 1 inactive, 1 old passwords"
    )
    assert told["lines"][1:] == [
        (
            "vault file: entries 10, age not known 1, no credentials 0, unused credentials 0,"
            " shared passwords 0, weak passwords 0, old passwords 1"
        ),
        "  a: old passwords since 2020-01-01 00:00 UTC",
        "  b (organization 7): down since 2026-11-20 08:00 UTC; inactive",
        "  c (organization 7): pending for too long, reboot",
    ]
    assert told["stats"]["status_summary"]["old_passwords"] == 1


def test_what_a_look_saw_first_is_told_as_that(tmp_path: Path) -> None:
    """The platform has no time for it."""
    told = fleet(problem("a", "pending"), problem("b", "stale"), problem("c", "inactive", None))
    result = made(tmp_path, fleet=told)
    assert result["lines"][1:] == [
        "  a (organization 7): pending for too long, first seen 2026-11-20 08:00 UTC",
        "  b (organization 7): stale since 2026-11-20 08:00 UTC",
        "  c (organization 7): inactive",
    ]
    page = Page((tmp_path / "status.html").read_text(encoding="utf-8"))
    assert "6 d 4 h first seen 2026-11-20 08:00 UTC" in page.text
    markdown = (tmp_path / "status.md").read_text(encoding="utf-8")
    assert "| pending for too long | first seen 2026-11-20 08:00 UTC |" in markdown


def test_what_is_printed_does_not_grow_with_the_fleet() -> None:
    told = made(fleet=fleet(*(problem(f"d{number}") for number in range(5000))))
    assert len(told["lines"]) == 12
    assert told["lines"][-1] == "  … and 4,990 more"


@pytest.mark.parametrize(
    ("fail_on", "said"),
    [
        (["down"], ["3 down (0 allowed)"]),
        ({"down": 2}, ["3 down (2 allowed)"]),
        ({"down": "3"}, []),
        ({"down": "1%"}, ["3 down (2 allowed, 1% of 200 devices)"]),
        ({"down": "1.5%"}, None),
        ({"down": "2%"}, []),
        (
            {"weak_passwords": "9%", "down": 0},
            ["2 weak passwords (1 allowed, 9% of 10 entries)", "3 down (0 allowed)"],
        ),
        ({"stale": 0}, []),
        (None, []),
        ([], []),
        ({"broken": 0}, None),
        ("down", None),
    ],
)
def test_more_than_allowed(fail_on: Any, said: list[str] | None) -> None:
    given: dict[str, Any] = {
        "fleet": fleet(*(problem(name) for name in "abc")),
        "vault": vault(*(problem(name, "weak_passwords", None) for name in "ab")),
    }
    if said is None:
        with pytest.raises(InputError):
            made(fail_on=fail_on, **given)
        return
    told = made(fail_on=fail_on, **given)
    assert told["exceeded"] == said
    assert told["state"] == ("exceeded" if said else "ok")
    assert [line for line in told["lines"] if "more than" in line] == [
        f"  more than allowed: {one}" for one in said
    ]


def test_what_was_not_looked_at_cannot_pass() -> None:
    with pytest.raises(InputError, match=r"fail_on\.weak_passwords: was not looked at"):
        made(fail_on=["weak_passwords"], fleet=fleet())


def test_the_files(tmp_path: Path) -> None:
    rows = [{"organization_id": 7, "devices": 2, "down": 1}]
    versions = [{"type_short_name": "r|x", "software_version": None, "devices": 2}]
    told = made(
        tmp_path,
        ["down"],
        fleet=fleet(problem("<b>|"), organizations=rows, versions=versions),
        vault=vault(),
    )
    assert sorted(told["reports"]) == sorted(map(str, tmp_path.iterdir()))
    text = (tmp_path / "status.md").read_text(encoding="utf-8")
    assert "**More than allowed:** 1 down (0 allowed)" in text
    assert "| Organization 7 | 2 | 0 | 1 |" in text
    assert "| <code>r&#124;x</code> | not reported | 2 |" in text
    assert "<b>" not in text
    found = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert found["state"] == "exceeded"
    assert found["first_seen"] == {"inactive": {"x": SINCE}}
    assert found["problems"][0]["name"] == "<b>|"
    assert found["exceeded"] == [{"kind": "down", "count": 1, "allowed": 0}]
    assert found["vault"]["entries"] == 10


def test_the_page(tmp_path: Path) -> None:
    rows = [
        {"organization_id": 7, "location_name": NASTY, "devices": 2, "down": 1, "up": 1},
        {"organization_id": None, "location_name": None, "devices": 5, "down": 3, "up": 2},
    ]
    told = fleet(
        problem(NASTY, location_name=NASTY),
        problem(NASTY, "pending", None, detail="reboot"),
        problem("later", "stale", "2026-11-26T11:00:00Z"),
        sites=rows,
        organizations=rows,
    )
    unused = problem("gone", "unused_credentials", None, organization_id=None)
    made(tmp_path, ["down"], fleet=told, vault=vault(unused))
    text = (tmp_path / "status.html").read_text(encoding="utf-8")
    script = html.script("age.js")
    assert text.count(f"<script>{script.text}</script>") == text.count("<script") == 1
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|fetch", script.text
    )
    assert_page_is_harmless(text.replace(f"<script>{script.text}</script>", ""))
    assert 'data-written="2026-11-26T12:00:00Z" data-old="3600"' in text
    page = Page(text)
    assert ("http-equiv", "refresh") in page.attributes
    assert ("content", "60") in page.attributes
    assert "As of 2026-11-26 12:00 UTC." in page.text
    assert "More than allowed: 1 down (0 allowed)" in page.text
    assert "down pending for too long 6 d 4 h 2026-11-20 08:00 UTC reboot" in page.text
    assert "later Organization 7 stale 1 h 2026-11-26 11:00 UTC" in page.text
    # Where most are down comes first.
    assert page.text.index("no site (no organization)") < page.text.rindex("1 of 2 down")
    assert "unused credentials" in page.text


def test_the_page_of_a_large_fleet_is_cut() -> None:
    rows = [
        {"organization_id": 1, "location_name": f"{number}", "devices": 1, "down": 1}
        for number in range(5000)
    ]
    problems = [problem(f"d{number:05d}", location_name="Mill Lane 9") for number in range(5000)]
    text = as_html(from_result({"fleet": fleet(*problems, sites=rows)}, {}), {})
    assert len(text) < 2_000_000
    assert "… and 4,000 more devices: status.json has all of them." in text
    assert "… and 4,990 more sites: status.json has all of them." in text


def test_a_page_where_nothing_is_wrong() -> None:
    page = Page(as_html(from_result({"fleet": fleet()}, {}), {}))
    assert "Nothing is wrong with 200 devices" in page.text
    assert "What needs somebody" not in page.text


@pytest.mark.parametrize(
    ("context", "totals", "shown"),
    [
        ({}, {}, False),
        ({"policy": "devices"}, {}, True),
        ({}, {"breaking_policy": 3}, True),
    ],
)
def test_a_kind_that_nobody_looked_for_has_no_tile(
    context: dict[str, Any], totals: dict[str, int], *, shown: bool
) -> None:
    page = as_html(from_result({"fleet": fleet(**totals)}, context), context)
    assert ("breaking the policy" in page) is shown


def prometheus(**result: Any) -> list[str]:
    return as_prometheus(from_result(result, {})).splitlines()


def test_metrics() -> None:
    rows = [
        {"organization_id": 7, "type_short_name": 'a"b\\\n', "devices": 5, "up": 3, "down": 2},
        {"organization_id": None, "type_short_name": None, "devices": 1, "up": 1, "stale": 1},
    ]
    lines = prometheus(fleet=fleet(organization_types=rows), vault=vault())
    own, none = 'organization="7",type="a\\"b\\\\\\\\n"', 'organization="none",type="none"'
    assert lines[:6] == [
        "# HELP zequenze_devices Devices by organization, type and status.",
        "# TYPE zequenze_devices gauge",
        f'zequenze_devices{{{own},status="up"}} 3',
        f'zequenze_devices{{{own},status="down"}} 2',
        f'zequenze_devices{{{none},status="up"}} 1',
        f'zequenze_devices{{{none},status="down"}} 0',
    ]
    for kind in GAUGES:
        assert f"# TYPE zequenze_devices_{kind} gauge" in lines
        assert f"zequenze_devices_{kind}{{{own}}} 0" in lines
    assert f"zequenze_devices_stale{{{none}}} 1" in lines
    assert "zequenze_vault_entries 10" in lines
    assert 'zequenze_vault_problems{kind="weak_passwords"} 0' in lines
    assert lines[-1] == "zequenze_status_timestamp_seconds 1795694400"
    assert not [line for line in prometheus(fleet=fleet()) if "vault" in line]


def test_labels_are_bounded() -> None:
    rows = [
        {"organization_id": number, "type_short_name": "ont", "devices": number, "up": number}
        for number in range(3000)
    ]
    lines = prometheus(fleet=fleet(*(problem("gw-1"),), organization_types=rows))
    assert len(lines) < (len(GAUGES) + 3) * 501
    assert not [line for line in lines if "gw-1" in line]
    up = [line for line in lines if line.startswith("zequenze_devices{") and '"up"' in line]
    assert len(up) == 501
    assert sum(int(line.rsplit(" ", 1)[1]) for line in up) == sum(range(3000))
    assert len(set(lines)) == len(lines)


def test_types_are_bounded_too() -> None:
    """What a platform calls its types is text like any other, and may be anything."""
    rows = [
        {"organization_id": 1, "type_short_name": f"t{number}", "devices": number, "up": number}
        for number in range(3000)
    ]
    lines = prometheus(fleet=fleet(organization_types=rows))
    up = [line for line in lines if line.startswith("zequenze_devices{") and '"up"' in line]
    assert len(up) == 101
    assert sum(int(line.rsplit(" ", 1)[1]) for line in up) == sum(range(3000))
    assert [line for line in up if 'type="other"' in line]


@pytest.mark.parametrize("task", ["input", "writable", "vault", "fleet"])
@pytest.mark.parametrize(
    ("failed", "state"),
    [
        ({"refused": True, "errors": {}}, "refused"),
        ({"errors": {"url": ["x"]}, "status": None}, "refused"),
        ({"errors": {}, "status": 503}, "failed"),
    ],
)
def test_a_former_report_stays_where_the_run_has_failed(
    tmp_path: Path, task: str, failed: dict[str, Any], state: str
) -> None:
    result: dict[str, Any] = {"fleet": fleet(), task: {"failed": True, "msg": "No\nway", **failed}}
    told = made(tmp_path, ["down"], **result)
    assert told["state"] == state
    assert told["lines"] == [f"{state}: No\\nway"]
    assert told["headline"] == f"Status: {state}"
    assert told["reports"] == []
    assert list(tmp_path.iterdir()) == []


def test_where_the_former_report_is(tmp_path: Path) -> None:
    given: dict[str, Any] = {"kind": "status", "context": {}, "check_only": True}
    told = check({**given, "report_dir": str(tmp_path)})
    assert told["earlier"] == {"file": str(tmp_path / "status.json")}
    assert "earlier" not in check(given)


def test_numbers_may_be_texts() -> None:
    read = from_result(
        {"fleet": {"summary": {"devices": "3"}, "problem_counts": {"down": "2"}}}, {}
    )
    assert (read.devices, read.counts) == (3, {"down": 2})
