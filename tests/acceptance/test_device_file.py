# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of devices, as playbooks read them on every core: bytes, encodings, links, rows that look odd."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.acceptance.gitops import Ran, User
from tests.acceptance.support import BIN, Platform, Playbook, Played

TEXT = "name,location_name\ngw-1,Málaga\n"
TEXTS = {
    "csv": TEXT,
    "json": '[\n{"name": "gw-1", "location_name": "Málaga"}]\n',
    "yml": "#\n- {name: gw-1, location_name: Málaga}\n",
}
VAULT_PASSWORD = "Rw6-of-the-vault"
DEVICE_FILE, DESIRED_STATE = "zq_device_file", "zq_desired_state"


@pytest.fixture
def play(playbook: Playbook, tmp_path: Path) -> Callable[..., Played]:
    """A playbook with a short path for its temporary files: ansible-core 2.22 makes a socket there."""
    return partial(playbook, env={"TMPDIR": str(tmp_path)})


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def names_of(user: User) -> list[str]:
    return sorted(device["name"] for device in user.platform.all())


def words_of(ran: Ran) -> str:
    """What was said, on one line. Some cores show messages as YAML, which doubles quotes."""
    return " ".join(ran.text.replace("''", "'").split())


def looked_up(
    name: str, path: Path, encoding: str | None = None, lookup: str = DEVICE_FILE
) -> dict[str, Any]:
    """A task that shows what a lookup makes of a file. encoding: None where it is not said."""
    option = "" if encoding is None else f", encoding={encoding!r}"
    call = f"lookup('zequenze.control.{lookup}', {str(path)!r}{option})"
    return {
        "name": name,
        "ansible.builtin.set_fact": {"rows": f"{{{{ {call} }}}}"},
        "ignore_errors": True,
    }


def test_the_encoding_is_an_option_and_utf_8_where_none_is_said(
    play: Callable[..., Played], tmp_path: Path
) -> None:
    files = {"": "utf-8", "utf-8": "utf-8-sig", "windows-1252": "windows-1252", "utf-16": "utf-16"}
    tasks = []
    for option, encoding in files.items():
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(TEXT.encode(encoding))
        tasks.append(looked_up(encoding, path, option))
    tasks.append(looked_up("not said", tmp_path / "utf-8-sig.csv"))
    tasks.append(looked_up("as Excel writes it", tmp_path / "windows-1252.csv"))
    unknown = ("excel", "base64")
    tasks += [looked_up(name, tmp_path / "none.csv", name) for name in unknown]
    played = play(*tasks)
    for name in (*files.values(), "not said"):
        (row,) = played[name]["ansible_facts"]["rows"]
        assert row["fields"]["location_name"] == "Málaga"
    assert "windows-1252.csv line 2: is not UTF-8 text" in played["as Excel writes it"]["msg"]
    for name in unknown:
        assert f"none.csv: encoding: {name!r} is not known" in played[name]["msg"]
        assert "such as utf-8, utf-16 or windows-1252" in played[name]["msg"]


def test_bytes_that_are_no_text_are_one_error_of_the_file(
    play: Callable[..., Played], tmp_path: Path
) -> None:
    tasks = []
    expected = {}
    for ending, text in TEXTS.items():
        path = tmp_path / f"d.{ending}"
        path.write_bytes(text.encode("windows-1252"))
        tasks.append(looked_up(ending, path))
        expected[ending] = (
            f"{path} line 2: is not UTF-8 text. Save it as UTF-8 (in a spreadsheet: CSV UTF-8), or"
            " give the lookup its `encoding`, such as windows-1252 or utf-16."
        )
        wrong = f"{ending} with another encoding"
        tasks.append(looked_up(wrong, path, "utf-8-sig"))
        expected[wrong] = (
            f"{path} line 2: is not utf-8-sig text. See that `encoding` is that of the file."
        )
        if ending != "csv":
            state = tmp_path / f"state {ending}"
            state.mkdir()
            (state / path.name).write_bytes(text.encode("windows-1252"))
            folder = f"{ending} of a folder"
            tasks.append(looked_up(folder, state, lookup=DESIRED_STATE))
            expected[folder] = f"{state / path.name} line 2: is not UTF-8 text. Save it as UTF-8."
    played = play(*tasks)
    for name, text in expected.items():
        assert played[name]["msg"].endswith(text)
        assert played[name]["msg"].count("is not ") == 1
    assert "\udce1" not in played.text()


def test_an_encrypted_file_is_as_strict(play: Callable[..., Played], tmp_path: Path) -> None:
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    (tmp_path / "password").write_text(VAULT_PASSWORD, encoding="utf-8")
    (tmp_path / "d.csv").write_bytes(vault.encrypt(TEXT.encode("windows-1252")))
    (tmp_path / "a.YML").write_bytes(vault.encrypt(TEXTS["yml"].encode()))
    played = play(
        looked_up("as UTF-8", tmp_path / "d.csv"),
        looked_up("as it is", tmp_path / "d.csv", "windows-1252"),
        looked_up("YAML", tmp_path / "a.YML", lookup=DESIRED_STATE),
        options=["--vault-password-file", str(tmp_path / "password")],
    )
    assert "d.csv line 2: is not UTF-8 text" in played["as UTF-8"]["msg"]
    (row,) = played["as it is"]["ansible_facts"]["rows"]
    assert row["fields"] == {"name": "gw-1", "location_name": "Málaga"}
    assert played["YAML"]["ansible_facts"]["rows"] == [row["fields"]]


