# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet's state: what it tells, what it fails on, and when it is not written."""

from __future__ import annotations

import json
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
from ansible_collections.zequenze.control.plugins.plugin_utils._report.status import from_result

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
            " never connected 0"
        )
    ]
    assert told["stats"]["status_summary"]["devices"] == 200
    assert made(fleet=fleet(devices=0))["lines"][-1] == "No device is selected."


def test_what_needs_somebody_is_told_the_longest_first() -> None:
    told = made(
        fleet=fleet(problem("b"), problem("c", "pending", None, detail="reboot")),
        vault=vault(problem("a", "old_passwords", "2020-01-01T00:00:00Z", organization_id=None)),
    )
    assert told["headline"] == (
        "Status of 200 devices: 1 down, 1 pending for too long, 1 old passwords"
    )
    assert told["lines"][1:] == [
        (
            "vault file: entries 10, age not known 1, no credentials 0, unused credentials 0,"
            " shared passwords 0, weak passwords 0, old passwords 1"
        ),
        "  a: old passwords since 2020-01-01 00:00 UTC",
        "  b (organization 7): down since 2026-11-20 08:00 UTC",
        "  c (organization 7): pending for too long, reboot",
    ]
    assert told["stats"]["status_summary"]["old_passwords"] == 1


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
