# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An upgrade needs the history of the repository, and fails for what goes wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.clean_install import Place
from tools.common import ROOT, Failed, captured
from tools.upgrade import site as at
from tools.upgrade.__main__ import TRIALS, WRITERS, Writer, tarball_of
from tools.upgrade.declared import changed
from tools.upgrade.names import names_of
from tools.upgrade.site import Site
from tools.upgrade.waves import Rollout


class Platform:
    """A platform that was sent these images."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def log(self, **_query: Any) -> list[dict[str, Any]]:
        body = {"firmware_image_is_pending": True}
        return [{"path": f"/inventory_device_name/{one}/", "body": body} for one in self.names]


class Pretended(Site):
    """Runs nothing."""

    def play(self, name: str, *options: str, code: int = 0, **variables: Any) -> str:
        del name, options, code, variables
        return ""

    def text(self, name: str) -> str:
        return name

    def json(self, name: str) -> dict[str, Any]:
        return {"state": "finished", "name": name}


def somewhere(folder: Path, env: Mapping[str, str] | None = None) -> Place:
    return Place(folder, Path("/bin"), dict(env or {}))


def test_a_clone_without_the_commit_is_told_what_to_do(tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    captured(["git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", shallow])
    for writer in WRITERS:
        with pytest.raises(Failed, match=r"not in this clone.*git fetch --unshallow"):
            tarball_of(writer, tmp_path, shallow)


def test_the_tarball_of_a_commit_is_of_that_commit(tmp_path: Path) -> None:
    commit = captured(["git", "-C", ROOT, "rev-parse", "HEAD"]).strip()
    galaxy = captured(["git", "-C", ROOT, "show", f"{commit}:galaxy.yml"])
    version = yaml.safe_load(galaxy)["version"]
    tarball = tarball_of(Writer(commit, "this one"), tmp_path)
    assert tarball.name == f"zequenze-control-{version}.tar.gz"


def test_an_organization_each_and_a_name_each() -> None:
    assert len(WRITERS) == 2
    assert len({writer.commit for writer in WRITERS}) == 2
    assert len({trial.name for trial in TRIALS}) == len(TRIALS)
    named = [device["name"] for device in at.FLEET["devices"]]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 3", "ended with 3, and not with 0"),
        ("echo 'Traceback (most recent call last)'", "Traceback"),
    ],
)
def test_what_goes_wrong_is_a_failure(tmp_path: Path, script: str, told: str) -> None:
    site = Site(somewhere(tmp_path), Platform())  # type: ignore[arg-type]  # its log is enough
    with pytest.raises(Failed, match=re.escape(told)):
        site.program("sh", "-c", script)
    assert site.program("sh", "-c", "echo done; exit 2", code=2) == "done\n"


def test_changes_are_those_of_all_hosts() -> None:
    assert changed("a : ok=3 changed=2 failed=0\nb : ok=3 changed=1 failed=0") == 3


ALL = [f"cpe-{at.FIRMWARE}-0{number}" for number in range(1, 9)]


def went_on(*sent: str) -> str:
    site = Pretended(somewhere(Path("nowhere")), Platform(*sent))  # type: ignore[arg-type]  # as above
    return Rollout().read(site)


def test_a_rollout_that_went_on() -> None:
    assert "none of them twice" in went_on(*ALL)


@pytest.mark.parametrize(
    ("sent", "told"),
    [([ALL[0], *ALL], "sent more than once"), (ALL[1:], "not all were sent it")],
)
def test_what_is_sent_twice_or_not_at_all_is_found(sent: list[str], told: str) -> None:
    with pytest.raises(Failed, match=told):
        went_on(*sent)


def test_the_names_of_a_plugin() -> None:
    within = {"organization": {"aliases": ["organization_id"], "description": "its id"}}
    options = {"filter": {"suboptions": within}, "state": {"choices": ["present"]}}
    returned = {"device": {"contains": {"name": {"type": "str"}}}}
    assert sorted(names_of("one", {"doc": {"options": options}, "return": returned})) == [
        "one",
        "one returns device",
        "one takes filter",
        "one takes state",
        "one takes state=present",
        "one: device returns name",
        "one: filter takes organization",
        "one: filter takes organization_id",
    ]
    assert list(names_of("two", {"doc": {}, "return": None})) == ["two"]
