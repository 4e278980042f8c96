# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `onboarding` and its playbook `zequenze.control.onboard`.

| what must be | tests |
|---|---|
| a list, or a file (YAML, JSON, CSV with a header) | test_input_* |
| names that are made, the same when run again; a policy held against the list | test_names_*, test_policy_* |
| each bad row with its line, its field and what is allowed, before the first write; clashes found in one read | test_wrong_* |
| check mode predicts | test_check_mode |
| passwords, handed on once, to the vault file or the user's tasks, before the device is created | test_passwords_*, test_vault_* |
| `onboarding_wait`, configuration and a sync to each as it comes; those waiting are taken up again | test_wait_* |
| 1,000 devices, killed and run again: each once, each password its device's, a third run changes nothing | test_killed_* |
| no secret in any output | test_secrets_* |
| passwords that are part of names, places, states and counts change nothing | test_short_passwords_* |
| what cannot be written is known before the platform is read; a report that cannot be written hides nothing | test_report_*, test_vault_* |
"""

from __future__ import annotations

import importlib
import json
import os
import random
import re
import signal
import stat
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.acceptance.gitops import Ran, User
from tests.acceptance.support import BIN, PASSWORD, Platform, Playbook, leaking_files, leaks, task

VAULT: dict[str, Any] = {"vault_file": "credentials.yml", "vault_password_file": "vault-password"}
QUICK: dict[str, Any] = {"default": {"first_connect_after": 20, "connection_request_delay": 1}}
LIST = "/api/v1/inventory_device_name/"


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    made = User(platform, folder)
    made.write("vault-password", "Rw6-of-the-vault\n")
    return made


def command(variables: dict[str, Any], *options: str) -> list[str]:
    given: dict[str, Any] = {f"onboarding_{key}": value for key, value in variables.items()}
    return [
        str(BIN / "ansible-playbook"),
        "zequenze.control.onboard",
        "-e",
        json.dumps(given),
        *options,
    ]


def onboard(user: User, *options: str, succeeds: bool = True, **variables: Any) -> Ran:
    ran = user.program(*command(variables, *options))
    assert (ran.code == 0) is succeeds, ran.text
    # A run that makes no passwords says so, or that it makes them for devices without a user name; nothing
    # else may be warned of.
    expected = re.findall(r"are created without a password|devices? without a `username`", ran.text)
    assert ran.text.count("WARNING") == len(expected), ran.text
    return ran


SECRET = VaultLib([("default", VaultSecret(b"Rw6-of-the-vault"))])


def vault_of(user: User, name: str = "credentials.yml") -> dict[str, Any]:
    return dict(yaml.safe_load(SECRET.decrypt((user.folder / name).read_bytes())))


def passwords_of(user: User) -> dict[str, str]:
    return {one["name"]: one["password"] for one in vault_of(user)["onboarding_credentials"]}


def report_of(user: User, folder: str = "reports") -> dict[str, Any]:
    return dict(json.loads((user.folder / folder / "report.json").read_text(encoding="utf-8")))


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["status"] for one in report["devices"]}


def named(prefix: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"name": f"{prefix}{number:04}", "type": 5, "organization_id": 1, **fields}
        for number in range(count)
    ]


# ---------------------------------------------------------------------------------------------------------------- input


def test_input_of_each_format_is_the_same(playbook: Playbook, tmp_path: Path) -> None:
    devices = [
        {
            "name": "one",
            "organization_id": 1,
            "type": "home-gateway",
            "serial_number": "0012",
            "debug": True,
            "description": "a; b",
            "username": "cpe-1",
        },
        {"name": "two", "organization": 2, "type": 5, "username": "cpe-2"},
    ]
    texts = {
        "csv": "\ufeffname;organization;type;serial_number;debug;description;username\r\n\r\n"
        'one;1;home-gateway;0012;yes;"a; b";cpe-1\r\ntwo;2;5;;;;cpe-2\r\n',
        "yml": "defaults: {debug: yes}\ndevices:\n- {name: one, organization: 1, type: home-gateway, serial_number: '0012',\n"
        "   description: a; b, username: cpe-1}\n- {name: two, organization_id: 2, type: 5, debug: null, username: cpe-2}\n",
        "json": json.dumps({"devices": devices}, indent=1),
    }
    tasks = []
    for kind, text in texts.items():
        (tmp_path / f"d.{kind}").write_text(text, encoding="utf-8", newline="")
        rows = f"lookup('zequenze.control.zq_device_file', '{tmp_path}/d.{kind}')"
        given = f"{{{{ {rows} }}}}"
        made = {"rows": given, "plan": f"{{{{ {kind}.devices }}}}", "register_": f"{kind}_made"}
        config = f"{{{{ {kind}_made.config }}}}"
        tasks += [
            task("zq_onboarding_plan", f"plan {kind}", rows=given, register_=kind),
            task("zq_credentials", f"complete {kind}", generate=True, **made),
            task("zq_fleet", f"register {kind}", config=config, check_mode_=kind != "json"),
        ]
    played = playbook(*tasks, in_process=True)
    places = {
        kind: [one.pop("place") for one in played[f"plan {kind}"]["devices"]] for kind in texts
    }
    assert places == {
        "csv": ["d.csv:3", "d.csv:4"],
        "yml": ["d.yml:3", "d.yml:5"],
        "json": ["d.json:3", "d.json:12"],
    }
    assert (
        played["plan csv"]["devices"]
        == played["plan yml"]["devices"]
        == played["plan json"]["devices"]
    )
    plans = [played[f"register {kind}"]["plan"] for kind in texts]
    assert [one["after"] for one in plans[0]] == [
        {**devices[0], "type": 6},
        {"name": "two", "organization_id": 2, "type": 5, "username": "cpe-2"},
    ]
    assert plans[0] == plans[1] == plans[2]
    assert playbook.platform.device("one")["serial_number"] == "0012"


def test_input_as_a_list_on_hosts_of_the_play_is_done_once(user: User) -> None:
    user.write("hosts.yml", "all: {hosts: {router-1: , router-2: , router-3: }}")
    play = {
        "hosts": "all",
        "gather_facts": False,
        "roles": [{"role": "zequenze.control.onboarding"}],
        "vars": {
            "onboarding_devices": [{"name": "{{ groups.all[0] }}"}, {"name": "two", "type": 7}],
            "onboarding_defaults": {"type": 5},
        },
    }
    user.write("play.yml", json.dumps([play]))
    ran = user.program(str(BIN / "ansible-playbook"), "-i", "hosts.yml", "play.yml")
    assert ran.code == 0, ran.text
    assert {one["name"]: one["type"] for one in user.platform.all()} == {"router-1": 5, "two": 7}
    assert Counter(user.platform.methods())["POST"] == 2


def test_input_has_to_be_one_and_nothing_of_an_earlier_run_is_told_again(user: User) -> None:
    role = {"name": "zequenze.control.onboarding"}
    good = {"onboarding_devices": named("d", 1), "onboarding_file": ""}
    both = {
        "onboarding_devices": [],
        "onboarding_file": "d.csv",
        "onboarding_report_dir": "reports",
    }
    tasks = [{"ansible.builtin.include_role": role, "vars": given} for given in (good, both)]
    user.write(
        "play.yml", json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    )
    ran = user.program(str(BIN / "ansible-playbook"), "play.yml")
    assert ran.code != 0
    assert "applied: devices 1, registered 1" in ran.text
    assert "refused: nothing was written" in ran.text
    report = report_of(user)
    assert "onboarding_devices: is given together with onboarding_file" in report["msg"]
    assert report["devices"] == []
    assert Counter(user.platform.methods())["POST"] == 1


# ---------------------------------------------------------------------------------------------------------------- wrong


def test_wrong_rows_are_told_all_at_once_and_nothing_is_written(user: User) -> None:
    user.platform.seed(
        {"name": "there", "serial_number": "S-there"},
        {"name": "elsewhere", "serial_number": "S-else"},
    )
    user.write(
        "d.csv",
        "name,type,serial_number,latitude,update_frequency,debug,password\n"
        "one,5,S1,north,often,maybe,\n"  # line 2
        "two,nothing,S1,,,,\n"
        "one,5,S3,,,,Kq7vX2-secret\n"
        "there,5,S-other,,,,\n"
        "new,5,S-else,,,,\n"
        ",5,S6,,,,\n"
        "untyped,,S7,,,,\n"
        "short,5\n"  # line 9
        "long,5,S9,,,,,Kq7vX2-more\n",
    )
    ran = onboard(user, succeeds=False, file="d.csv", report_dir="reports", **VAULT)
    errors = report_of(user)["errors"]
    assert {
        place: [message.partition(". ")[0] for message in found] for place, found in errors.items()
    } == {
        "d.csv:2.latitude": ["one: 'north' is not a number of degrees from -90 to 90"],
        "d.csv:2.update_frequency": ["one: 'often' is not a whole number of 0 or more"],
        "d.csv:2.debug": ["one: 'maybe' is neither true nor false"],
        "d.csv:3.serial_number": ["two: 'S1' is given in d.csv:2 (one) too"],
        "d.csv:3.type": ["'nothing' is not the short name of a device type"],
        "d.csv:4.name": ["'one' is given in d.csv:2 too"],
        "d.csv:5.serial_number": [
            "'S-other' is not that of 'there' on the platform, which is 'S-there'"
        ],
        "d.csv:6.serial_number": ["'S-else' is on the platform as 'elsewhere'"],
        "d.csv:7.name": ["is not given"],
        "d.csv:8.type": ["is not given, and the device is not on the platform"],
        "d.csv:9.serial_number": [
            "short: column 3 is missing: the row has 2 cells, the header 7 columns"
        ],
        "d.csv:10.column 8": [
            "long: is not in the header: the row has 8 cells, the header 7 columns"
        ],
    }
    assert all(place in ran.text for place in errors)
    assert set(user.platform.methods()) == {"GET"}
    assert not (user.folder / "credentials.yml").exists()
    assert leaks(ran.text) == []
    assert leaking_files(user.folder / "reports") == []
    assert (user.folder / "reports" / "report.html").exists()


NAMED: dict[str, Any] = {
    "name": "{location_name|slug}-gw-{sequence}",
    "file": "d.csv",
    "policy": "rules.yml",
    "report_dir": "reports",
}
RULES = """\
name: {value: '^[a-z-]+-gw-(?P<sequence>[0-9]{4})$', why: "{{ Found by site. }}"}
required: [location_name]
"""


def names_of(user: User) -> dict[str, str]:
    return {one["serial_number"]: one["name"] for one in user.platform.all()}


def test_names_are_made_and_stay_when_run_again(user: User) -> None:
    user.platform.seed({"name": "leeds-gw-0041", "serial_number": "S0"})
    user.write("rules.yml", RULES)
    user.write(
        "d.csv",
        "type,serial_number,location_name,name\n"
        "5,S1,Leeds,\n5,S2,Sankt Pölten,\n5,S3,Leeds,\n5,S4,Leeds,leeds-gw-0050\n",
    )
    check = onboard(user, "--check", **NAMED)
    assert "leeds-gw-0051" in check.text + str(report_of(user))
    assert not user.platform.writes()
    onboard(user, **NAMED, **VAULT)
    expected = {
        "S0": "leeds-gw-0041",
        "S1": "leeds-gw-0051",
        "S2": "sankt-polten-gw-0001",
        "S3": "leeds-gw-0052",
        "S4": "leeds-gw-0050",
    }
    assert names_of(user) == expected
    assert set(passwords_of(user)) == set(expected.values()) - {"leeds-gw-0041"}
    user.platform.simulator.clear_log()
    for in_process in ("true", "false"):
        onboard(user, "-e", f"zq_in_process={in_process}", **NAMED, **VAULT)
    assert not user.platform.writes()
    # One more in the list, at its head.
    user.write("d.csv", "type,serial_number,location_name\n5,S9,Leeds\n5,S1,Leeds\n")
    onboard(user, **NAMED, **VAULT)
    assert names_of(user) == {**expected, "S9": "leeds-gw-0053"}


def test_policy_is_told_with_all_that_is_wrong_before_anything_is_written(user: User) -> None:
    user.write("rules.yml", RULES)
    user.write(
        "d.csv",
        "name,type,serial_number,location_name,latitude\n"
        "Router 1,5,S1,Leeds,\nleeds-gw-0001,5,S2,,\n,5,S3,Leeds,north\n,5,,Leeds,\n",
    )
    onboard(user, succeeds=False, **NAMED)
    errors = {place: " ".join(found) for place, found in report_of(user)["errors"].items()}
    assert errors == {
        "d.csv:2.name": (
            "breaks the policy: Router 1 does not match ^[a-z-]+-gw-(?P<sequence>[0-9]{4})$."
            " Why: {{ Found by site. }}"
        ),
        "d.csv:3.location_name": "leeds-gw-0001: breaks the policy: has to be given.",
        "d.csv:4.latitude": (
            "leeds-gw-0002: 'north' is not a number of degrees from -90 to 90. Correct it; an"
            " empty string clears the coordinate."
        ),
        "d.csv:5.name": (
            "cannot be made: by its serial_number a numbered device is known again in the next run,"
            " and it is not given. Give it, or the name."
        ),
    }
    assert not user.platform.writes()
    user.write("rules.yml", "nmae: x\n")
    ran = onboard(user, succeeds=False, **NAMED)
    assert "rules.yml line 1, nmae: is no rule. Did you mean name?" in ran.text
    assert not user.platform.writes()


def test_wrong_file_as_a_whole(user: User) -> None:
    user.write("d.csv", "name,typ,type\none,5,5\n")
    ran = onboard(user, succeeds=False, file="d.csv", report_dir="reports")
    told = "d.csv line 1, column 2: "
    assert told in ran.text
    assert told in report_of(user)["msg"]
    assert user.platform.methods() == []


def test_wrong_in_one_read_whatever_the_number_of_devices(platform: Platform) -> None:
    platform.seed(*[{"name": f"d{number}", "serial_number": f"S{number}"} for number in range(300)])
    rows = [
        {"name": f"d{number}", "serial_number": f"S{number}", "organization": 1}
        for number in range(300)
    ]
    planned = platform.ok(
        "zq_onboarding_plan", rows=[*rows, {"name": "new", "type": "access-point"}]
    )
    assert Counter(one["status"] for one in planned["devices"]) == {"registered": 300, "new": 1}
    paths = Counter(request["path"] for request in platform.simulator.log())
    assert paths == {LIST: 4, "/api/v1/inventory_type/": 1}


def test_wrong_configuration_is_told_before_anything_is_written(user: User) -> None:
    ran = onboard(
        user,
        succeeds=False,
        devices=named("d", 1),
        configuration={"latitude": "north", "name": "x", "type": "none"},
        wait=True,
    )
    for told in ("configuration.latitude", "configuration.name", "configuration.type"):
        assert told in ran.text
    assert set(user.platform.methods()) == {"GET"}


# ----------------------------------------------------------------------------------------------------------- check mode


def test_check_mode(user: User) -> None:
    user.platform.seed(
        {"name": "same", "serial_number": "S1"}, {"name": "other", "description": "old"}
    )
    user.write(
        "tasks.yml",
        '- ansible.builtin.file: {path: \'{{ lookup("env", "HOME") }}/touched\', state: touch}',
    )
    devices = [
        {"name": "same", "serial_number": "S1"},
        {"name": "other", "description": "new"},
        *named("new", 3),
    ]
    given: dict[str, Any] = {
        "devices": devices,
        "wait": True,
        "configuration": {"description": "set"},
        "report_dir": "reports",
        **VAULT,
    }
    ran = onboard(user, "--check", "--diff", **given, password_tasks="tasks.yml")
    assert set(user.platform.methods()) == {"GET"}
    assert not (user.folder / "credentials.yml").exists()
    assert not (user.folder / "home" / "touched").exists()
    assert "3 passwords would be made" in ran.text
    report = report_of(user)
    assert report["check_mode"] is True
    expected = {
        "same": "waiting",
        "other": "waiting",
        **{f"new{number:04}": "registered" for number in range(3)},
    }
    assert statuses(report) == expected


# ------------------------------------------------------------------------------------------------------------ passwords


def test_passwords_in_the_vault_file(user: User) -> None:
    own = {"name": "own", "type": 5, "username": "u", "password": PASSWORD}
    user.write(
        "d.json", json.dumps([*named("d", 3), own, {"name": "user", "type": 5, "username": "u"}])
    )
    ran = onboard(user, file="d.json", **VAULT)
    assert "3 devices without a `username`: d0000, d0001, d0002." in " ".join(ran.text.split())
    file = user.folder / "credentials.yml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().startswith(b"$ANSIBLE_VAULT;1.1;AES256")
    found = passwords_of(user)
    assert sorted(found) == ["d0000", "d0001", "d0002", "user"]
    assert len(set(found.values())) == 4
    assert all(len(password) == 24 and password.isalnum() for password in found.values())
    assert all(
        user.platform.simulator.password_is(name, password) for name, password in found.items()
    )
    assert user.platform.simulator.password_is("own", PASSWORD)
    # What has no user name is stored without one.
    entries = vault_of(user)["onboarding_credentials"]
    assert [one.get("username") for one in entries] == [None, None, None, "u"]
    assert user.platform.device("user")["username"] == "u"
    before = file.read_bytes()
    user.platform.simulator.clear_log()
    again = onboard(user, file="d.json", **VAULT)
    assert again.changed == 0
    assert set(user.platform.methods()) == {"GET"}
    assert file.read_bytes() == before


def test_passwords_of_a_run_that_was_killed_before_the_devices_are_kept(user: User) -> None:
    entry = {"name": "d0001", "username": "", "password": "Hn3cB8-before"}
    other = {"name": "elsewhere", "username": "x", "password": "kept", "note": "by hand"}
    plain = yaml.safe_dump({"more": ["things"], "onboarding_credentials": [other, entry]})
    (user.folder / "credentials.yml").write_bytes(SECRET.encrypt(plain))
    user.write("vault-program", "#!/bin/sh\necho Rw6-of-the-vault\n").chmod(0o755)
    onboard(
        user,
        devices=named("d", 2),
        vault_file="credentials.yml",
        vault_password_file="vault-program",
    )
    held = vault_of(user)
    assert held["more"] == ["things"]
    assert held["onboarding_credentials"][:2] == [other, entry]
    assert passwords_of(user)["d0001"] == "Hn3cB8-before"
    assert all(
        user.platform.simulator.password_is(name, passwords_of(user)[name])
        for name in ("d0000", "d0001")
    )
    # With the secrets that Ansible itself was started with.
    onboard(
        user,
        "--vault-password-file",
        "vault-password",
        devices=named("e", 1),
        vault_file="credentials.yml",
    )
    assert user.platform.simulator.password_is("e0000", passwords_of(user)["e0000"])


def test_vault_that_cannot_be_used_ends_it_before_anything_is_written(user: User) -> None:
    before = SECRET.encrypt("onboarding_credentials: []")
    (user.folder / "credentials.yml").write_bytes(before)
    user.write("wrong-password", "wrong\n")
    given: dict[str, Any] = {
        "vault_file": "credentials.yml",
        "vault_password_file": "wrong-password",
    }
    ran = onboard(user, succeeds=False, devices=named("e", 2), report_dir="reports", **given)
    assert "cannot be decrypted" in ran.text
    assert "cannot be decrypted" in report_of(user)["msg"]
    assert statuses(report_of(user)) == {}
    assert user.platform.methods() == []
    assert (user.folder / "credentials.yml").read_bytes() == before


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_vault_that_cannot_be_written_is_known_before_the_platform_is_read(
    user: User, options: tuple[str, ...]
) -> None:
    user.write("file", "")
    places = {
        "/dev/null": "is a device",
        "file/credentials.yml": "Not a directory",
        "home": "is a folder",
        "/proc/credentials.yml": "No such file or directory",
    }
    for place, why in places.items():
        given = {"vault_file": place, "vault_password_file": "vault-password"}
        ran = onboard(user, *options, succeeds=False, devices=named("e", 2), **given)
        told = " ".join(ran.text.split())
        assert why in told
        assert "No device was created" in told
    assert user.platform.methods() == []
    assert Path("/dev/null").is_char_device()


# --------------------------------------------------------------------------------------------------------------- report


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_report_that_cannot_be_written_is_known_before_anything_is_done(
    user: User, options: tuple[str, ...]
) -> None:
    user.write("file", "")
    user.write("reports/report.html/index.html", "")
    for place, why in (("file", "cannot be made: Not a directory"), ("reports", "is a folder")):
        ran = onboard(
            user, *options, succeeds=False, devices=named("d", 2), report_dir=place, **VAULT
        )
        assert why in " ".join(ran.text.split())
        assert "refused: nothing was written" in ran.text
    # So is a list that is not there: it is no plan for no devices.
    ran = onboard(user, *options, succeeds=False, file="nope.csv", report_dir="told")
    assert "refused: nothing was written" in ran.text
    report = report_of(user, "told")
    assert (report["state"], report["headline"]) == ("refused", "Refused: nothing was written")
    assert report["msg"].startswith("nope.csv: cannot be read: No such file or directory")
    assert user.platform.methods() == []
    assert not (user.folder / "credentials.yml").exists()
    assert [one.name for one in (user.folder / "reports").iterdir()] == ["report.html"]


REPLACE = """
- name: Put a file in the place of the report's folder
  ansible.builtin.shell: rm -rf reports && echo > reports
  args:
    chdir: "{{ lookup('ansible.builtin.env', 'HOME') }}/.."
