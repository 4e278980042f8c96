# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who ran what, as AWX, Git hosts and a terminal tell it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.run_by import (
    MAX_LENGTH,
    run_by,
    run_text,
)
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    assert_markdown_is_harmless,
    assert_page_is_harmless,
)

# An export leaves no files of its own.
SPEC: Any = zq_report.SPEC
KINDS = [kind for kind in SPEC["kind"]["choices"] if kind != "export"]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {
    "GITHUB_RUN_ID": "77",
    "GITHUB_WORKFLOW": "zequenze",
    "GITHUB_ACTOR": "author",
    "GITHUB_TRIGGERING_ACTOR": "anna",
    "GITHUB_SHA": COMMIT,
    "GITHUB_SERVER_URL": "https://git.example.com",
    "GITHUB_REPOSITORY": "acme/fleet",
    "LOGNAME": "runner",
}
GITLAB = {
    "CI_JOB_ID": "5",
    "CI_JOB_NAME": "plan",
    "GITLAB_USER_LOGIN": "bo",
    "CI_COMMIT_SHA": COMMIT,
    "CI_JOB_URL": "https://git.example.com/acme/-/jobs/5",
}


@pytest.mark.parametrize(
    ("environ", "variables", "text"),
    [
        ({}, {}, ""),
        ({"LOGNAME": "anna", "USER": "root"}, {}, "Run by anna."),
        (GITHUB, {}, "Run by anna, GitHub Actions job 77 (zequenze), commit 0123456789ab."),
        (GITLAB, {}, "Run by bo, GitLab CI job 5 (plan), commit 0123456789ab."),
        # AWX runs in a container, of which the user says nothing.
        (
            {"USER": "root"},
            {
                "awx_job_id": 42,
                "awx_job_template_name": "reconcile",
                "awx_user_name": "anna",
                "awx_project_revision": COMMIT,
            },
            "Run by anna, AWX job 42 (reconcile), commit 0123456789ab.",
        ),
        (
            {},
            {"tower_job_id": "42", "tower_schedule_name": "nightly"},
            "Run by nightly, AWX job 42.",
        ),
        ({}, {"awx_job_id": None, "awx_user_name": "anna"}, ""),
        ({}, {"awx_job_id": {"a": 1}, "awx_user_name": ["anna"]}, ""),
    ],
)
def test_in_a_line(environ: dict[str, str], variables: dict[str, Any], text: str) -> None:
    assert run_text({"run": run_by(environ, variables)}) == text


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        (GITHUB, "https://git.example.com/acme/fleet/actions/runs/77"),
        (GITLAB, "https://git.example.com/acme/-/jobs/5"),
        ({**GITLAB, "CI_JOB_URL": "https://bo:secret@git.example.com/5"}, None),
        ({**GITLAB, "CI_JOB_URL": "javascript:alert(1)"}, None),
        ({**GITLAB, "CI_JOB_URL": "https://[x"}, None),
        ({**GITLAB, "CI_JOB_URL": f"https://x/{'a' * 400}"}, None),
    ],
)
def test_the_address_of_the_job(environ: dict[str, str], address: str | None) -> None:
    assert run_by(environ, {}).get("address") == address


def test_what_it_tells_is_short_and_does_nothing() -> None:
    found = run_by({**GITLAB, "GITLAB_USER_LOGIN": "a\x1b[2J" + "b" * 5000}, {})
    assert found["user"].startswith("a\\x1b[2Jbbb")
    assert len(found["user"]) == MAX_LENGTH


@pytest.mark.parametrize("kind", KINDS)
def test_every_report_says_it_and_begins_with_state_and_counts(kind: str, tmp_path: Path) -> None:
    result: dict[str, Any] = {"fleet": {"generated": "2026-11-26T00:00:00Z"}, "state": "finished"}
    run = run_by({**GITLAB, "GITLAB_USER_LOGIN": NASTY}, {})
    made = make_report(kind, result, {"run": run, "action": "sync"})
    paths = [Path(path) for path in made.write(str(tmp_path))]
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            found = json.loads(text)
            assert found["run"] == run
            assert isinstance(found["state"], str)
            assert {type(number) for number in found["counts"].values()} == {int}
        elif path.suffix == ".md":
            assert "GitLab CI job 5" in text
            assert_markdown_is_harmless(text)
        elif path.suffix == ".html":
            assert "GitLab CI job 5" in text
            text = re.sub(r"<script>.*?</script>|</?form[^>]*>", "", text, flags=re.DOTALL)
            assert_page_is_harmless(text)
        elif path.suffix == ".txt":
            assert "GitLab CI job 5" in text
