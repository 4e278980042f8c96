# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ansible-core that was not tried is told of."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from packaging.version import Version

from tools.common import Failed
from tools.cores import listed, look, untried

SAID = """\
ansible-core (2.22.0)
Available versions: 2.22.0, 2.22.0rc1, 2.21.6, 2.21.6rc1, 2.21.5
  INSTALLED: 2.19.14
"""


def test_what_pip_lists() -> None:
    versions = [str(one) for one in listed(SAID)]
    assert versions == ["2.22.0", "2.22.0rc1", "2.21.6", "2.21.6rc1", "2.21.5"]
    assert listed("ERROR: No matching distribution found") == []


@pytest.mark.parametrize(
    ("there", "after", "within"),
    [
        (["2.22.0rc1", "2.21.5"], [], []),
        (["2.22.0", "2.22.0rc1", "2.21.5"], ["2.22.0"], []),
        (["2.23.0b1", "2.22.0rc1"], ["2.23.0b1"], []),
        (["2.22.0rc1", "2.21.7", "2.21.6", "2.21.8rc1"], [], ["2.21.7"]),
        (["2.15.13", "2.20.99"], [], []),
    ],
)
def test_what_was_not_tried(there: list[str], after: list[str], within: list[str]) -> None:
    assert untried([Version(one) for one in there], ["2.21.5", "2.22.0rc1"]) == (after, within)


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        ("2.99.0", "ansible-core 2.99.0 was released, and meta/runtime.yml lets it in"),
        ("2.99.0b1", "there are previews after"),
        ("2.16.0", "is the newest ansible-core"),
        ("", "NOT RUN: the package registry did not list ansible-core: it is gone"),
    ],
)
def test_what_is_said(newest: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = f"Available versions: {newest}" if newest else ""

    def pip(command: Any, **_how: Any) -> Any:
        return subprocess.CompletedProcess(command, 0, said, "WARNING\nit is gone\n")

    monkeypatch.setattr("tools.cores.subprocess.run", pip)
    try:
        found = look()
    except Failed as error:
        found = str(error)
    assert told in found
