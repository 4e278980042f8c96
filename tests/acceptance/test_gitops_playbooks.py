# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks reconcile, drift, export and maintenance, by FQCN.

| line of the interface | tests |
|---|---|
| `reconcile_path`, a directory of YAML files, each a list or a mapping with `defaults` and `devices` | test_reconcile, test_path_* |
| `reconcile_scope`, `reconcile_state` | test_reconcile_overridden |
| `reconcile_expected_plan_digest`, `reconcile_plan_file` | test_reconcile_applies_the_very_plan |
| `reconcile_max_changes`, `reconcile_max_deletes` | test_reconcile_guards |
| `drift_path`, `drift_scope`, `drift_fail`, `drift_report_dir` | test_drift* |
| `export_path`, `export_scope` | test_export* |
| `maintenance_action`, `maintenance_filter`, `maintenance_window`, `maintenance_max_failures` | test_maintenance* |
"""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import Ran, User
from tests.acceptance.support import BIN, PASSWORD, Platform, leaking_files, leaks, sampled

DIGEST = re.compile(r"plan_digest: ([0-9a-f]{64})")


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def devices_of(user: User) -> dict[str, dict[str, Any]]:
    return {device["name"]: device for device in user.platform.all()}


# ------------------------------------------------------------------------------------------------------------------------- reconcile


def test_reconcile(user: User) -> None:
    user.platform.seed({"name": "one", "description": "old"}, "other")
    user.write("devices/defaults.yml", "type_defaults: {home-gateway: {location_name: Here}}")
    user.write("devices/list.yml", "- {name: one, description: new}")
    user.write(
        "devices/sub/more.yaml",
        "defaults: {type: home-gateway, organization_id: 1}\ndevices: [{name: two}]",
    )
    check = user.play(
        "reconcile",
        "--check",
        "--diff",
        path="devices",
        plan_file="plan.json",
        report_dir="reports",
    )
    assert not user.platform.writes()
    assert "+" in check.text and "new" in check.text  # noqa: PT018 - one thing, shown
    assert "planned: to create 1, to update 1, to delete 0, unchanged 0" in check.text
    assert stat.S_IMODE((user.folder / "plan.json").stat().st_mode) == 0o600
    digest = DIGEST.findall(check.text)[0]
    assert (
        json.loads((user.folder / "plan.json").read_text(encoding="utf-8"))["plan_digest"] == digest
    )
    assert (
        (user.folder / "reports" / "reconcile.md")
        .read_text(encoding="utf-8")
        .startswith("## Plan: 2 devices change")
    )

    ran = user.play("reconcile", path=str(user.folder / "devices"), journal_file="journal.jsonl")
    assert "applied: created 1, updated 1" in ran.text
    assert ran.changed == 1
    found = devices_of(user)
    assert (found["one"]["description"], found["two"]["type"], found["two"]["location_name"]) == (
        "new",
        6,
        "Here",
    )
    assert "other" in found
    assert len((user.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()) == 4

    assert user.play("reconcile", path="devices").changed == 0


def test_reconcile_applies_the_very_plan(user: User) -> None:
    user.platform.seed("one", "two")
    user.devices({"name": "one", "description": "new"}, {"name": "two", "description": "new"})
    digest = DIGEST.findall(
        user.play("reconcile", "--check", path="devices", plan_file="plan.json").text
    )[0]
    user.platform.simulator.device("two", description="by hand")
    user.platform.simulator.clear_log()
    refused = user.play(
        "reconcile",
        path="devices",
        expected_plan_digest=digest,
        plan_file="plan.json",
        report_dir="reports",
        succeeds=False,
    )
    assert not user.platform.writes()
    assert "two" in refused.text
    assert "**Refused:**" in (user.folder / "reports" / "reconcile.md").read_text(encoding="utf-8")
    user.platform.simulator.device("two", description="")
    assert user.play("reconcile", path="devices", expected_plan_digest=digest).changed == 1
    assert devices_of(user)["two"]["description"] == "new"


@pytest.mark.parametrize("digest", ["", None, "  "])
def test_an_empty_digest_is_no_plan(user: User, digest: str | None) -> None:
    user.platform.seed("one")
    user.devices({"name": "one", "description": "new"})
    given: dict[str, Any] = {"path": "devices", "expected_plan_digest": digest}
    refused = user.play("reconcile", **given, require_plan="yes", succeeds=False)
    assert "there is no plan that was approved" in refused.text
    assert "refused: nothing was written" in refused.text
    assert not user.platform.writes()
    assert (
        "No plan was given: what is planned now is applied." in user.play("reconcile", **given).text
    )
    assert len(user.platform.writes()) == 1


def test_reconcile_overridden(user: User) -> None:
    user.platform.seed("one", "two", {"name": "foreign", "organization_id": 2})
    user.devices({"name": "one"})
    scope = {"organization": 1}
    assert (
        "scope" in user.play("reconcile", path="devices", state="overridden", succeeds=False).text
    )
    user.play("reconcile", path="devices", state="overridden", scope=scope, max_deletes=1)
    assert sorted(devices_of(user)) == ["foreign", "one"]


def test_mistakes_name_the_file_and_the_line_and_are_few_lines(user: User) -> None:
    user.devices(*({"name": f"gw-{number}", "organization_id": 2} for number in range(50)))
    scope = {"organization": 1}
    refused = user.play("reconcile", path="devices", scope=scope, succeeds=False)
    assert (
        "50 times: its organization_id 2 is outside the scope, which is 1. At devices/"
        in refused.text
    )
    assert " line 1, entry 1 (gw-0); " in refused.text
    assert "; and 40 more" in refused.text
    assert not user.platform.simulator.log()

    (user.folder / "devices").rename(user.folder / "elsewhere")
    for playbook in ("reconcile", "drift"):
        gone = user.play(playbook, path="devices", succeeds=False)
        assert "caused by" not in gone.text
        assert "lookup" not in gone.text
        assert not user.platform.simulator.log()

    variables = {"zq_in_process": "false", "reconcile_path": "elsewhere"}
    module = user.play("reconcile", "-e", json.dumps(variables), path="elsewhere", succeeds=False)
    assert "is read in the controller's process alone" in module.text
    assert not user.platform.simulator.log()


def test_reconcile_guards(user: User) -> None:
    user.platform.seed("one", "two")
    user.devices({"name": "one", "description": "x"}, {"name": "two", "description": "x"})
    for options in ((), ("--check",)):
        refused = user.play("reconcile", *options, path="devices", max_changes=1, succeeds=False)
        assert "max_changes" in refused.text
        # What would be done is told all the same.
        assert DIGEST.search(refused.text)
    refused = user.play(
        "reconcile", path="devices", state="deleted", max_deletes="50%", succeeds=False
    )
    assert "max_deletes" in refused.text
    assert not user.platform.writes()


def test_reconcile_fails_where_a_device_does_and_reports(user: User) -> None:
    user.platform.seed("one", "two")
    user.devices({"name": "one", "description": "x"}, {"name": "two", "description": "x"})
    user.platform.simulator.fault(
        "status", status=400, body={"description": ["no"]}, methods=["PATCH"], path="one"
    )
    ran = user.play("reconcile", path="devices", report_dir="reports", succeeds=False)
    assert "failed: created 0, updated 1, deleted 0, unchanged 0, failed 1, unknown 0" in ran.text
    assert "failed <code>" in (user.folder / "reports" / "reconcile.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("playbook", ["reconcile", "drift"])
def test_one_clear_error_for_a_wrong_file(user: User, playbook: str) -> None:
    user.write("devices/acme.yml", "devices:\n  - name: one\n    colour: red\n")
    ran = user.play(playbook, path="devices", succeeds=False)
    assert "devices/acme.yml line 3, entry 1 (one), colour: is not known." in ran.text
    assert not user.platform.simulator.log()


@pytest.mark.parametrize(
    ("playbook", "variables", "told"),
    [
        ("reconcile", {}, "reconcile_path: is not given"),
        (
            "reconcile",
            {"path": "devices", "state": "gathered"},
            "reconcile_state: 'gathered' is not known",
        ),
        ("reconcile", {"path": "nowhere"}, "nowhere: there is no such folder"),
        ("reconcile", {"path": ""}, "reconcile_path: is not given"),
        ("drift", {}, "drift_path: is not given"),
        ("drift", {"path": "devices", "fail": "perhaps"}, "drift_fail"),
        ("export", {}, "export_path: is not given"),
        ("export", {"path": "out", "scope": {}}, "scope"),
        (
            "maintenance",
            {"filter": {"organization": 1}},
            "maintenance_action: is not given",
        ),
        (
            "maintenance",
            {"action": "reboot"},
            "maintenance_filter: is not given. Give maintenance_filter or maintenance_names",
        ),
        (
            "maintenance",
            {"action": "explode", "filter": {"organization": 1}},
            "maintenance_action: 'explode' is not known",
        ),
        ("maintenance", {"action": "reboot", "filter": {}}, "selects by nothing"),
        (
            "maintenance",
            {"action": "reboot", "filter": {"organization": 1}, "window": {"days": "someday"}},
            "is not a day of the week",
        ),
        (
            "maintenance",
            {"action": "reboot", "filter": {"organization": 1}, "outside": "hope"},
            "maintenance_outside: 'hope' is not known",
        ),
        (
            "maintenance",
            {"action": "reboot", "filter": {"organization": 1}, "max_devices": "few"},
            "is neither a number nor a percentage",
        ),
        (
            "maintenance",
            {"action": "factory_reset", "filter": {"organization": 1}},
            "cannot be undone",
        ),
    ],
)
def test_wrong_variables(user: User, playbook: str, variables: dict[str, Any], told: str) -> None:
    user.platform.seed("one")
    user.devices({"name": "one"})
    ran = user.play(playbook, succeeds=False, **variables)
    assert told in ran.text
    assert not user.platform.writes()


@pytest.mark.thorough
def test_as_modules(user: User) -> None:
    """An export is the same; what reads the declared files is refused, for they are in the controller."""
    user.platform.seed({"name": "one", "description": "old"})
    user.devices({"name": "one", "description": "new"})
    aside = ("-e", "zq_in_process=false")
    assert user.play("export", *aside, path=str(user.folder / "out")).changed == 1
    assert user.play("export", path="out").changed == 0
    for playbook in ("reconcile", "drift"):
        ran = user.play(playbook, *aside, path="devices", succeeds=False)
        told = " ".join(ran.text.replace("''", "'").split())
        assert "is read in the controller's process alone, where the files are" in told
        assert "Take `async` away, a `delegate_to` another host, and `zq_in_process: false`" in told
    assert user.platform.writes() == []


MAINTENANCE: dict[str, Any] = {"action": "sync", "filter": {"organization": 1}, "wait": False}


@pytest.mark.parametrize("options", [(), ("--check",)])
@pytest.mark.parametrize("place", ["file", "folder"])
@pytest.mark.parametrize(
    ("playbook", "variables"),
    sampled(
        [
            ("reconcile", {"path": "devices"}),
            ("drift", {"path": "devices"}),
            ("maintenance", MAINTENANCE),
        ],
        1,
    ),
)
def test_a_report_that_cannot_be_written_is_known_before_the_platform_is_read(
    user: User, playbook: str, variables: dict[str, Any], place: str, options: tuple[str, ...]
) -> None:
    user.platform.seed("one")
    user.devices({"name": "one", "description": "new"})
    user.write("file", "")
    user.write(f"folder/{playbook}.json/file", "")
    ran = user.play(playbook, *options, succeeds=False, report_dir=place, **variables)
    assert re.search(r"report_dir: '\S+' (cannot be made|is a folder)", " ".join(ran.text.split()))
    assert not user.platform.simulator.log()
    assert sorted(one.name for one in (user.folder / "folder").iterdir()) == [f"{playbook}.json"]


@pytest.mark.thorough
@pytest.mark.parametrize("options", [("--check",), ("-e", "zq_in_process=false")])
@pytest.mark.parametrize(
    ("playbook", "variables"),
    [
        ("reconcile", {"path": "devices", "plan_file": "/dev/null"}),
        ("reconcile", {"path": "devices", "plan_file": "pipe"}),
        ("reconcile", {"path": "devices", "journal_file": "/dev/full"}),
        ("reconcile", {"path": "devices", "journal_file": "file/journal"}),
        ("export", {"path": "file"}),
        ("export", {"path": "/proc/devices"}),
        ("export", {"path": "out", "snapshot": "/dev/null"}),
        ("export", {"path": "out", "snapshot": "file/fleet.json"}),
    ],
)
def test_files_that_cannot_be_written_are_known_before_the_platform_is_read(
    user: User, playbook: str, variables: dict[str, Any], options: tuple[str, ...]
) -> None:
    user.platform.seed("one")
    user.devices({"name": "one", "description": "new"})
    user.write("file", "")
    os.mkfifo(user.folder / "pipe")
    given = {
        option: value if value in ("devices", "/dev/null") else str(user.folder / value)
        for option, value in variables.items()
    }
    ran = user.play(playbook, *options, succeeds=False, **given)
    told = "is a (device|named pipe)|cannot be (made|written)"
    if playbook == "reconcile" and "zq_in_process=false" in options:
        # Its folder is read in the controller.
        told = "is read in the controller's process alone"
    assert re.search(told, " ".join(ran.text.split()))
    assert not user.platform.simulator.log()
    assert Path("/dev/null").is_char_device()
    assert not (user.folder / "out").exists()


def test_plan_and_journal_are_written_through_links_and_in_folders_that_are_made(
    user: User,
) -> None:
    user.platform.seed("one")
    user.devices({"name": "one", "description": "new"})
    (user.folder / "plan.json").symlink_to("new/plan.json")
    files: dict[str, Any] = {
        "plan_file": "plan.json",
        "journal_file": "deep/er/journal",
        "report_dir": "a/b",
    }
    user.play("reconcile", "--check", path="devices", **files)
    assert not (user.folder / "deep").exists()
    assert user.play("reconcile", path="devices", **files).changed == 1
    assert (user.folder / "plan.json").is_symlink()
    assert json.loads((user.folder / "new" / "plan.json").read_text(encoding="utf-8"))["plan"]
    assert (user.folder / "deep" / "er" / "journal").exists()
    assert (user.folder / "a" / "b" / "reconcile.md").exists()


SHORT = {"cpe-1234": "1234", "two": "2", "a": "a", "created": "created", "e": "e", "yes": "true"}


def with_short_passwords(user: User) -> None:
    user.devices(
        *(
            {"name": name, "type": 5, "organization_id": 1, "password": password}
            for name, password in SHORT.items()
        )
    )


def planned_digest(user: User, *options: str) -> str:
    user.play("reconcile", *options, "--check", path="devices", report_dir="reports")
    report = (user.folder / "reports" / "reconcile.json").read_text(encoding="utf-8")
    return str(json.loads(report)["plan_digest"])


def test_short_passwords_leave_names_counts_and_digests(user: User) -> None:
    with_short_passwords(user)
    digest = planned_digest(user)
    user.play("reconcile", path="devices", expected_plan_digest=digest, report_dir="reports")
    report = user.folder / "reports" / "reconcile.json"
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["summary"]["created"] == len(SHORT)
    assert [one["name"] for one in told["results"]] == list(SHORT)
    for name, password in SHORT.items():
        assert user.platform.simulator.password_is(name, password)


def test_a_plan_of_a_token_that_reads_is_applied_with_another(user: User) -> None:
    """With the key in the environment of both, as a pipeline and an AWX have it."""
    user.platform.simulator.add_token("tok-that-reads", read_only=True)
    user.devices(
        {"name": "new", "type": 5, "organization_id": 1, "username": "u", "password": "pw-Zk81"}
    )
    user.env.update(ZQ_DIGEST_KEY="dk-7Xw2vQ9r-4b", ZQ_RATE_LIMIT="500")
    writes = user.env.get("ZQ_TOKEN", user.platform.token)
    user.env["ZQ_TOKEN"] = "tok-that-reads"
    digest = planned_digest(user, "-vvv")
    user.env["ZQ_TOKEN"] = writes
    ran = user.play("reconcile", path="devices", expected_plan_digest=digest)
    assert ran.changed == 1
    assert user.platform.simulator.password_is("new", "pw-Zk81")
    assert "dk-7Xw2vQ9r-4b" not in ran.text


@pytest.mark.thorough
def test_a_digest_that_ansible_has_masked_is_refused(user: User) -> None:
    """A module in a process of its own is masked by Ansible, by value. Without a digest it does its work."""
    with_short_passwords(user)
    declared = {"config": "{{ lookup('zequenze.control.zq_desired_state', 'devices') }}"}
    plan = {"zequenze.control.zq_fleet": declared, "check_mode": True, "register": "plan"}
    digest = "{{ plan.plan_digest }}"
    reviewed = {"zequenze.control.zq_fleet": {**declared, "expected_plan_digest": digest}}
    assert as_modules(user, plan, reviewed).code != 0
    assert user.platform.writes() == []
    assert as_modules(user, {"zequenze.control.zq_fleet": declared}).code == 0
    for name, password in SHORT.items():
        assert user.platform.simulator.password_is(name, password)


def as_modules(user: User, *tasks: dict[str, Any]) -> Ran:
    """Tasks in processes of their own."""
    book = {"hosts": "localhost", "gather_facts": False, "vars": {"zq_in_process": False}}
    user.write("tasks.yml", json.dumps([{**book, "tasks": list(tasks)}]))
    return user.program(str(BIN / "ansible-playbook"), "tasks.yml")


@pytest.mark.thorough
def test_short_passwords_are_shown_nowhere(user: User) -> None:
    """In free text they are masked by value, in fields of their own by field; in the server's words too."""
    user.platform.seed("old")
    user.devices(
        {"name": "old", "description": "has x7! in it"},
        {"name": "new", "type": 5, "organization_id": 1, "password": "x7!", "username": "u"},
        {"name": "two", "type": 5, "organization_id": 1, "password": "2"},
    )
    body = {"detail": "x7! is too short", "description": ["not x7!"], "password": ["x7! no"]}
    user.platform.simulator.fault("status", status=400, methods=["POST"], body=body)
    user.env["ANSIBLE_LOG_PATH"] = str(user.folder / "ansible.log")
    plan = user.folder / "plan.json"
    files = {"plan_file": str(plan), "journal_file": str(user.folder / "journal")}
    files["report_dir"] = str(user.folder / "reports")
    texts = [
        user.play("reconcile", *mode, "-vvvvv", "--diff", path="devices", succeeds=ok, **files).text
        for mode, ok in ((("--check",), True), ((), False))
    ]
    texts.append(user.play("drift", "-vvvvv", "--diff", path="devices", fail=False).text)
    files_left = [path for path in user.folder.rglob("*") if path.is_file()]
    # A plan, which is read again, holds each declared field as it is, and no secret one.
    given = (user.folder / "devices" / "all.yml", plan)
    assert '"password": ' not in plan.read_text(encoding="utf-8")
    texts += [path.read_text("utf-8", "replace") for path in files_left if path not in given]
    assert len(texts) > 6
    for text in texts:
        assert "x7!" not in text
        assert not re.search(r"""password['"]?\s*[:=]\s*['"]?2\b""", text)


