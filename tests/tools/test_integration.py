# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module, plugin and role has an integration target, and a run that leaves one out fails."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import integration
from tools.ansible_test import CORES
from tools.common import ROOT, Failed

TARGETS = integration.FOLDER / "targets"
NAMES = sorted(integration.targets())
RAN = "Running zq_one integration test role\nRunning zq_two integration test script\n"


def aliases(target: str) -> list[str]:
    lines = (TARGETS / target / "aliases").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def public() -> set[str]:
    """As ansible-test names them: modules as they are, plugins with their kind before them."""
    found = {file.stem for file in ROOT.glob("plugins/modules/zq_*.py")}
    for kind in ("filter", "inventory", "lookup"):
        found |= {f"{kind}_{file.stem}" for file in ROOT.glob(f"plugins/{kind}/zq_*.py")}
    return found | {f"role_{folder.name}" for folder in ROOT.glob("roles/*") if folder.is_dir()}


def test_whatever_users_can_name_is_tested_by_a_target() -> None:
    tested = {name for target in NAMES for name in (target, *aliases(target)) if "/" not in name}
    assert public() - tested == set()
    assert tested - public() == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_target_has_devices_of_its_own_and_deletes_them_before_and_after(name: str) -> None:
    (task,) = yaml.load(
        (TARGETS / name / "tasks" / "main.yml").read_text(encoding="utf-8"), Loader=Loader
    )
    prefix = f"test-{name}-"
    for cleaning in (task["block"][0], task["always"][0]):
        assert cleaning["ansible.builtin.include_role"]["tasks_from"] == "clean.yml"
        assert cleaning["vars"] == {"setup_platform_prefix": prefix}
    others = {f"test-{other}-" for other in NAMES if other != name}
    assert not [other for other in others if other.startswith(prefix)]
    meta = yaml.safe_load((TARGETS / name / "meta" / "main.yml").read_text(encoding="utf-8"))
    assert meta == {"dependencies": ["setup_platform"]}
    assert {"context/controller", "gather_facts/no"} <= set(aliases(name))


class Loader(yaml.SafeLoader):
    """Knows Ansible's mark of text that is no template."""


def unsafe(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


Loader.add_constructor("!unsafe", unsafe)


def test_a_run_says_how_many_targets_there_were() -> None:
    assert integration.judge(0, RAN, {"zq_one", "zq_two"}) == "2 targets"


@pytest.mark.parametrize(
    ("code", "output", "wanted", "told"),
    [
        (0, RAN, {"zq_one", "zq_two", "zq_three"}, "did not run zq_three\n"),
        (0, "WARNING: All targets skipped.\n", {"zq_one"}, "did not run zq_one\n"),
        (1, RAN, {"zq_one", "zq_two"}, "ended with 1"),
        (0, "", set(), "there is no integration target"),
    ],
)
def test_a_target_that_fails_or_is_left_out_is_a_failure(
    code: int, output: str, wanted: set[str], told: str
) -> None:
    with pytest.raises(Failed, match=told):
        integration.judge(code, output, wanted)


def test_the_token_is_readable_for_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "tests" / "integration").mkdir(parents=True)
    values = integration.values("http://127.0.0.1:1/api/v1", "a-token")
    integration.configure(tmp_path, values)
    file = tmp_path / "tests" / "integration" / integration.CONFIG
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == values
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_template_names_what_the_targets_are_told() -> None:
    template: dict[str, Any] = yaml.safe_load(
        (integration.FOLDER / f"{integration.CONFIG}.template").read_text(encoding="utf-8")
    )
    assert template.keys() == integration.values("", "").keys()


def test_the_matrix_runs_them_on_the_oldest_the_newest_and_2_19() -> None:
    run_on = [core.version for core in CORES if core.integration]
    assert run_on[0] == CORES[0].version
    assert run_on[-1] == CORES[-1].version
    assert [version for version in run_on if version.startswith("2.19.")]
