# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup `zq_device` in a playbook: data that is never a template, and errors that say what to do."""

from __future__ import annotations

from typing import Any

from tests.acceptance.support import Platform, Playbook

LOOKUP, QUERY = "lookup('zequenze.control.zq_device'", "query('zequenze.control.zq_device'"
TRAP = "{{ lookup('pipe', 'echo evaluated') }}"


def told(name: str, expression: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "ansible.builtin.debug": {"msg": "{{ " + expression + " }}"}, **more}


def test_devices_in_expressions(platform: Platform, playbook: Playbook) -> None:
    platform.seed(
        {"name": "a, b", "description": TRAP, "organization_id": 1},
        {"name": "c", "organization_id": 2},
        {"name": "d", "organization_id": 2},
    )
    platform.simulator.clear_log()
    played = playbook(
        told("one", f"{LOOKUP}, 'a, b').organization_id"),
        told("a trap", f"{LOOKUP}, 'a, b').description"),
        told("some", f"{QUERY}, organization=2) | map(attribute='name') | list"),
        told("none", f"{QUERY}, 'nowhere')"),
        told("with detail", f"{LOOKUP}, 'c', detail=true).update_frequency"),
        told("an empty variable", f"{QUERY}, organization=nothing)", ignore_errors=True),
        play={"vars": {"nothing": None}},
    )
    # Text, before ansible-core 2.19.
    assert str(played["one"]["msg"]) == "1"
    assert played["a trap"]["msg"] == TRAP
    assert played["some"]["msg"] == ["c", "d"]
    assert played["none"]["msg"] == []
    assert str(played["with detail"]["msg"]).isdigit()
    assert "Give a name, a filter such as `organization=101`" in played.text()
    assert not platform.writes()