def test_a_report_of_no_kind(user: User) -> None:
    task = {"zequenze.control.zq_report": {"kind": "other", "result": {}}}
    user.write(
        "play.yml", json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])
    )
    ran = user.program(str(BIN / "ansible-playbook"), "play.yml")
    assert ran.code != 0
    assert "value of kind must be one of: reconcile, maintenance, drift" in ran.text


# ----------------------------------------------------------------------------------------------------------------------------- vault


def test_vault_files_and_values_and_no_password_anywhere(user: User) -> None:
    user.write("vault", "a vault password")
    options = ("--vault-password-file", "vault")
    encrypted = user.program(
        str(BIN / "ansible-vault"), "encrypt_string", *options, "--name", "password", PASSWORD
    )
    assert encrypted.code == 0, encrypted.text
    value = (
        encrypted.text[encrypted.text.index("password:") :]
        .split("Encryption successful")[0]
        .replace("\n", "\n    ")
        .rstrip()
    )
    user.write(
        "devices/value.yml",
        f"devices:\n  - name: one\n    type: 5\n    organization_id: 1\n    username: u\n    {value}\n",
    )
    user.write(
        "devices/file.yml",
        json.dumps([{"name": "two", "type": 5, "organization_id": 1, "password": PASSWORD}]),
    )
    assert (
        user.program(str(BIN / "ansible-vault"), "encrypt", *options, "devices/file.yml").code == 0
    )

    locked = user.play("reconcile", path="devices", succeeds=False)
    assert (
        "devices/file.yml: cannot be read: it is encrypted, and no vault password was given"
        in locked.text
    )
    user.write("wrong", "another password")
    assert (
        "not with the vault password"
        in user.play("drift", "--vault-password-file", "wrong", path="devices", succeeds=False).text
    )

    files: dict[str, Any] = {
        "plan_file": "plan.json",
        "journal_file": "journal.jsonl",
        "report_dir": "reports",
    }
    texts = [
        user.play(
            "drift", *options, "-vvvvv", "--diff", path="devices", report_dir="drift", fail=False
        ).text
    ]
    texts.append(
        user.play(
            "reconcile", *options, "-vvvvv", "--diff", "--check", path="devices", **files
        ).text
    )
    texts.append(user.play("reconcile", *options, "-vvvvv", "--diff", path="devices", **files).text)
    for name in ("one", "two"):
        assert user.platform.simulator.password_is(name, PASSWORD)
    always = [
        {"name": "one", "password": PASSWORD, "update_password": "always"},
        {"name": "bad", "password": PASSWORD, "colour": "red"},
    ]
    user.write("devices/file.yml", json.dumps(always))
    texts.append(user.play("reconcile", *options, "-vvvvv", path="devices", succeeds=False).text)
    assert not [text for text in texts if leaks(text)]
    assert not [
        file for file in leaking_files(user.folder) if not file.endswith("devices/file.yml")
    ]