"""


def test_report_that_cannot_be_written_any_more_hides_nothing(user: User) -> None:
    """It can be written when the run begins. The run says what became of the devices, and fails with the reason."""
    user.write("store.yml", REPLACE)
    simulator = user.platform.simulator
    for refused in (False, True):
        user.write("reports/old", "").unlink()
        if refused:
            body = {"detail": "Not here."}
            simulator.fault("status", status=403, methods=["POST"], times=1, body=body)
        ran = onboard(
            user,
            succeeds=False,
            devices=named("e" if refused else "d", 2),
            password_tasks="store.yml",
            report_dir="reports",
            concurrency=1,
        )
        told = " ".join(ran.text.split())
        assert "The report could not be written: report_dir: 'reports' cannot be made" in told
        assert ("Not here." in told) is refused
        assert ("failed: devices 2, failed 1" in told) is refused
        assert ("applied: devices 2, registered 2" in told) is not refused
        (user.folder / "reports").unlink()
    assert len(user.platform.all()) == 3


STORE = """
- name: Store
  ansible.builtin.copy:
    content: "{{ lookup('ansible.builtin.file', place) | from_json + onboarding_credentials }}"
    dest: "{{ place }}"
    mode: "0600"
  vars:
    place: "{{ lookup('ansible.builtin.env', 'HOME') }}/stored.json"
