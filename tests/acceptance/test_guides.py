# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands and files of guides about fleets of the reader's own: credentials.rst, gitops.rst, onboarding.rst, rehearsal.rst,
status.rst and variables.rst, each beside a platform that has what it speaks of.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.gitops import Ran, User
from tests.acceptance.pages import Block, blocks, guide, steps
from tests.acceptance.rotations import SECRET, SPEED, VAULT_PASSWORD
from tests.acceptance.support import Platform
from tools.rehearsal.options import options_of

LONG_AGO = "2025-06-01T00:00:00Z"


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "reader"
    (folder / "home").mkdir(parents=True)
    made = User(platform, folder)
    for path in ("vault-password", "home/.vault-password"):
        made.write(path, f"{VAULT_PASSWORD}\n")
    return made


def block(name: str, begins: str) -> Block:
    """The block of a guide whose text begins so."""
    found = [one for one in blocks(guide(name)) if one.text.startswith(begins)]
    assert len(found) == 1, (name, begins)
    return found[0]


def commands(name: str) -> list[list[str]]:
    """What a guide has its reader type, but for what sets the environment."""
    shown = [one for one in blocks(guide(name)) if one.language == "console"]
    typed = [step.command for one in shown for step in steps(one)]
    return [
        shlex.split(line.replace("\\\n", ""), comments=True)
        for line in typed
        if not line.startswith("export ")
    ]


def run(user: User, command: list[str], *more: str, code: int = 0) -> Ran:
    home = str(user.folder / "home")
    ran = user.program(*(part.replace("~", home) for part in command), *more)
    assert ran.code == code, ran.text
    return ran


def vault_file(user: User, *entries: dict[str, Any]) -> None:
    text = yaml.safe_dump({"onboarding_credentials": list(entries)})
    user.write("credentials.yml", SECRET.encrypt(text.encode()).decode())


@pytest.mark.thorough
def test_credentials(user: User) -> None:
    names = ["router-hq-001", "router-branch-005"]
    devices = [
        {"name": name, "organization_id": 123, "status": "Up", "password": f"Q7wz-{name}"}
        for name in names
    ]
    user.platform.seed(*devices)
    user.platform.simulator.clock(speed=SPEED)
    vault_file(user, *({**one, "changed": LONG_AGO} for one in _credentials(devices)))
    given = yaml.safe_load(block("credentials", "# rotation.yml").text)
    # By day the window is closed, and a soak of a quarter of an hour is no test.
    given |= {"credential_rotation_window": {}, "credential_rotation_soak": 1}
    user.write("rotation.yml", yaml.safe_dump({**given, "credential_rotation_speed": SPEED}))
    checked, rotated = commands("credentials")[:2]
    run(user, checked)
    assert not user.platform.writes()
    run(user, rotated)
    assert not any(user.platform.simulator.password_is(n, f"Q7wz-{n}") for n in names)


def _credentials(devices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": one["name"], "password": one["password"]} for one in devices]


@pytest.mark.thorough
def test_gitops_begins_with_what_there_is(user: User) -> None:
    user.platform.seed({"name": "acme-gw-01", "type": 6, "organization_id": 101})
    exported, planned, schema = commands("gitops")
    run(user, exported)
    run(user, planned)
    assert not user.platform.writes()
    run(user, schema)
    assert "$schema" in json.loads((user.folder / "devices.schema.json").read_text("utf-8"))


def test_gitops_files(user: User) -> None:
    user.write("devices/acme.yml", block("gitops", "defaults:  ").text)
    user.write("policy/policy.yml", block("gitops", "name:  ").text)
    user.write("lists/mapping.yml", block("gitops", "netbox-").text)
    user.write("mappings/netbox.yml", "fields: {name: '{Name}', type: access-point}\n")
    user.write("lists/netbox-1.csv", "Name\nap-1\n")
    listed = {"devices": [{"identification": {"name": "Bogotá 1", "model": "LAP-120"}}]}
    user.write("lists/sites/uisp.json", json.dumps(listed))
    lookup = "lookup('zequenze.control.zq_desired_state', '{}'{}) | to_json"
    texts = [
        lookup.format("devices", ""),
        lookup.format("policy", ", content='policy'"),
        lookup.format("lists", ""),
    ]
    message = " ".join(f"{{{{ {text} }}}}" for text in texts)
    debug = ["ansible", "localhost", "-m", "ansible.builtin.debug", "-a"]
    ran = user.program(*debug, json.dumps({"msg": message}))
    assert ran.code == 0, ran.text
    for name in ("acme-gw-02", "As on the label.", "bogota-1", "ap-1"):
        assert name in ran.text


def test_onboarding(user: User) -> None:
    user.write("devices.csv", block("onboarding", "name,type").text)
    user.write("policy.yml", "required: [serial_number]\n")
    looked, named = (one for one in commands("onboarding") if "assets.csv" not in " ".join(one))
    ran = run(user, looked)
    assert "2 passwords would be made." in ran.text
    assert (user.folder / "reports" / "report.html").exists()
    run(user, named)
    assert not user.platform.writes()


def test_rehearsal(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rehearsal itself is run by test_rehearsal: here its options, as they are shown."""
    exported, *others = commands("rehearsal")
    user.platform.seed("cpe-1")
    run(user, exported)
    assert (user.folder / "fleet.json").exists()
    monkeypatch.setenv("HOME", str(user.folder))
    user.write("fleet/fleet.json", (user.folder / "fleet.json").read_text(encoding="utf-8"))
    for path in ("rollout.yml", "fleet/rollout.yml"):
        user.write(path, "firmware_rollout_image: 18\nfirmware_rollout_version: 2.0.0\n")
    user.write("reports/report.json", "{}")
    monkeypatch.chdir(user.folder)
    rehearsed = [one for one in others if one[:2] == ["make", "rehearsal"]]
    assert len(rehearsed) >= 3
    for command in rehearsed:
        (given,) = (part.removeprefix("OPTIONS=") for part in command[2:])
        options_of(shlex.split(given))


def test_status(user: User) -> None:
    user.platform.seed({"name": "cpe-1", "status": "Up", "software_version": "1.4.2"})
    vault_file(user, {"name": "cpe-1", "password": "Q7wz-cpe-1-fT3m", "changed": LONG_AGO})
    looked, held = commands("status")[:2]
    gates = [yaml.safe_load(one.text) for one in blocks(guide("status")) if one.language == "yaml"]
    listed, mapped = (one for one in gates if list(one) == ["status_fail_on"])
    versions = {"status_versions": {"enterprise-router": "1.4.2"}}
    run(user, looked, "-e", json.dumps({**versions, **listed}))
    assert (user.folder / "reports" / "status.html").exists()
    ran = run(user, held, "-e", json.dumps(mapped))
    assert "Q7wz" not in ran.text


def test_variables(user: User) -> None:
    """A play of one's own over organizations."""
    user.platform.seed({"name": "cpe-1", "status": "Up", "organization_id": 101})
    (shown,) = (one for one in blocks(guide("variables")) if one.language == "yaml")
    user.write("play.yml", shown.text)
    user.write("fleet.zq.yml", "plugin: zequenze.control.zq_inventory\nhosts: organizations\n")
    given = {"firmware_rollout_image": 18, "firmware_rollout_version": "2.0.0"}
    command = ["ansible-playbook", "-i", "fleet.zq.yml", "play.yml", "--check"]
    ran = run(user, command, "-e", json.dumps(given))
    assert re.search(r"organization-101 .*failed=0", ran.text)