# ----------------------------------------------------------------------------------------------------------------------------- drift


def test_drift(user: User) -> None:
    user.platform.seed({"name": "one", "description": "old <b>"}, "two", "extra")
    user.devices(
        {"name": "one", "description": "new"},
        {"name": "two"},
        {"name": "three", "type": 5, "organization_id": 1},
    )
    scope = {"organization": 1}
    for options in ((), ("--check",)):
        ran = user.play(
            "drift", *options, path="devices", scope=scope, report_dir="reports", succeeds=False
        )
        assert "Drift: of 3 declared devices, 1 differ, 1 missing, 1 not declared" in ran.text
    assert sorted(file.name for file in (user.folder / "reports").iterdir()) == [
        "drift.html",
        "drift.json",
        "drift.junit.xml",
        "drift.txt",
    ]
    told = json.loads((user.folder / "reports" / "drift.json").read_text(encoding="utf-8"))
    assert {device["name"]: device["status"] for device in told["devices"]} == {
        "one": "differing",
        "three": "missing",
        "extra": "undeclared",
    }
    assert {request["method"] for request in user.platform.simulator.log()} == {"GET"}


def test_drift_that_does_not_fail(user: User) -> None:
    user.platform.seed("one")
    user.devices({"name": "one", "description": "new"})
    assert (
        "description: declared new, actual"
        in user.play("drift", "-e", "drift_fail=false", path="devices").text
    )
    user.devices({"name": "one"})
    assert "clean: declared" in user.play("drift", path="devices").text


