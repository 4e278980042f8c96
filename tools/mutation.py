# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do the unit tests notice a fault? The core is broken in one place after another, and tested.

``python -m tools.mutation [--sample 200] [--seed 1] [FILE ...]``: a random sample of the places in
which cosmic-ray can break the files of CORE, or those named. Each fault is put into a copy of the
checkout, and the unit tests of the file are run there; where they pass, all unit tests are.
What survives is printed as a diff at once, and written to .cache/mutation/survivors.diff.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tools.common import CACHE, ROOT, VENV_PYTHON, Clock, Failed, environment, fresh, heading, say

LOGIC = Path("plugins/module_utils")
CORE = (
    *(LOGIC / f"{name}.py" for name in ("_plan", "_apply", "_verdict", "_client", "_retry")),
    *(LOGIC / f"{name}.py" for name in ("_response", "_pages", "_redact", "_operations", "_watch")),
    *(
        LOGIC / f"{name}.py"
        for name in ("_outcomes", "_declarations", "_clashes", "_devices", "_lists")
    ),
    LOGIC / "_fleet",
    LOGIC / "_rollout",
)
COPIED = ("plugins", "tests", "meta", "docs", "pyproject.toml", "CONTRIBUTING.md")
WORKERS = 2
REQUIRED = 95  # percent of the sample that the tests have to notice
# Operators that need options, or say nothing here.
LEFT_OUT = ("VariableReplacer", "VariableInserter", "_BitOr", "_BitAnd", "_BitXor", "Shift", "_Pow")
TIMEOUT = 180  # seconds; a fault that makes a test wait for ever is noticed
WORK = CACHE / "mutation"


@dataclass(frozen=True)
class Fault:
    """One place of a file that is broken in one way."""

    file: Path
    operator: str
    occurrence: int
    line: int

    def broken_source(self) -> str:
        source = (ROOT / self.file).read_text(encoding="utf-8")
        broken = mutate_code(source, get_operator(self.operator)(), self.occurrence)
        return source if broken is None else str(broken)

    def changes_something(self) -> bool:
        """Annotations and texts that nobody runs are no faults when they are changed."""
        source = (ROOT / self.file).read_text(encoding="utf-8")
        try:
            return _what_runs(source) != _what_runs(self.broken_source())
        except SyntaxError:
            return False

    def diff(self) -> str:
        source = (ROOT / self.file).read_text(encoding="utf-8")
        lines = difflib.unified_diff(
            source.splitlines(),
            self.broken_source().splitlines(),
            str(self.file),
            f"{self.file} ({self.operator})",
            lineterm="",
            n=2,
        )
        return "\n".join(lines)


class _Stripped(ast.NodeTransformer):
    """Takes out what is not run, how arguments may be passed, and the sizes of caches."""

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.posonlyargs, node.kwonlyargs = [], []
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        # That a record is frozen is a promise to the type checker.
        node.decorator_list = [one for one in node.decorator_list if not isinstance(one, ast.Call)]
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.decorator_list = [one for one in node.decorator_list if not isinstance(one, ast.Call)]
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Name("annotated", ast.Load())
        self.generic_visit(node)
        return node


def _what_runs(source: str) -> str:
    return ast.dump(_Stripped().visit(ast.parse(source)))


def files_of(paths: list[Path]) -> list[Path]:
    """The Python files that are meant. Raises Failed where there is none."""
    found: list[Path] = []
    for path in paths:
        whole = ROOT / path
        inside = sorted(whole.rglob("*.py")) if whole.is_dir() else [whole]
        found += [file.relative_to(ROOT) for file in inside if file.is_file()]
    if not found:
        raise Failed("no such file")
    return found


def faults_of(file: Path) -> Iterator[Fault]:
    """All faults that cosmic-ray can make in a file."""
    tree = get_ast((ROOT / file).read_text(encoding="utf-8"))
    for name in operator_names():
        if any(part in name for part in LEFT_OUT):
            continue
        operator = get_operator(name)()
        positions = [one for node in ast_nodes(tree) for one in operator.mutation_positions(node)]
        for occurrence, (start, _end) in enumerate(positions):
            yield Fault(file, name, occurrence, start[0])