"""


def test_passwords_handed_to_tasks_of_the_user(user: User) -> None:
    user.write("store.yml", STORE)
    user.write("home/stored.json", "[]")
    onboard(user, devices=named("d", 2), password_tasks="store.yml")
    # Run again with more devices, those that are there already are not handed on again.
    onboard(user, devices=named("d", 3), password_tasks="store.yml", **VAULT)
    stored = json.loads((user.folder / "home" / "stored.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in stored] == ["d0000", "d0001", "d0002"]
    assert all(set(one) == {"name", "username", "password"} for one in stored)
    assert all(user.platform.simulator.password_is(one["name"], one["password"]) for one in stored)
    assert passwords_of(user) == {"d0002": stored[2]["password"]}


def test_passwords_that_the_user_cannot_store_create_no_device(user: User) -> None:
    user.write(
        "store.yml", "- ansible.builtin.assert: {that: onboarding_credentials | length == 1}"
    )
    ran = onboard(
        user,
        succeeds=False,
        devices=named("d", 2),
        password_tasks="store.yml",
        report_dir="reports",
    )
    assert set(user.platform.methods()) == {"GET"}
    assert "No device was created" in report_of(user)["msg"]
    assert "No device was created" in ran.text


def test_passwords_that_nobody_asked_for_are_not_made(user: User) -> None:
    user.write(
        "d.json", json.dumps([*named("d", 2), {"name": "own", "type": 5, "password": PASSWORD}])
    )
    ran = onboard(user, file="d.json")
    assert "2 devices are created without a password" in " ".join(ran.text.split())
    assert [
        user.platform.simulator.device(one)["has_password"] for one in ("d0000", "d0001", "own")
    ] == [False, False, True]


@pytest.mark.thorough
def test_passwords_of_two_side_by_side_in_one_vault_file(user: User) -> None:
    ran: list[Ran] = []

    def run(prefix: str) -> None:
        ran.append(onboard(user, devices=named(prefix, 40), **VAULT))

    threads = [threading.Thread(target=run, args=(prefix,)) for prefix in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 3
    found = passwords_of(user)
    assert len(found) == 120
    assert all(
        user.platform.simulator.password_is(name, password) for name, password in found.items()
    )


def test_passwords_of_a_device_that_somebody_else_creates_meanwhile(user: User) -> None:
    """It has that one's password, and ours is nobody's: that must not look like a success."""
    theirs = {"name": "d0001", "type": 5, "organization_id": 1}
    user.platform.simulator.fault(
        "list_shift", methods=["GET"], path=r"inventory_device_name/\?", create=[theirs], times=1
    )
    ran = onboard(user, succeeds=False, devices=named("d", 3), report_dir="reports", **VAULT)
    assert statuses(report_of(user)) == {
        "d0000": "registered",
        "d0001": "unknown",
        "d0002": "registered",
    }
    assert "was created by somebody else meanwhile" in " ".join(ran.text.split())


# ----------------------------------------------------------------------------------------------------------------- wait


def test_wait_configures_each_as_it_comes(user: User) -> None:
    """One that never comes keeps nobody waiting, and is no failure; one that fails is told, and the others go on."""
    simulator = user.platform.simulator
    never = {"late": {"first_connect_after": 100000}}
    simulator.settings(behaviours={**QUICK, "devices": never})
    simulator.clock(speed=40)
    simulator.fault(
        "status",
        status=400,
        methods=["PATCH"],
        path="d0002/",
        body={"location_name": ["No such place."]},
    )
    simulator.fault(
        "status", status=403, methods=["POST"], after=3, times=1, body={"detail": "Not here."}
    )
    devices = [
        *named("d", 6, description="before"),
        {"name": "late", "type": 7, "organization_id": 2},
    ]
    given: dict[str, Any] = {
        "devices": devices,
        "wait": True,
        "wait_timeout": 160,
        "wait_interval": 10,
        "speed": 40,
        "configuration": {"location_name": "Here", "update_frequency": 900, "description": "after"},
        "report_dir": "reports",
        "concurrency": 1,
        **VAULT,
    }
    ran = onboard(user, succeeds=False, **given)
    report = report_of(user)
    expected = dict.fromkeys(("d0000", "d0001", "d0004", "d0005"), "configured")
    expected.update({"d0002": "failed", "d0003": "failed", "late": "waiting"})
    assert statuses(report) == expected
    assert "No such place." in ran.text
    assert "Not here." in ran.text
    syncs = [
        operation["name"] for operation in simulator.operations() if operation["trigger"] == "sync"
    ]
    assert sorted(syncs) == sorted(
        name for name, status in expected.items() if status == "configured"
    )
    patches = [request for request in user.platform.writes() if request["method"] == "PATCH"]
    assert {tuple(sorted(one["body"])) for one in patches} == {
        ("description", "location_name", "sync", "update_frequency")
    }

    # Again: the one that was refused, the one that failed, and the one that was waited for.
    simulator.clear_faults()
    simulator.device("late", status="Up", last_connection="2026-01-01T00:00:00Z")
    simulator.clear_log()
    onboard(user, **given)
    again = statuses(report_of(user))
    assert again.pop("late") == "configured"
    assert again.pop("d0002") == "configured"
    assert again.pop("d0003") == "configured"
    assert set(again.values()) == {"already_right"}
    assert {request["path"].removeprefix(LIST) for request in user.platform.writes()} == {
        "",
        "late/",
        "d0002/",
        "d0003/",
    }

    simulator.clear_log()
    assert onboard(user, **given).changed == 0
    assert set(statuses(report_of(user)).values()) == {"already_right"}
    assert user.platform.writes() == []


def test_wait_reads_do_not_grow_with_the_devices(platform: Platform) -> None:
    platform.seed(*named("d", 250), *named("other", 300, organization_id=2))
    names = [one["name"] for one in named("d", 250)]
    followed = platform.ok(
        "zq_onboarding_follow",
        name=names,
        wait_timeout=1,
        wait_interval=0.3,
        configuration={"debug": True},
    )
    assert followed["summary"]["waiting"] == 250
    assert not followed.changed
    log = platform.simulator.log()
    assert {request["path"] for request in log} == {LIST}
    # Six pages of the whole list once, and then three of their own organization and type.
    looks = [request for request in log if "offset=0" in request["query"]]
    assert len(log) == 6 + 3 * (len(looks) - 1)
    assert 2 <= len(looks) <= 6
    assert {"organization=1" in request["query"] for request in log[6:]} == {True}


def test_wait_does_not_hold_the_quick_for_the_slow(platform: Platform) -> None:
    """Writing to one device takes three seconds: the others are configured meanwhile, and those that come meanwhile too."""
    simulator = platform.simulator
    platform.seed(*named("d", 6, status="Up", last_connection="2026-01-01T00:00:00Z"), "later")
    simulator.fault("latency", seconds=3, methods=["PATCH"], path="d0000/")
    begun = time.monotonic()
    came = threading.Timer(
        0.5, lambda: simulator.device("later", status="Up", last_connection="2026-01-01T00:00:00Z")
    )
    came.start()
    followed = platform.ok(
        "zq_onboarding_follow",
        name=[*(f"d{number:04}" for number in range(6)), "later"],
        wait_timeout=30,
        wait_interval=0.3,
        concurrency=2,
        configuration={"description": "new"},
    )
    came.join()
    assert time.monotonic() - begun < 15
    assert set(followed.statuses().values()) == {"configured"}
    order = [request["path"].removeprefix(LIST) for request in simulator.log(method="PATCH")]
    # An entry is written before its answer is sent: after the latency.
    assert order.index("later/") < order.index("d0000/")


def test_wait_looks_up_what_was_lost(platform: Platform) -> None:
    simulator = platform.simulator
    simulator.clock(speed=20)
    platform.seed(*named("d", 8, status="Up", last_connection="2026-01-01T00:00:00Z"))
    simulator.fault("reset_after", methods=["PATCH"], every=2)
    simulator.fault("status", status=503, methods=["GET"], every=3)
    names = [one["name"] for one in named("d", 8)]
    given: dict[str, Any] = {
        "name": [*names, "none"],
        "configuration": {"description": "new"},
        "wait_timeout": 400,
        "wait_interval": 4,
        "speed": 20,
    }
    followed = platform.fails("zq_onboarding_follow", **given)
    assert followed.statuses() == {**dict.fromkeys(names, "configured"), "none": "failed"}
    assert followed["summary"] == {
        "connected": 0,
        "configured": 8,
        "waiting": 0,
        "failed": 1,
        "unknown": 0,
    }
    syncs = Counter(operation["name"] for operation in simulator.operations())
    assert syncs == dict.fromkeys(names, 1)


# --------------------------------------------------------------------------------------------------------------- killed


@pytest.mark.thorough
def test_killed_in_the_middle_and_run_again(user: User) -> None:
    """1,000 devices from a CSV. What must show, 1."""
    simulator = user.platform.simulator
    lines = [
        f"cpe-{number:04},home-gateway,{number % 5 + 1},SN{number:06}" for number in range(1000)
    ]
    user.write("fleet.csv", "\n".join(["name,type,organization_id,serial_number", *lines]))
    given: dict[str, Any] = {"file": "fleet.csv", "report_dir": "reports", **VAULT}
    moment = random.Random().randrange(50, 900)
    run = subprocess.Popen(
        command(given),
        cwd=user.folder,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while run.poll() is None and simulator.control("GET", "")["devices"] < moment:
        time.sleep(0.01)
    assert run.poll() is None, "it was over before it could be killed"
    os.killpg(run.pid, signal.SIGKILL)
    run.wait(30)
    created = len(simulator.events())
    assert moment <= created < 1000
    first = passwords_of(user)
    assert len(first) == 1000

    onboard(user, **given)
    events = Counter((event["event"], event["name"]) for event in simulator.events())
    assert set(events.values()) == {1}
    assert len(events) == 1000
    assert passwords_of(user) == first
    assert [
        name for name, password in first.items() if not simulator.password_is(name, password)
    ] == []
    counted = Counter(statuses(report_of(user)).values())
    assert counted["registered"] + counted["already_right"] == 1000
    assert counted["registered"] <= 1000 - created

    simulator.clear_log()
    before = (user.folder / "credentials.yml").read_bytes()
    assert onboard(user, **given).changed == 0
    assert user.platform.writes() == []
    assert len(simulator.log()) <= 2 * 10 + 4
    assert (user.folder / "credentials.yml").read_bytes() == before
    assert report_of(user)["summary"]["already_right"] == 1000


# ------------------------------------------------------------------------------------------------------ short passwords

BOTH_WAYS = pytest.mark.parametrize(
    "options", [(), ("-e", "zq_in_process=false")], ids=["in process", "as modules"]
)
# By device. Each is part of a name, a place, a state, a count or a key that steps hand each other.
SHORT = {
    "cpe-1234": "1234",
    "new": "new",
    "done": "done",
    "registered": "registered",
    "unchanged": "create",
    "e": "e",
    "one": "1",
    "two": "2",
    "place": "csv",
    "whole-name": "whole-name",
    "name": "name",
    "True": "True",
    "yes": "true",
    "organization": "organization_1",
}


# In a process of its own a module's result is masked by Ansible, by value: names among it, and numbers.
AS_MODULES = {name: SHORT[name] for name in ("cpe-1234", "two", "place", "whole-name", "name")}


@pytest.mark.parametrize(
    ("short", "options"),
    [
        pytest.param(SHORT, (), id="in process"),
        pytest.param(
            AS_MODULES,
            ("-e", "zq_in_process=false"),
            id="as modules",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_short_passwords_are_passwords_alone(
    user: User, short: dict[str, str], options: tuple[str, ...]
) -> None:
    simulator = user.platform.simulator
    simulator.settings(behaviours=QUICK)
    simulator.clock(speed=60)
    lines = [f"{name},5,1,{password}" for name, password in short.items()]
    user.write("d.csv", "\n".join(["name,type,organization_id,password", *lines, "plain,5,1,"]))
    given: dict[str, Any] = {
        "file": "d.csv",
        "wait": True,
        "wait_timeout": 900,
        "wait_interval": 10,
        "speed": 60,
        "configuration": {"description": "set"},
        "report_dir": "reports",
        **VAULT,
    }
    # What is printed may hold none of these: ansible-core 2.22 masks them in it, and not in results.
    names = [*short, "plain"]
    onboard(user, *options, "--check", **given)
    assert statuses(report_of(user)) == dict.fromkeys(names, "registered")
    assert user.platform.writes() == []
    onboard(user, *options, **given)
    assert statuses(report_of(user)) == dict.fromkeys(names, "configured")
    if not options:
        places = {one["name"]: one["place"] for one in report_of(user)["devices"]}
        assert places == {name: f"d.csv:{line}" for line, name in enumerate(names, 2)}
    assert {one["name"]: one["description"] for one in user.platform.all()} == dict.fromkeys(
        names, "set"
    )
    passwords = {**short, **passwords_of(user)}
    assert list(passwords_of(user)) == ["plain"]
    for name, password in passwords.items():
        assert simulator.password_is(name, password), name

    simulator.clear_log()
    onboard(user, *options, **given)
    assert user.platform.writes() == []
    assert statuses(report_of(user)) == dict.fromkeys(names, "already_right")


@pytest.mark.parametrize("password", ["new", "e", "registered"])
def test_short_passwords_that_another_process_cannot_tell_from_states_are_refused(
    user: User, password: str
) -> None:
    """And not guessed: a device that is new would get no password, and none would know."""
    # One that is there, so that both states are in the plan.
    user.platform.seed("old")
    devices = [{"name": "old"}, *named("d", 1, password=password)]
    options = ("-e", "zq_in_process=false")
    ran = onboard(user, *options, succeeds=False, devices=devices, report_dir="reports", **VAULT)
    assert "Ansible has masked it" in " ".join(ran.text.split())
    assert user.platform.writes() == []
    assert set(report_of(user)["summary"].values()) <= {0, 2}


@pytest.mark.thorough
@BOTH_WAYS
def test_short_passwords_of_devices_of_which_some_fail(
    user: User, options: tuple[str, ...]
) -> None:
    """Which of them are followed is told by what became of each, and not by what is left of its name."""
    simulator = user.platform.simulator
    simulator.settings(behaviours=QUICK)
    simulator.clock(speed=60)
    body = {"detail": "Not 1234."}
    simulator.fault("status", status=403, methods=["POST"], after=1, times=1, body=body)
    rows = [
        {"name": f"cpe-{number}", "type": 5, "organization_id": 1, "password": str(number)}
        for number in range(1233, 1236)
    ]
    user.write("d.json", json.dumps(rows))
    given = {"wait_timeout": 900, "wait_interval": 10, "speed": 60, "concurrency": 1}
    ran = onboard(
        user, *options, succeeds=False, file="d.json", wait=True, report_dir="reports", **given
    )
    assert statuses(report_of(user)) == {
        "cpe-1233": "connected",
        "cpe-1234": "failed",
        "cpe-1235": "connected",
    }
    assert re.search(r"Not (\*{8}|\$REDACTED\$)", ran.text)
    assert "Not 1234" not in ran.text


@pytest.mark.thorough
@BOTH_WAYS
def test_short_passwords_in_a_long_file(user: User, options: tuple[str, ...]) -> None:
    """Line 1,234 has a place that holds the password of line 2, and so has every place the others'."""
    lines = [f"cpe-{number:04},5,1,pw-{number}" for number in range(2000)]
    short = ("1234", "2", "csv", "1", "cpe-0999", "true", "")
    for index, password in enumerate(short):
        lines[index] = f"cpe-{index:04},5,1,{password}"
    user.write("fleet.csv", "\n".join(["name,type,organization_id,password", *lines]))
    onboard(user, *options, file="fleet.csv", report_dir="reports", **VAULT)
    assert statuses(report_of(user)) == {f"cpe-{number:04}": "registered" for number in range(2000)}
    assert len(user.platform.all()) == 2000
    (made,) = passwords_of(user).items()
    assert made[0] == "cpe-0006"
    passwords = {f"cpe-{index:04}": one for index, one in enumerate(short[:-1])}
    for name, password in {**passwords, "cpe-1999": "pw-1999", **dict([made])}.items():
        assert user.platform.simulator.password_is(name, password)