def test_drift_of_many_tells_no_name_of_those_that_match(user: User) -> None:
    names = [f"device-{number:03d}" for number in range(30)]
    user.platform.seed(*names)
    user.devices(*({"name": name} for name in names))
    ran = user.play("drift", "-v", path="devices", report_dir="reports")
    # A result that grows with the fleet would be cut by AWX.
    assert not [name for name in names if name in ran.text]
    told = json.loads((user.folder / "reports" / "drift.json").read_text(encoding="utf-8"))
    assert told["summary"]["matching"] == len(names)


def test_drift_from_the_policy_of_the_folder(user: User) -> None:
    user.platform.seed(
        "mad-01",
        {"name": "Router 2", "description": "x", "customer_id": "C1"},
        {"name": "mad-03", "customer_id": "C1", "location_name": "Here"},
        {"name": "foreign", "organization_id": 2},
    )
    # Expressions go through Ansible as they are.
    expression = r"^[a-z]{3}-(?P<sequence>\d{2})$|{{ 1 + 1 }}|{% x"
    policy = {
        "name": {"value": expression, "why": "{{ names }} say where."},
        "required": ["location_name", "username"],
        "unique": ["customer_id"],
    }
    user.write("devices/policy.yml", json.dumps(policy))
    scope = {"organization": 1}
    ran = user.play("drift", path="devices", scope=scope, report_dir="reports", succeeds=False)
    # A long line is wrapped.
    told_text = " ".join(ran.text.split())
    assert "0 missing, 3 not declared, 3 break the policy" in told_text
    told = json.loads((user.folder / "reports" / "drift.json").read_text(encoding="utf-8"))
    assert told["summary"]["breaking_policy"] == 3
    assert {one["name"]: one["violations"] for one in told["devices"]} == {
        "Router 2": [
            {
                "field": "name",
                "rule": "name",
                "reason": f"Router 2 does not match {expression}. Why: {{{{ names }}}} say where.",
            },
            {"field": "location_name", "rule": "required", "reason": "has to be given."},
        ],
        "mad-01": [{"field": "location_name", "rule": "required", "reason": "has to be given."}],
        "mad-03": [
            {"field": "customer_id", "rule": "unique", "reason": "C1 is that of Router 2 too."}
        ],
    }
    assert told["not_judged"] == ["required username"]
    for name in ("drift.html", "drift.junit.xml", "drift.txt"):
        assert "C1 is that of Router 2 too." in (user.folder / "reports" / name).read_text("utf-8")
    assert {request["method"] for request in user.platform.simulator.log()} == {"GET"}
    assert all("Router" not in request["path"] for request in user.platform.simulator.log())
    assert user.play("drift", "-e", "drift_fail=false", path="devices", scope=scope).code == 0


