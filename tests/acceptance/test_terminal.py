# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the platform says does nothing on a terminal, whatever it holds: names, the server's words, its reason phrase."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import BOTH_WAYS, Platform, Playbook, task

TITLE = "\x1b]0;owned\x07"
FORGED = "r\nok: [forged] => changed"
HIDDEN = "r\u202e\u2028\x9b2J\u200b"
ODD = [TITLE, FORGED, HIDDEN]
# Categories Cc, Cf, Zl and Zp, but for the ends of lines that are Ansible's own.
LIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]")


def is_dead(text: str) -> bool:
    return LIVE.search(text) is None and not re.search("^ok: .forged", text, re.MULTILINE)


def test_what_is_live_is_found_where_it_is() -> None:
    """Otherwise the other tests show nothing."""
    for name in ODD:
        assert not is_dead(f"the device {name} is not there")
    assert is_dead("ok: [r1] => changed\n\\x1b]0;owned\\x07")


def without_results(text: str) -> str:
    """Without the lines in which Ansible prints what a task returned: data, in JSON."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("fatal: "))


def words(text: str) -> dict[str, Any]:
    return {"detail": f"about {text} here", text: [text], "description": [text]}


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_names_and_words_do_nothing_on_a_terminal(playbook: Playbook, in_process: bool) -> None:
    platform = playbook.platform
    platform.seed(*ODD, "one")
    for name in ODD:
        platform.simulator.fault("status", status=400, body=words(name), methods=["PATCH"])
    renamed = [{"name": name, "new_name": "one"} for name in ODD]
    changed = [{"name": name, "description": "x"} for name in ODD]
    said = [
        *(task("zq_device", ignore=True, name=name, description="x") for name in ODD),
        *(task("zq_device", ignore=True, name=name, new_name="one") for name in ODD),
        task("zq_device_action", ignore=True, name=ODD, action="reboot"),
        task("zq_fleet", ignore=True, config=changed),
        task("zq_fleet", ignore=True, config=renamed),
        task("zq_fleet", ignore=True, config=changed, scope={"organization": 9}),
        task("zq_device_info", ignore=True, name=ODD),
    ]
    played = playbook(*said, in_process=in_process, options=["--diff"])
    assert len(played.results) == len(said)
    assert "\x1b" not in played.text()
    assert "\x07" not in played.text()
    assert is_dead(without_results(played.text()))
    for entry in played.results:
        result = entry["result"]
        reasons = [one["reason"] for one in result.get("results", [])]
        assert is_dead("".join(map(str, [result.get("msg"), result.get("errors"), *reasons])))


@pytest.mark.parametrize("text", [TITLE, HIDDEN], ids=ascii)
def test_an_inventory_says_nothing_that_does_something(
    platform: Platform, tmp_path: Path, text: str
) -> None:
    platform.seed(text, "one")
    inventory = Inventory(platform, tmp_path)
    platform.simulator.fault("status", status=400, body=words(text), methods=["GET"])
    assert is_dead(inventory.fails(env={"ZQ_RETRIES": "0"}))