@pytest.mark.thorough
@BOTH_WAYS
def test_short_passwords_in_a_file_of_two_lines(user: User, options: tuple[str, ...]) -> None:
    user.write("d.csv", "name,type,organization_id,password\nrouter-a,5,1,2\nrouter-b,5,1,\n")
    for status in ("registered", "already_right"):
        ran = onboard(user, "-vvv", "--diff", *options, file="d.csv", report_dir="reports", **VAULT)
        assert statuses(report_of(user)) == {"router-a": status, "router-b": status}
        assert not re.search(r"""password['"]?\s*[:=]\s*['"]?2\b""", ran.text)
    passwords = {"router-a": "2", **passwords_of(user)}
    assert list(passwords) == ["router-a", "router-b"]
    for name, password in passwords.items():
        assert user.platform.simulator.password_is(name, password)


# -------------------------------------------------------------------------------------------------------------- secrets


def test_secrets_are_nowhere(user: User) -> None:
    simulator = user.platform.simulator
    simulator.settings(behaviours=QUICK)
    simulator.clock(speed=60)
    simulator.fault(
        "status",
        status=400,
        methods=["POST"],
        times=1,
        body={"password": [f"too simple: {PASSWORD}"]},
    )
    devices = [{"name": "own", "type": 5, "password": PASSWORD}, {"name": "made", "type": 5}]
    user.write("devices.json", json.dumps(devices))
    user.env["ANSIBLE_LOG_PATH"] = str(user.folder / "ansible.log")
    given: dict[str, Any] = {
        "file": "devices.json",
        "wait": True,
        "wait_timeout": 600,
        "speed": 60,
        "report_dir": "reports",
        "defaults": {"username": "u"},
        "concurrency": 1,
        **VAULT,
    }
    texts = [
        onboard(user, "-vvvvv", "--diff", *options, succeeds=code, **given).text
        for options, code in ((("--check",), True), ((), False))
    ]
    (made,) = passwords_of(user).values()
    assert simulator.password_is("made", made)
    assert statuses(report_of(user)) == {"own": "failed", "made": "connected"}
    for text in texts:
        assert leaks(text, made, "Rw6-of-the-vault") == []
    assert (
        leaking_files(
            user.folder / "reports",
            user.folder / "ansible.log",
            user.folder / "home",
            more=(made, "Rw6-of-the-vault"),
        )
        == []
    )