def test_reconcile_tells_each_rule_that_is_broken(user: User) -> None:
    user.write(
        "devices/all.yml",
        """\
devices:
- name: mad-01
  location_name: Here
  customer_id: C1
- {name: Router, location_name: Here}
- name: mad-02
- name: mad-03
  location_name: Here
  debug: true
- {name: mad-04, location_name: Here, type: access-point}
- {name: mad-05, location_name: Here, organization: 102}
- {name: mad-06, location_name: Here, customer_id: C1}
- {name: mad-07, location_name: Here, serial_number: XX1}
- {name: mad-01, location_name: Here}
""",
    )
    user.write(
        "devices/policy.yml",
        """\
name: {value: '^[a-z]{3}-(?P<sequence>[0-9]{2})$', why: Names say where.}
required: [{value: location_name, why: The crew has to find it.}]
forbidden: [debug]
allowed_types: [home-gateway]
allowed_organizations: {value: 101, why: Ours.}
unique: [customer_id]
match: {serial_number: '^ACGW'}
""",
    )
    expected = [
        "8 problems",
        "all.yml line 5, entry 2 (Router), name: breaks the policy: Router does not match",
        "all.yml line 6, entry 3 (mad-02), location_name: breaks the policy: has to be given. Why: The",
        "all.yml line 9, entry 4 (mad-03), debug: breaks the policy: must not be given.",
        "all.yml line 10, entry 5 (mad-04), type: breaks the policy: access-point is not among home",
        "all.yml line 11, entry 6 (mad-05), organization_id: breaks the policy: 102 is not among 101.",
        "all.yml line 12, entry 7 (mad-06), customer_id: breaks the policy: C1 is given in",
        "all.yml line 13, entry 8 (mad-07), serial_number: breaks the policy: XX1 does not match",
        "The next free name is mad-08.",
    ]
    for name in ("reconcile", "drift"):
        ran = user.play(name, "--check", path="devices", succeeds=False)
        assert [line for line in expected if line not in ran.text] == [], ran.text
    # As in the pipeline, without a token.
    user.env["ZQ_TOKEN"] = ""
    ran = user.program(
        str(BIN / "ansible"),
        *("localhost", "-m", "ansible.builtin.debug", "-a"),
        "msg={{ lookup('zequenze.control.zq_desired_state', 'devices') | length }}",
    )
    assert ran.code != 0
    assert [line for line in expected if line not in ran.text] == [], ran.text
    assert not user.platform.simulator.log()


