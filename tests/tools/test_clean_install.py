# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a clean installation keeps, and what it is held to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.acceptance.pages import Ansible
from tools.clean_install import Place, follow, install, work
from tools.common import ROOT, Failed

SHIPPED = (
    "MANIFEST.json",
    "README.md",
    "docs/examples/demo/devices/101.yml",
    "extensions/eda/rulebooks/notify.yml",
    "plugins/modules/zq_device.py",
    "playbooks/status.yml",
)
MODULES = {f"zequenze.control.{file.stem}": "" for file in ROOT.glob("plugins/modules/zq_*.py")}


@dataclass(frozen=True)
class Pretended(Place):
    """Ansible's programs, pretended: changes of each run of reconcile, in order."""

    changes: list[int] = field(default_factory=lambda: [3, 3, 0])
    hosts: int = 60

    def run(self, program: str, *arguments: str) -> str:
        if program == "ansible-galaxy":
            for name in SHIPPED:
                (self.collection / name).parent.mkdir(parents=True, exist_ok=True)
                (self.collection / name).touch()
        if program == "ansible-doc":
            return json.dumps(MODULES)
        if program == "ansible-inventory":
            hosts: dict[str, dict[str, str]] = {str(number): {} for number in range(self.hosts)}
            return json.dumps({"_meta": {"hostvars": hosts}})
        if "zequenze.control.reconcile" in arguments:
            return f"localhost : ok=9 changed={self.changes.pop(0)} failed=0"
        return "localhost : ok=3 changed=0 failed=0"


def test_only_what_playbooks_and_plugins_may_use_is_left(tmp_path: Path) -> None:
    there = Pretended(tmp_path, tmp_path, {})
    install(there, tmp_path / "a.tar.gz")
    left = {one.name for one in there.collection.iterdir()}
    assert left == {"MANIFEST.json", "plugins", "playbooks"}
    assert [one.name for one in (tmp_path / "devices").iterdir()] == ["101.yml"]


@pytest.mark.parametrize(
    ("changes", "hosts", "told"),
    [
        ([0, 3, 0], 60, "the dry run says that nothing would change"),
        ([3, 0, 0], 60, "nothing was changed"),
        ([3, 3, 1], 60, "applied again, something was changed"),
        ([3, 3, 0], 0, "the inventory has no host"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, changes: list[int], hosts: int, told: str) -> None:
    with pytest.raises(Failed, match=told):
        work(Pretended(tmp_path, tmp_path, {}, changes, hosts))


def test_a_tutorial_that_does_not_go_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.rst"
    page.write_text(".. code-block:: console\n\n   $ echo done\n   something else\n")
    monkeypatch.setattr("tools.clean_install.guide", lambda _name: page)
    with pytest.raises(Failed, match="the tutorial does not go as it says: not printed"):
        follow(tmp_path / "reader", tmp_path / "bin", tmp_path / "collections")
    page.write_text(
        ".. code-block:: console\n\n   $ echo $ANSIBLE_COLLECTIONS_PATH\n   …/collections\n"
    )
    assert follow(tmp_path / "another", tmp_path / "bin", tmp_path / "collections") == 1


def test_nothing_of_the_checkout_is_on_the_path_of_what_is_installed(tmp_path: Path) -> None:
    found = Ansible(tmp_path / "bin", tmp_path / "collections").environment()
    assert str(ROOT) not in str(found)


def test_what_is_right_is_right(tmp_path: Path) -> None:
    work(Pretended(tmp_path, tmp_path, {}))
