# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `rotate_credentials` against the simulated platform, by ansible-playbook.

| what must be | tests |
|---|---|
| each device has the password of its entry, and was sent it once | test_every_device_* |
| what does not come back has its former password again, and is reported | test_those_that_* |
| too many halt it, and no other device is touched | test_too_many_* |
| it goes on where it was; a new one is only begun when it has ended | test_goes_on_*, test_retried_* |
| only passwords that are old enough | test_older_* |
| check mode sends nothing, and writes nothing | test_check_mode_* |
| tasks of the user's in the place of a vault file | test_tasks_* |
| two runs with one vault file | test_two_runs_* |
| lost answers, refusals, a vault file that cannot be used | test_lost_*, test_refused_*, test_vault_* |
| organizations, limits and windows, as a rollout has them | test_each_organization_*, test_a_limit_*, test_outside_* |
| no secret anywhere | test_no_secret_* |
"""

from __future__ import annotations

import contextlib
import json
import random
import stat
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.kills import kill
from tests.acceptance.rotations import (
    FILE,
    SPEED,
    command,
    entry,
    fleet,
    former,
    passwords,
    report,
    rotate,
    sent,
    statuses,
    user_of,
    vault,
    write_vault,
)
from tests.acceptance.support import HERE, Platform, leaking_files, leaks, sampled

ALL_AT_ONCE: dict[str, Any] = {"waves": ["100%"]}


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    return user_of(platform, tmp_path)


def check_passwords(platform: Platform, user: User, file: str = FILE) -> None:
    """Each device has the password of its entry."""
    for name, password in passwords(user, file).items():
        assert platform.simulator.password_is(name, password), name


def test_every_device_has_the_password_of_its_entry(platform: Platform, user: User) -> None:
    names = fleet(platform, 12, user)
    before = passwords(user)
    ran = rotate(user)
    after = passwords(user)
    assert set(statuses(user).values()) == {"done"}, ran.text
    assert sent(platform) == dict.fromkeys(names, 1)
    assert set(after.values()).isdisjoint(before.values())
    check_passwords(platform, user)
    for one in vault(user):
        assert set(one) == {"name", "username", "password", "changed"}
        assert one["changed"] > entry("x")["changed"]
    assert stat.S_IMODE((user.folder / FILE).stat().st_mode) == 0o600
    left = {path.name for path in user.folder.iterdir()}
    assert left == {FILE, f".{FILE}.lock", "home", "reports", "vault-password"}


def test_those_that_do_not_come_back_have_their_former_password_again(
    platform: Platform, user: User
) -> None:
    names = fleet(platform, 500, user, {"fail_rate": {"password": 0.03}, "seed": 7})
    lost = {name for name in names if _refuses(platform, name)}
    assert len(lost) > 5
    ran = rotate(user, max_failures="20%", waves=[10, "50%", "100%"])
    told = report(user)
    assert {one["name"] for one in told["devices"] if one["restored"]} == lost
    assert {name for name, status in statuses(user).items() if status == "failed"} == lost
    assert sent(platform) == {name: 2 if name in lost else 1 for name in names}
    check_passwords(platform, user)
    held = passwords(user)
    assert {name for name in names if held[name] == former(name)} == lost
    assert told["state"] == "finished"
    assert f"{len(lost)} failed" in ran.text
    assert all("former" not in key for one in vault(user) for key in one)


def _refuses(platform: Platform, name: str) -> bool:
    return bool(platform.simulator.device(name)["predicted"]["password"] != "done")


def test_too_many_halt_it_and_no_other_is_touched(platform: Platform, user: User) -> None:
    names = fleet(platform, 60, user, {"fail_rate": {"password": 0.3}, "seed": 3})
    ran = rotate(user, succeeds=False, waves=[20, "100%"], max_failures="10%")
    told = report(user)
    touched = {one["name"] for one in told["devices"] if one["wave"] == 1}
    assert set(sent(platform)) == touched
    assert len(touched) == 20
    assert told["state"] == "halted"
    assert "Halted in wave 1" in ran.text
    check_passwords(platform, user)
    # Run again as it is, it halts at once; nothing is sent.
    platform.simulator.clear_log()
    again = rotate(user, succeeds=False, waves=[20, "100%"], max_failures="10%")
    assert "Halted in wave 1" in again.text
    assert not platform.writes()
    # With more failures allowed it goes on, and those that are done are left alone.
    rotate(user, waves=[20, "100%"], max_failures="100%")
    failed = {name for name, status in statuses(user).items() if status == "failed"}
    assert failed == {name for name in names if _refuses(platform, name)}
    assert set(sent(platform)) == set(names) - touched
    check_passwords(platform, user)
    assert all("rotation" not in one for one in vault(user))


@pytest.mark.thorough
def test_retried_are_those_that_failed(platform: Platform, user: User) -> None:
    names = fleet(platform, 6, user, {"fail": ["password"]})
    rotate(user, succeeds=False, **ALL_AT_ONCE)
    assert all(one["rotation"]["stage"] == "failed" for one in vault(user))
    platform.simulator.settings(behaviours={"default": {}})
    platform.simulator.clear_log()
    # They have their former password, and have come back.
    platform.simulator.clock(advance=900)
    rotate(user, **ALL_AT_ONCE, retry_failed=True)
    assert sent(platform) == dict.fromkeys(names, 1)
    assert set(statuses(user).values()) == {"done"}
    check_passwords(platform, user)


@pytest.mark.thorough
def test_older_than_leaves_the_rest_alone(platform: Platform, user: User) -> None:
    names = fleet(platform, 6, user)
    rotate(user, **ALL_AT_ONCE)
    entries = vault(user)
    entries[0]["changed"] = "2025-01-01T00:00:00Z"
    del entries[1]["changed"]
    write_vault(user, entries)
    platform.simulator.clear_log()
    ran = rotate(user, **ALL_AT_ONCE, older_than="90")
    assert sent(platform) == {names[0]: 1, names[1]: 1}
    assert "Not due: 4 devices" in ran.text
    assert statuses(user)[names[5]] == "not_due"
    platform.simulator.clear_log()
    nothing = rotate(user, **ALL_AT_ONCE, older_than=90)
    assert "Nothing to do: no password is due" in nothing.text
    assert not platform.writes()
    # Without it, all get a new one.
    rotate(user, **ALL_AT_ONCE)
    assert sent(platform) == dict.fromkeys(names, 1)
    check_passwords(platform, user)


def test_check_mode_sends_nothing_and_writes_nothing(platform: Platform, user: User) -> None:
    fleet(platform, 12, user)
    before = (user.folder / FILE).read_bytes()
    ran = rotate(user, "--check", "--diff")
    assert not platform.writes()
    assert (user.folder / FILE).read_bytes() == before
    assert "Plan: 12 of 12 selected devices will get a new password in 4 waves" in ran.text
    assert report(user)["state"] == "planned"
    assert not list(user.folder.glob(".*.run"))


@pytest.mark.thorough
def test_tasks_store_the_passwords_in_the_place_of_a_vault_file(
    platform: Platform, user: User
) -> None:
    names = fleet(platform, 5, None)
    user.write(
        "store.yml",
        "- ansible.builtin.copy:\n"
        "    dest: \"{{ lookup('env', 'HOME') }}/store-{{ credential_rotation__wave.number }}.json\"\n"
        "    mode: '0600'\n"
        "    content: '{{ credential_rotation_credentials | to_json }}'\n",
    )
    own: dict[str, Any] = {
        "vault_file": None,
        "vault_password_file": None,
        "password_tasks": "store.yml",
    }
    ran = rotate(user, "-vvv", "--diff", **own, waves=[2, "100%"])
    stored = {}
    for path in sorted((user.folder / "home").glob("store-*.json")):
        for one in json.loads(path.read_text(encoding="utf-8")):
            stored[one["name"]] = one["password"]
    assert sorted(stored) == names
    for name, password in stored.items():
        assert platform.simulator.password_is(name, password)
        assert password not in ran.text
    assert sent(platform) == dict.fromkeys(names, 1)
    assert "the former password is not known, as no vault file is given" in " ".join(
        ran.text.split()
    )


def test_what_has_no_entry_gets_one(platform: Platform, user: User) -> None:
    names = fleet(platform, 4, None)
    write_vault(user, [entry(names[0])])
    ran = rotate(user, **ALL_AT_ONCE)
    assert sorted(passwords(user)) == names
    check_passwords(platform, user)
    assert {one["username"] for one in vault(user)} == {f"u-{name}" for name in names}
    assert "Of 3 devices the former password is not known" in " ".join(ran.text.split())


@pytest.mark.thorough
def test_what_has_no_entry_and_does_not_come_back_keeps_the_new_one(
    platform: Platform, user: User
) -> None:
    names = fleet(platform, 2, None, {"fail": ["password"]})
    rotate(user, succeeds=False, **ALL_AT_ONCE)
    assert sent(platform) == dict.fromkeys(names, 1)
    check_passwords(platform, user)
    reasons = [one["reason"] for one in report(user)["devices"]]
    assert all("its former password is not known, so the new one stays" in one for one in reasons)


@pytest.mark.thorough
def test_two_runs_with_one_vault_file_lose_nothing(platform: Platform, user: User) -> None:
    names = fleet(platform, 45, user)
    runs = []
    for organization in (1, 2, 3):
        only = {"filter": {"organization": organization}, "report_dir": f"r{organization}"}
        runs.append(_start(user, **only, waves=[5, "100%"]))
    for run in runs:
        output = run.communicate(timeout=120)[0]
        assert run.returncode == 0, output
    assert sent(platform) == dict.fromkeys(names, 1)
    assert len(set(passwords(user).values())) == 45
    check_passwords(platform, user)


@pytest.mark.thorough
def test_two_runs_of_the_same_devices_rotate_each_once(platform: Platform, user: User) -> None:
    names = fleet(platform, 40, user)
    # No device comes back before both have planned it: whoever plans later means it once more.
    platform.simulator.clock(speed=0.01)
    given = {"waves": ["100%"], "timeout": 36_000}
    runs = [_start(user, report_dir=f"r{number}", **given) for number in (1, 2)]
    _wait_for(user, "r1", "r2")
    platform.simulator.clock(speed=SPEED)
    for run in runs:
        run.communicate(timeout=120)
    assert sent(platform) == dict.fromkeys(names, 1)
    check_passwords(platform, user)


def _wait_for(user: User, *folders: str) -> None:
    """Until runs have begun to send, which their reports say."""
    end = time.monotonic() + 60
    reports = [user.folder / folder / "report.json" for folder in folders]
    while not all(report.exists() for report in reports):
        assert time.monotonic() < end
        time.sleep(0.05)


def _start(user: User, **variables: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(variables),
        cwd=user.folder,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.thorough
def test_each_organization_is_a_rotation_of_its_own(platform: Platform, user: User) -> None:
    names = fleet(platform, 18, user, {"fail_rate": {"password": 0.0}})
    inventory = {"plugin": "zequenze.control.zq_inventory", "hosts": "organizations"}
    user.write("fleet.zq.yml", json.dumps(inventory))
    # Of one, no device comes back.
    lost = [name for name in names if platform.device(name)["organization_id"] == 2]
    for name in lost:
        platform.simulator.device(name, behaviour={"fail": ["password"]})
    rotate(
        user, "-i", "fleet.zq.yml", "--forks", "5", succeeds=False, filter=None, waves=[2, "100%"]
    )
    told = json.loads((user.folder / "reports" / "index.json").read_text(encoding="utf-8"))
    assert {one["host"]: one["state"] for one in told["runs"]} == {
        "organization-1": "finished",
        "organization-2": "halted",
        "organization-3": "finished",
    }
    assert sent(platform).keys() >= set(names) - set(lost)
    assert len(set(sent(platform)) & set(lost)) == 2
    check_passwords(platform, user)


@pytest.mark.thorough
def test_a_limit_is_what_is_meant(platform: Platform, user: User) -> None:
    fleet(platform, 6, user)
    user.write("fleet.zq.yml", json.dumps({"plugin": "zequenze.control.zq_inventory"}))
    rotate(user, "-i", "fleet.zq.yml", "--limit", "cpe-0002,cpe-0004", filter=None, **ALL_AT_ONCE)
    assert sent(platform) == {"cpe-0002": 1, "cpe-0004": 1}
    check_passwords(platform, user)


def test_outside_its_window_it_is_paused(platform: Platform, user: User) -> None:
    fleet(platform, 3, user)
    hour = datetime.now(UTC) + timedelta(hours=6)
    window = {
        "from": f"{hour:%H:%M}",
        "to": f"{hour + timedelta(hours=2):%H:%M}",
        "timezone": "UTC",
    }
    rotate(user, succeeds=False, window=window)
    assert report(user)["state"] == "paused"
    assert not platform.writes()
    assert all("rotation" not in one for one in vault(user))


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate"])
def test_lost_answers_are_looked_up(platform: Platform, user: User, kind: str) -> None:
    names = fleet(platform, 10, user)
    platform.simulator.fault(kind, methods=["PATCH"], times=6)
    rotate(user, **ALL_AT_ONCE)
    assert set(statuses(user).values()) == {"done"}
    if kind != "reset_before":
        # Each was taken, and is not sent again.
        assert sent(platform) == dict.fromkeys(names, 1)
    check_passwords(platform, user)


@pytest.mark.thorough
def test_refused_passwords_leave_the_device_as_it_was(platform: Platform, user: User) -> None:
    names = fleet(platform, 10, user, {"fail": ["write"]})
    ran = rotate(user, succeeds=False, **ALL_AT_ONCE)
    assert passwords(user) == {name: former(name) for name in names}
    check_passwords(platform, user)
    assert report(user)["state"] == "halted"
    assert "8 of 10 devices failed (0 allowed)" in " ".join(ran.text.split())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"onboarding_credentials: []\n", "is not encrypted by ansible-vault"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n6162\n", "cannot be decrypted"),
    ],
)
def test_vault_files_that_cannot_be_used_are_known_first(
    platform: Platform, user: User, content: bytes, problem: str
) -> None:
    fleet(platform, 3, None)
    (user.folder / FILE).write_bytes(content)
    with platform.simulator.recorded() as requests:
        ran = rotate(user, succeeds=False)
    assert problem in ran.text
    assert "refused: nothing was written" in ran.text
    assert not requests
    assert (user.folder / FILE).read_bytes() == content


def test_variables_that_are_wrong_are_told_at_once(platform: Platform, user: User) -> None:
    fleet(platform, 1, None)
    ran = rotate(
        user, succeeds=False, vault_file=None, vault_password_file=None, older_than="old", waves="0"
    )
    text = " ".join(ran.text.split())
    assert "credential_rotation_vault_file: is not given" in text
    assert "credential_rotation_password_tasks" in text
    assert "credential_rotation_older_than" in text
    assert not platform.writes()


@pytest.mark.parametrize("ends", sampled(["finished", "halted", "killed"], 1))
def test_no_secret_is_shown_or_left(platform: Platform, user: User, ends: str) -> None:
    """Output, log, diff, what callbacks are given, reports, temporary files, arguments of processes."""
    fleet(platform, 30, user, {"fail_rate": {"password": 0.2}, "seed": 5})
    before = passwords(user)
    (user.folder / "tmp").mkdir()
    user.env.update(
        TMPDIR=str(user.folder / "tmp"),
        ANSIBLE_REMOTE_TEMP=str(user.folder / "tmp"),
        ANSIBLE_LOG_PATH=str(user.folder / "ansible.log"),
        ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callback"),
        ANSIBLE_CALLBACKS_ENABLED="acceptance_record",
        ACCEPTANCE_RESULTS=str(user.folder / "results.jsonl"),
        ANSIBLE_KEEP_REMOTE_FILES="1",
    )
    limit = {"halted": "0"}.get(ends, "100%")
    given = {"max_failures": limit, "waves": [15, "100%"], "concurrency": 2}
    output, arguments = _watched(user, command(given, "-vvvvv", "--diff"), kills=ends == "killed")
    secrets = {*before.values()}
    for one in vault(user):
        secrets.update(value for key in ("password", "former_password") if (value := one.get(key)))
    assert len(secrets) > 30
    assert "Rotate wave 1 of 2" in output
    assert not leaks(output, *secrets)
    assert not leaks("\n".join(arguments), *secrets)
    assert (user.folder / "results.jsonl").stat().st_size > 1000
    assert not leaking_files(user.folder, more=list(secrets))


def _watched(user: User, line: list[str], *, kills: bool) -> tuple[str, set[str]]:
    """The output of a run, and the arguments of all processes that it had.

    kills: once some passwords were sent.
    """
    output = user.folder / "output"
    arguments = set()
    with (
        output.open("wb") as file,
        subprocess.Popen(
            line,
            cwd=user.folder,
            env=user.environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        while process.poll() is None:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    arguments.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            if kills and sent(user.platform).total() >= 5:
                kill(process, user.folder, random.Random(1))
            time.sleep(0.05)
    return output.read_text(encoding="utf-8", errors="replace"), arguments