# ---------------------------------------------------------------------------------------------------------------------------- export


def test_export_and_back(user: User) -> None:
    user.platform.simulator.seed(count=40, organizations=[1, 2, 3])
    user.platform.seed(
        {"name": "{{ odd }}: #1", "description": "yes", "update_frequency": 17, "latitude": "1.5"}
    )
    checked = user.play("export", "--check", path="devices")
    assert checked.changed == 1
    assert "to create: devices/" in checked.text
    assert "  created: " not in checked.text
    assert not (user.folder / "devices").exists()
    user.play("export", path="devices")
    before = {
        file: (file.read_bytes(), file.stat().st_mtime_ns)
        for file in (user.folder / "devices").iterdir()
    }
    assert sorted(file.name for file in before) == [
        "organization_1.yml",
        "organization_2.yml",
        "organization_3.yml",
    ]
    again = user.play("export", path="devices")
    assert again.changed == 0
    assert {
        file: (file.read_bytes(), file.stat().st_mtime_ns)
        for file in (user.folder / "devices").iterdir()
    } == before
    for state in ("merged", "replaced"):
        ran = user.play("reconcile", path="devices", state=state)
        assert "created 0, updated 0, deleted 0, unchanged 41" in ran.text
        assert ran.changed == 0
    user.play("drift", path="devices")
    assert not user.platform.writes()
    # All of it by pages alone.
    paths = {request["path"].rstrip("/") for request in user.platform.simulator.log()}
    assert {path.rpartition("/")[2] for path in paths} == {"inventory_device_name"}


