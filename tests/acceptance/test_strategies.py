# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run is one rollout, and one onboarding, under every strategy, wherever that is set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import Ran, User
from tests.acceptance.rollouts import OURS, VERSION, fleet, sent, versions
from tests.acceptance.support import BIN, Platform

pytestmark = pytest.mark.thorough

COUNT = 12
NAMES = [f"cpe-{number:04d}" for number in range(1, COUNT + 1)]
STRATEGIES = ["free", "host_pinned", "linear"]


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    someone = User(platform, folder)
    someone.write("hosts.ini", "\n".join(NAMES))
    return someone


def own_play(user: User, *tasks: dict[str, Any], **play: Any) -> Ran:
    """A play of the user's own over all hosts."""
    book = [{"name": "Mine", "hosts": "all", "gather_facts": False, "tasks": list(tasks), **play}]
    user.write("mine.yml", json.dumps(book))
    return user.program(str(BIN / "ansible-playbook"), "-i", "hosts.ini", "mine.yml")


def include(role: str, **variables: Any) -> dict[str, Any]:
    """The role, once for the play, as its README tells."""
    given = {f"{role}_{key}": value for key, value in variables.items()}
    once = {"name": f"zequenze.control.{role}", "apply": {"run_once": True}}
    return {"ansible.builtin.include_role": once, "run_once": True, "vars": given}


def each_once(user: User) -> None:
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)
    assert versions(user.platform) == {VERSION: COUNT}


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
@pytest.mark.parametrize("where", ["environment", "ansible.cfg"])
def test_the_playbook_is_one_rollout(user: User, strategy: str, where: str) -> None:
    fleet(user.platform, COUNT)
    if where == "environment":
        user.env["ANSIBLE_STRATEGY"] = strategy
    else:
        config = user.write("ansible.cfg", f"[defaults]\nstrategy = {strategy}\n")
        user.env["ANSIBLE_CONFIG"] = str(config)
    user.play("firmware_rollout", "-i", "hosts.ini", **OURS)
    each_once(user)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_role_in_a_play_of_ones_own_is_one_rollout(user: User, strategy: str) -> None:
    fleet(user.platform, COUNT)
    ran = own_play(user, include("firmware_rollout", **OURS), strategy=strategy)
    assert ran.code == 0, ran.text
    each_once(user)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_its_plan_and_then_itself_in_one_play(user: User, strategy: str) -> None:
    """Other hosts read the variables of the second while the first is under way."""
    fleet(user.platform, COUNT)
    first, second = (
        include("firmware_rollout", **OURS, report_dir=name) for name in ("planned", "done")
    )
    first["ansible.builtin.include_role"]["apply"]["check_mode"] = True
    ran = own_play(user, first, second, strategy=strategy)
    assert ran.code == 0, ran.text
    states = {
        name: (user.folder / name / "report.json").read_text() for name in ("planned", "done")
    }
    assert {name: json.loads(text)["state"] for name, text in states.items()} == {
        "planned": "planned",
        "done": "finished",
    }
    each_once(user)


def test_a_rollout_that_is_halted_is_not_begun_again_by_another_host(user: User) -> None:
    fleet(user.platform, COUNT, {"fail_rate": {"firmware": 1.0}})
    ran = own_play(user, include("firmware_rollout", **OURS), strategy="free")
    assert ran.code != 0
    assert list(sent(user.platform).values()) == [1]


def test_with_serial_each_batch_is_a_rollout(user: User) -> None:
    fleet(user.platform, COUNT)
    ran = own_play(user, include("firmware_rollout", **OURS), strategy="free", serial=5)
    assert ran.code == 0, ran.text
    assert ran.text.count("of 5 selected devices") + ran.text.count("of 2 selected devices") == 3
    each_once(user)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_role_in_a_play_of_ones_own_is_one_onboarding(user: User, strategy: str) -> None:
    user.platform.simulator.reset()
    user.platform.seed()
    devices = [
        {
            "name": f"new-{number}",
            "type": 5,
            "organization_id": 1,
            "serial_number": f"SN{number}",
            "username": "cpe",
            "password": f"long-enough-{number}-pass",
        }
        for number in range(3)
    ]
    ran = own_play(user, include("onboarding", devices=devices), strategy=strategy)
    assert ran.code == 0, ran.text
    assert [write["method"] for write in user.platform.writes()] == ["POST"] * 3
