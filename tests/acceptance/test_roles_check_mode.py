# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role is in check mode as a whole, or not at all: whether `--check` says so, or the keyword of a play, a block or `apply`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import Ran, User
from tests.acceptance.rotations import FILE, fleet, user_of
from tests.acceptance.support import BIN, Platform, sampled

SPEED = 300
SELECTED = {"filter": {"organization": [1, 2, 3]}, "speed": SPEED}
ROLES: dict[str, dict[str, Any]] = {
    "onboarding": {
        "devices": [{"name": "new-1", "type": 9, "organization_id": 1}],
        "wait_timeout": 60,
        "wait_interval": 5,
        "speed": SPEED,
        "vault_file": FILE,
        "vault_password_file": "vault-password",
    },
    "credential_rotation": {
        **SELECTED,
        "waves": [1, "100%"],
        "interval": 30,
        "vault_file": FILE,
        "vault_password_file": "vault-password",
    },
    "firmware_rollout": {**SELECTED, "waves": [1, "100%"], "image": 18, "version": "2.0.0"},
}


# What a role leaves to others: tasks of the user's, of which one runs in check mode too, and a window, which is not open.
OWN = """\
- ansible.builtin.copy: {dest: "{{ lookup('env', 'HOME') }}/was-run", content: x, mode: '0600'}
  check_mode: false
"""
HANDED_ON: dict[str, dict[str, Any]] = {
    "credential_rotation": {
        "vault_file": None,
        "vault_password_file": None,
        "password_tasks": "own.yml",
    },
    "firmware_rollout": {"before_wave": "own.yml", "after_wave": "own.yml", "pause_after": "each"},
}


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    someone = user_of(platform, tmp_path)
    fleet(platform, 4, someone, images={"18": "2.0.0"}, valid_images=[18])
    return someone


def run(
    user: User, role: str, *options: str, keyword: bool | None, of: str = "apply", **more: Any
) -> Ran:
    """The role; `keyword` is its check_mode, which stands with the role or with the play around it."""
    given = {f"{role}_{name}": value for name, value in {**ROLES[role], **more}.items()}
    included: dict[str, Any] = {"name": f"zequenze.control.{role}"}
    play: dict[str, Any] = {"hosts": "localhost", "gather_facts": False}
    if keyword is not None:
        owner = play if of == "play" else included.setdefault("apply", {})
        owner["check_mode"] = keyword
    given[f"{role}_report_dir"] = "reports"
    play["tasks"] = [{"ansible.builtin.include_role": included, "vars": given}]
    user.write("play.yml", json.dumps([play]))
    return user.program(str(BIN / "ansible-playbook"), "play.yml", *options)


def told(ran: Ran) -> list[str]:
    """What the role's own tasks have said, without times and the tasks that were skipped."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z?|\d\d:\d\d(:\d\d)?|\d+ (min|s)\b", "…", ran.text)
    return [
        line for line in text.splitlines() if not line.startswith(("TASK", "localhost", "skip"))
    ]


def state(user: User) -> str:
    report = json.loads((user.folder / "reports" / "report.json").read_text(encoding="utf-8"))
    return str(report["state"])


@pytest.mark.parametrize("of", sampled(["apply", "play"], 1))
@pytest.mark.parametrize("role", ROLES)
def test_in_check_mode_by_a_keyword_it_says_and_does_what_it_does_with_check(
    user: User, role: str, of: str
) -> None:
    vault = (user.folder / FILE).read_bytes()
    ran = run(user, role, keyword=True, of=of)
    assert ran.code == 0, ran.text
    assert (user.platform.writes(), (user.folder / FILE).read_bytes()) == ([], vault)
    assert state(user) == "planned"
    assert told(ran) == told(run(user, role, "--check", keyword=None))


@pytest.mark.parametrize("role", HANDED_ON)
def test_in_check_mode_by_a_keyword_nothing_of_the_users_is_run_or_waited_for(
    user: User, role: str
) -> None:
    user.write("own.yml", OWN)
    another_day = f"{datetime.now(UTC) + timedelta(days=3):%a}"
    more = {**HANDED_ON[role], "window": {"days": another_day}}
    ran = run(user, role, keyword=True, **more)
    assert ran.code == 0, ran.text
    assert user.platform.writes() == []
    assert not (user.folder / "home" / "was-run").exists()
    assert "would not be begun" in " ".join(ran.text.split())
    assert state(user) == "planned"
    assert told(ran) == told(run(user, role, "--check", keyword=None, **more))


@pytest.mark.parametrize("role", sampled(ROLES, 1))
def test_with_check_and_a_keyword_against_it_all_is_done(user: User, role: str) -> None:
    ran = run(user, role, "--check", keyword=False)
    assert ran.code == 0, ran.text
    assert user.platform.writes()
    assert state(user) in ("applied", "finished")


def test_no_condition_asks_for_what_only_the_command_line_says() -> None:
    """`ansible_check_mode` knows nothing of the keyword: a role would do a part, and tell the rest."""
    content = Path(__file__).parents[2]
    files = [file for room in ("roles", "playbooks") for file in (content / room).rglob("*.yml")]
    assert len(files) > 20
    assert [file for file in files if "ansible_check_mode" in file.read_text("utf-8")] == []