def test_export_of_a_scope(user: User) -> None:
    user.platform.seed("one", {"name": "two", "organization_id": 2})
    user.play("export", path="devices", scope={"organization": 2})
    assert [file.name for file in (user.folder / "devices").iterdir()] == ["organization_2.yml"]
    assert all(
        "organization=1" not in request["query"] for request in user.platform.simulator.log()
    )


# ----------------------------------------------------------------------------------------------------------------------- maintenance


@pytest.fixture
def fast(user: User) -> User:
    user.platform.simulator.clock(speed=120)
    user.platform.seed(
        *({"name": f"r{number}", "status": "Up", "update_frequency": 60} for number in range(3)),
        {"name": "other", "type": 6, "status": "Up"},
        {"name": "foreign", "organization_id": 2, "status": "Up"},
    )
    return user


ROUTERS = {"organization": 1, "type": "enterprise-router"}


def triggered(user: User) -> list[str]:
    return sorted(operation["name"] for operation in user.platform.simulator.operations())


def test_maintenance(fast: User) -> None:
    check = fast.play(
        "maintenance",
        "--check",
        action="reboot",
        filter=ROUTERS,
        report_dir="reports",
        max_devices=3,
    )
    assert "planned: selected 3" in check.text
    assert not triggered(fast)
    ran = fast.play(
        "maintenance",
        action="reboot",
        filter=ROUTERS,
        report_dir="reports",
        max_devices="75%",
        wait_interval=0.3,
    )
    assert "applied: selected 3, done 3" in ran.text
    assert ran.changed == 1
    assert triggered(fast) == ["r0", "r1", "r2"]
    assert "- done: 3" in (fast.folder / "reports" / "maintenance.md").read_text(encoding="utf-8")


def test_maintenance_counts_before_the_first_operation(fast: User) -> None:
    for allowed, options in ((2, ()), ("50%", ()), (2, ("--check",)), (0, ())):
        ran = fast.play(
            "maintenance",
            *options,
            action="sync",
            filter=ROUTERS,
            max_devices=allowed,
            succeeds=False,
        )
        assert re.sub(r"\s+", " ", ran.text).count("3 devices are selected, and 2") or allowed == 0
    assert not triggered(fast)


def test_maintenance_of_no_device(fast: User) -> None:
    ran = fast.play("maintenance", action="sync", filter={"organization": 77}, report_dir="reports")
    assert "No device is selected: nothing was sent." in ran.text
    assert ran.changed == 0
    assert "0 devices" in (fast.folder / "reports" / "maintenance.md").read_text(encoding="utf-8")


def test_maintenance_of_a_reset_needs_confirmation(fast: User) -> None:
    for options in ((), ("--check",)):
        assert (
            "confirm"
            in fast.play(
                "maintenance", *options, action="factory_reset", filter=ROUTERS, succeeds=False
            ).text
        )
    assert not triggered(fast)
    fast.play("maintenance", action="factory_reset", filter=ROUTERS, confirm=True, wait=False)
    assert triggered(fast) == ["r0", "r1", "r2"]


