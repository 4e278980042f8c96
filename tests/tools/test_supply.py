# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bill of materials names the collection, and what was not audited is not taken for clean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.supply import judged, with_collection

GALAXY = {
    "namespace": "zequenze",
    "name": "control",
    "version": "1.2.3",
    "description": "Devices",
    "license": ["GPL-3.0-or-later"],
    "repository": "https://example.com/control",
}
CLEAN = {"name": "idna", "version": "3.20", "vulns": []}
SKIPPED = {"name": "idna", "skip_reason": "idna (3.20) was not found"}
VULNERABLE = {
    "name": "requests",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}, {"id": "PYSEC-2", "fix_versions": []}],
}


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("told", "errors", "wrong", "reason"),
    [
        (report(CLEAN), "No known vulnerabilities found", [], ""),
        (report(CLEAN, SKIPPED), "", [], "1 of 2 packages, the first: idna (3.20) was not found"),
        (
            report(CLEAN, VULNERABLE),
            "Found 2 known vulnerabilities in 1 package",
            ["requests 2.0: PYSEC-1, fixed in 2.1", "requests 2.0: PYSEC-2, no fix yet"],
            "",
        ),
        ("", "Traceback ...\nConnectionError: refused\n", [], "ConnectionError: refused"),
        ("", "", [], "pip-audit said nothing"),
        ("{}", "odd", [], "odd"),
    ],
)
def test_what_pip_audit_told(told: str, errors: str, wrong: list[str], reason: str) -> None:
    assert judged(told, errors) == (wrong, reason)


def test_the_bill_is_of_the_collection_which_needs_what_nothing_else_needs() -> None:
    bill = {
        "metadata": {"tools": {}},
        "components": [],
        "dependencies": [
            {"ref": "idna==3.20"},
            {"ref": "requests==2.34.2", "dependsOn": ["idna==3.20"]},
        ],
    }
    made = with_collection(bill, GALAXY)
    assert made["metadata"]["component"]["version"] == "1.2.3"
    assert made["metadata"]["component"]["licenses"] == [{"license": {"id": "GPL-3.0-or-later"}}]
    assert made["metadata"]["tools"] == {}
    reference = made["metadata"]["component"]["bom-ref"]
    assert made["dependencies"][0] == {"ref": reference, "dependsOn": ["requests==2.34.2"]}
    assert made["dependencies"][1:] == bill["dependencies"]