def sample_of(files: list[Path], size: int, seed: int) -> list[Fault]:
    """So many faults, drawn by line: a line with many operators counts no more than others."""
    by_line: dict[tuple[Path, int], list[Fault]] = {}
    for file in files:
        for fault in faults_of(file):
            by_line.setdefault((file, fault.line), []).append(fault)
    draw = random.Random(seed)  # noqa: S311 - a sample is no secret
    lines = list(by_line.values())
    draw.shuffle(lines)
    drawn: list[Fault] = []
    for line in lines:
        draw.shuffle(line)
        drawn += [fault for fault in line if fault.changes_something()][:1]
        if len(drawn) == size:
            break
    return drawn


def tests_of(file: Path) -> list[str]:
    """The unit tests that stand beside a file; all where there are none."""
    mirrored = Path("tests/unit") / file.parent
    own = mirrored / f"test_{file.stem.lstrip('_')}.py"
    if mirrored.name.startswith("_"):
        return [str(mirrored)]
    return [str(own)] if (ROOT / own).is_file() else ["tests/unit"]


def copy_checkout(place: Path) -> None:
    """A copy that is found as the collection, before the checkout itself is."""
    fresh(place)
    for name in COPIED:
        source, target = ROOT / name, place / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    link = place / "namespace" / "ansible_collections" / "zequenze" / "control"
    link.parent.mkdir(parents=True)
    link.symlink_to(place, target_is_directory=True)


def passes(place: Path, tests: list[str]) -> bool:
    """Whether the tests pass in a copy."""
    env = environment(
        {
            "PYTHONPATH": str(place / "namespace"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }
    )
    command = [str(VENV_PYTHON), "-m", "pytest", "-x", "-q", *tests]
    try:
        done = subprocess.run(
            command,
            cwd=place,
            env=env,
            check=False,
            capture_output=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survives(fault: Fault, place: Path) -> bool:
    """Whether all unit tests pass with the fault."""
    file = place / fault.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(fault.broken_source(), encoding="utf-8")
    try:
        return passes(place, tests_of(fault.file)) and passes(place, ["tests/unit"])
    finally:
        file.write_text(whole, encoding="utf-8")


def survivors_of(faults: list[Fault]) -> list[Fault]:
    """Those of the faults that no test notices."""
    places: SimpleQueue[Path] = SimpleQueue()
    for number in range(WORKERS):
        place = WORK / str(number)
        copy_checkout(place)
        places.put(place)
    if not passes(place, ["tests/unit"]):
        raise Failed("the unit tests fail without any fault")
    done = Counter[bool]()

    def work(fault: Fault) -> bool:
        place = places.get()
        try:
            survived = survives(fault, place)
        finally:
            places.put(place)
        done[survived] += 1
        if survived:
            say(f"survived:\n{fault.diff()}\n")
        if sum(done.values()) % 10 == 0:
            say(f"{sum(done.values())} of {len(faults)} tried, {done[True]} survived")
        return survived

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        survived = list(pool.map(work, faults))
    return [fault for fault, alive in zip(faults, survived, strict=True) if alive]


def report(faults: list[Fault], survivors: list[Fault]) -> int:
    """Print the outcome. Returns how many percent were noticed."""
    text = "\n\n".join(fault.diff() for fault in survivors)
    (WORK / "survivors.diff").write_text(f"{text}\n", encoding="utf-8")
    heading("noticed, by file")
    tried = Counter(fault.file for fault in faults)
    alive = Counter(fault.file for fault in survivors)
    for file, count in sorted(tried.items()):
        say(f"{count - alive[file]:4} of {count:4}  {file}")
    noticed = len(faults) - len(survivors)
    say(f"{noticed} of {len(faults)} noticed, {100 * noticed / len(faults):.1f} %")
    return 100 * noticed // len(faults)


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many faults")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws others")
    parser.add_argument(
        "files", nargs="*", type=Path, help="files or folders, in place of the core"
    )
    given = parser.parse_args()
    clock = Clock()
    os.nice(5)
    files = files_of(given.files or list(CORE))
    faults = sample_of(files, given.sample, given.seed)
    say(f"{len(faults)} faults in {len(files)} files, seed {given.seed}")
    percent = report(faults, survivors_of(faults))
    say(f"in {clock}")
    if percent < REQUIRED:
        raise Failed(f"{percent} % were noticed, {REQUIRED} % are required")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