def test_maintenance_stops_and_reports_where_devices_fail(fast: User) -> None:
    fast.platform.simulator.fault("status", status=403, body={"detail": "no"}, methods=["PATCH"])
    ran = fast.play(
        "maintenance",
        action="sync",
        filter=ROUTERS,
        report_dir="reports",
        max_failures=0,
        succeeds=False,
    )
    assert "not known to be done" in ran.text
    told = json.loads((fast.folder / "reports" / "maintenance.json").read_text(encoding="utf-8"))
    assert told["summary"]["failed"] >= 1
    assert told["msg"]


def test_maintenance_outside_its_window_is_refused(fast: User) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=2)).strftime("%a")
    window = {"days": yesterday, "from": "10:00", "to": "11:00"}
    for options in ((), ("--check",)):
        ran = fast.play(
            "maintenance", *options, action="sync", filter=ROUTERS, window=window, succeeds=False
        )
        assert "begun, as the window is closed, and opens at" in re.sub(r"\s+", " ", ran.text)
        assert "let it wait with maintenance_outside=wait" in re.sub(r"\s+", " ", ran.text)
    waiting = fast.play(
        "maintenance", "--check", action="sync", filter=ROUTERS, window=window, outside="wait"
    )
    assert "it would be waited" in waiting.text
    assert not triggered(fast)


@pytest.mark.thorough
def test_maintenance_waits_for_its_window(fast: User) -> None:
    # The window says whole seconds.
    opens = (datetime.now(UTC) + timedelta(seconds=15)).replace(microsecond=0)
    window = {
        "from": opens.strftime("%H:%M:%S"),
        "to": (opens + timedelta(hours=1)).strftime("%H:%M:%S"),
    }
    ran = fast.play(
        "maintenance", action="sync", filter=ROUTERS, window=window, outside="wait", wait=False
    )
    assert "Waiting for the window, which opens at" in ran.text
    assert datetime.now(UTC) > opens
    assert triggered(fast) == ["r0", "r1", "r2"]


@pytest.mark.parametrize("window", [{"days": "mon-sun"}, "{days: mon-sun}", "days=mon-sun", "", {}])
def test_maintenance_within_its_window(fast: User, window: Any) -> None:
    fast.play("maintenance", action="sync", filter=ROUTERS, window=window, wait=False)
    assert triggered(fast) == ["r0", "r1", "r2"]


@pytest.mark.parametrize(
    "names", [["r2", "r0"], "r2, r0", "r2\nr0\n", '["r2", "r0"]', "- r2\n- r0"]
)
def test_maintenance_by_names(fast: User, names: Any) -> None:
    ran = fast.play("maintenance", action="sync", names=names, wait="no", max_devices="50%")
    assert triggered(fast) == ["r0", "r2"]
    assert "applied: selected 2, done 0, accepted 2" in ran.text


def test_maintenance_of_what_a_limit_leaves(fast: User) -> None:
    fast.write("hosts.yml", json.dumps({"all": {"children": {"site": {"hosts": LIMITED}}}}))
    given: dict[str, Any] = {
        "action": "sync",
        "filter": "organization=1 type=enterprise-router",
        "wait": False,
    }
    fast.play("maintenance", "-i", "hosts.yml", "--limit", "site", **given)
    assert triggered(fast) == ["r1"]


LIMITED = {"gateway": {"zq_name": "r1"}, "elsewhere": {}}
SLICE = {
    "awx_job_launch_type": "workflow",
    "awx_workflow_job_name": "a job",
    "awx_job_template_name": "a job",
}
WHOLE = {
    "maintenance": {"maintenance_action": "sync", "maintenance_filter": "organization=1"},
    "reconcile": {"reconcile_path": "devices"},
    "drift": {"drift_path": "devices"},
    "export": {"export_path": "out"},
    "onboard": {"onboarding_file": "devices/some.yml"},
}


@pytest.mark.parametrize("playbook", list(WHOLE))
def test_a_slice_and_a_limit_are_honoured_or_refused(fast: User, playbook: str) -> None:
    fast.devices({"name": "r1", "description": "new"})
    fast.write("hosts.yml", json.dumps({"all": {"hosts": LIMITED}}))

    def play(*options: str, **more: Any) -> str:
        variables = json.dumps({**WHOLE[playbook], **more})
        program = str(BIN / "ansible-playbook")
        ran = fast.program(program, f"zequenze.control.{playbook}", "-e", variables, *options)
        assert ran.code != 0, ran.text
        return re.sub(r"\s+", " ", ran.text)

    assert "This seems to be a slice of a job" in play(**SLICE)
    if playbook != "maintenance":
        limited = play("-i", "hosts.yml", "--limit", "gateway")
        assert "The limit 'gateway' names hosts (gateway)" in limited
    assert not fast.platform.writes()
    assert not triggered(fast)
    assert not (fast.folder / "out").exists()