def test_a_pipe_ends_no_run(play: Callable[..., Played], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "d.csv")
    os.mkfifo(tmp_path / "d.yml")
    (tmp_path / "link.json").symlink_to("/dev/zero")
    played = play(
        looked_up("a file", tmp_path / "d.csv"),
        looked_up("a path", tmp_path / "d.yml", lookup=DESIRED_STATE),
        looked_up("a folder", tmp_path, lookup=DESIRED_STATE),
    )
    text = "is no regular file, and is not opened"
    assert f"d.csv: {text}" in played["a file"]["msg"]
    assert f"d.yml: {text}" in played["a path"]["msg"]
    assert f"d.yml: {text}" in played["a folder"]["msg"]
    assert f"link.json: {text}" in played["a folder"]["msg"]


def onboard(user: User, data: bytes, *options: str) -> Ran:
    (user.folder / "devices.csv").write_bytes(data)
    given = {
        "onboarding_file": "devices.csv",
        "onboarding_defaults": {"type": 5, "organization_id": 1, "password": "Kq7vX2-Zr9wT4"},
    }
    command = [str(BIN / "ansible-playbook"), "zequenze.control.onboard", "-e", json.dumps(given)]
    return user.program(*command, *options)


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_a_spreadsheet_s_own_csv_is_refused_before_anything_is_sent(
    user: User, options: list[str]
) -> None:
    text = "name,location_name\ngw-1,Lima\ngw-2,Málaga\ngw-3,Bogotá\n"
    ran = onboard(user, text.encode("windows-1252"), *options)
    assert ran.code != 0
    words = words_of(ran)
    assert "devices.csv line 3: is not UTF-8 text. Save it as UTF-8" in words
    assert "Traceback" not in ran.text
    assert not user.platform.writes()


def test_rows_that_are_no_devices_are_refused_with_their_lines(user: User) -> None:
    rows = [
        "name,serial_number,description",
        "gw-1,SN1,",
        "# north area,,",
        "Total: 1 device,,",
        "gw-2,4.02211E+11,",
        'gw-3,"=""001234""",',
        "gw-4,N/A,",
        "gw\u200b-5,SN5,",
        '"gw\n-6",SN6,',
        "TBD,SN7,",
    ]
    ran = onboard(user, "\n".join(rows).encode())
    assert ran.code != 0
    for place in (
        "devices.csv:3: is a comment",
        "devices.csv:4: is a row of sums",
        "devices.csv:5.serial_number: gw-2: '4.02211E+11' is a number that a spreadsheet has",
        "devices.csv:6.serial_number: gw-3: ",
        "devices.csv:7.serial_number: gw-4: 'N/A' is a placeholder",
        "devices.csv:8.name: ",
        "devices.csv:9.name: ",
        "devices.csv:11.name: 'TBD' is a placeholder",
    ):
        assert place in words_of(ran)
    assert "devices.csv:2" not in ran.text
    assert "\u200b" not in ran.text
    assert not user.platform.writes()


def test_what_only_looks_odd_is_warned_of(user: User) -> None:
    ran = onboard(user, b"name,serial_number\nNorth area:,\ngw-1,SN1\ngw-2,SN2\n")
    assert ran.code == 0
    words = words_of(ran)
    assert "line 2 (North area:). See that they are devices." in words
    assert names_of(user) == ["North area:", "gw-1", "gw-2"]


def test_devices_behind_links_and_in_upper_case_are_not_planned_for_deletion(user: User) -> None:
    devices = [{"name": f"gw-{number}", "type": 5, "organization_id": 1} for number in range(4)]
    user.devices(devices[0], name="devices/a.YML")
    user.devices(devices[1], name="devices/b.JSON")
    user.devices(devices[2], name="elsewhere/c.Yaml")
    user.devices(devices[3], name="elsewhere/d.yml")
    (user.folder / "devices" / "site").symlink_to("../elsewhere")
    given: dict[str, Any] = {
        "path": "devices",
        "scope": {"organization": 1},
        "max_deletes": 0,
        "state": "overridden",
    }
    user.play("reconcile", **given)
    assert names_of(user) == [f"gw-{number}" for number in range(4)]
    assert user.play("reconcile", **given).changed == 0
    (user.folder / "devices" / "site").unlink()
    (user.folder / "devices" / "site").symlink_to("../nowhere")
    ran = user.play("reconcile", succeeds=False, **given)
    assert "is a link to '../nowhere', which is not there" in words_of(ran)
    assert len(names_of(user)) == 4