def test_secrets_of_the_modules_run_as_modules(platform: Platform) -> None:
    rows = [
        {"name": "one", "type": 5, "password": PASSWORD},
        {"place": "d.csv:2", "fields": {"name": "two", "type": 5, "password": PASSWORD}},
    ]
    good = platform.ok("zq_onboarding_plan", rows=rows, defaults={"password": PASSWORD})
    bad = platform.fails(
        "zq_onboarding_plan",
        rows=[*rows, {"name": "three", "typ": 5}],
        configuration={"password": PASSWORD},
    )
    follow = platform.fails(
        "zq_onboarding_follow", name="one", configuration={"password": PASSWORD}
    )
    for called in (good, bad, follow):
        assert leaks(json.dumps(called.result, ensure_ascii=False)) == []
        assert leaks(called.log) == []
    assert [one["has_password"] for one in good["devices"]] == [True, True]


# ------------------------------------------------------------------------------------------------------------- examples


def test_examples_run(user: User) -> None:
    """The examples of all that the role is made of, as they stand, one after the other."""
    simulator = user.platform.simulator
    user.platform.seed("ap-1")
    simulator.settings(behaviours=QUICK)
    simulator.clock(speed=60)
    user.write(
        "devices.csv", "name,type,username\nrouter-branch-005,5,branch\nrouter-branch-006,5,other\n"
    )
    user.write("assets.csv", "Asset list\nTag,Model\nA1,5\n")
    user.write("assets-mapping.yml", "fields: {name: 'a-{Tag}', type: '{Model}'}\n")
    user.write("policy.yml", "name: '^router-branch-(?P<sequence>[0-9]{3})$'\n")
    kinds = {
        "lookup": ["zq_device_file"],
        "module": ["zq_onboarding_plan", "zq_credentials"],
    }
    parts = [(kind, name) for kind, names in kinds.items() for name in names] + [
        ("module", "zq_report"),
        ("module", "zq_onboarding_follow"),
    ]
    examples = []
    for kind, name in parts:
        plugin = importlib.import_module(
            f"ansible_collections.zequenze.control.plugins.{kind}{'s' if kind == 'module' else ''}.{name}"
        )
        found = yaml.safe_load(plugin.EXAMPLES)
        # Of the reports, that of an onboarding.
        examples += found[-2:] if name == "zq_report" else found
    defaults = {"zequenze.control.zq_onboarding_follow": {"wait_interval": 0.2}}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": defaults,
        "tasks": examples,
    }
    user.write("play.yml", json.dumps([play]))
    ran = user.program(str(BIN / "ansible-playbook"), "play.yml")
    assert ran.code == 0, ran.text
    assert "WARNING" not in ran.text
    assert "applied: devices 2, registered 2" in ran.text
    assert {
        one["update_frequency"]
        for one in map(user.platform.device, ("router-branch-005", "router-branch-006"))
    } == {600}
    held = vault_of(user)["onboarding_credentials"]
    assert [one["username"] for one in held] == ["branch", "other"]
    assert all(simulator.password_is(one["name"], one["password"]) for one in held)
