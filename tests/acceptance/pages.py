# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of the documentation, run as somebody does who reads them from top to bottom.

Each code block of a page is one of these:

- `console`: what is typed behind `$ `, and below it lines that it prints, in their order. `…` stands for anything.
- any other language with a `:caption:`: a file, by the path in its caption. It is written into the page's folder.
- one with a mark, a comment of reStructuredText above it, which readers do not see:

  `.. shown: why`      output, or a part of a file, which is not run
  `.. printed by: file` a message, in the words of the source that prints it
  `.. not run: why`    commands that need more than this machine has, such as an AWX
  `.. tested by: file` run by a test of its own
  `.. fails: 2`        the last command of the block ends with this exit code

A page may say with `.. platform: OPTIONS` how the simulator is started for it, other than `PLATFORM`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simulator.testing import Simulator
from tests.acceptance.support import BIN, clean_environment

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "docsite" / "rst"
PLATFORM = "--speed 60"
# Of these a block is not run here.
SILENT = ("shown", "printed by", "not run", "tested by")
MARKS = (*SILENT, "fails")
# What the tutorial has its reader type to start the platform, and where it is then.
START = re.compile(r'make simulator OPTIONS="(?P<options>[^"]*)"')
PORT = re.compile(r"--port (\d+)")

DIRECTIVE = re.compile(r"^(?P<indent> *)\.\. code-block:: (?P<language>\S+)$")
COMMENT = re.compile(r"^\s*\.\. (?P<word>[a-z][a-z ]*): (?P<text>.*)$")
OPTION = re.compile(r"^\s+:(?P<name>[\w-]+): *(?P<value>.*)$")


@dataclass(frozen=True)
class Block:
    """A code block. line: of its directive. mark, reason: as the comment above it has them."""

    page: str
    line: int
    language: str
    text: str
    caption: str = ""
    mark: str = ""
    reason: str = ""

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def kind(self) -> str:
        """`run`, `file`, or empty where it is neither."""
        if self.language == "console":
            return "run"
        return "file" if self.caption else ""


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _mark(lines: list[str], directive: int) -> tuple[str, str]:
    """The comment above a directive, with nothing but one empty line between."""
    above = directive - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    found = COMMENT.match(lines[above]) if above >= 0 else None
    return (found["word"], found["text"].strip()) if found else ("", "")


def guide(name: str) -> Path:
    """A page, by its name."""
    return PAGES / f"{name}.rst"


def blocks(page: Path) -> list[Block]:
    """The code blocks of a page, in their order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines):
        directive = DIRECTIVE.match(line)
        if directive:
            content, options = _content(lines, number, len(directive["indent"]))
            word, reason = _mark(lines, number)
            found.append(
                Block(
                    page.name,
                    number + 1,
                    directive["language"],
                    content,
                    options.get("caption", ""),
                    word if word in MARKS else "",
                    reason if word in MARKS else "",
                )
            )
    return found


def _content(lines: list[str], directive: int, indent: int) -> tuple[str, dict[str, str]]:
    """What stands below a directive, without its indentation, and its options."""
    body: list[str] = []
    for line in lines[directive + 1 :]:
        if line.strip() and _indentation(line) <= indent:
            break
        body.append(line)
    options = {}
    while body and (option := OPTION.match(body[0])):
        options[option["name"]] = option["value"]
        body.pop(0)
    filled = [line for line in body if line.strip()]
    margin = min(map(_indentation, filled), default=0)
    return "\n".join(line[margin:] for line in body).strip("\n") + "\n", options


def setting(page: Path, word: str, default: str = "") -> str:
    """What a comment of the page says: `.. word: text`."""
    for line in page.read_text(encoding="utf-8").splitlines():
        comment = COMMENT.match(line)
        if comment and comment["word"] == word:
            return comment["text"].strip()
    return default


@dataclass
class Step:
    """A command, and the lines that it has to print."""

    command: str
    expected: list[str] = field(default_factory=list)


def _is_whole(command: str) -> bool:
    """Whether all quotes of it are closed."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True


def steps(block: Block) -> list[Step]:
    """The commands of a block.

    One goes on below a backslash, within quotes, and with bash's second prompt, `> `.
    """
    found: list[Step] = []
    goes_on = False
    for line in block.text.splitlines():
        if goes_on or (found and line.startswith("> ")):
            found[-1].command += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            found.append(Step(line[2:]))
        else:
            assert found, f"{block.where}: output before any command"
            found[-1].expected.append(line)
            continue
        goes_on = line.endswith("\\") or not _is_whole(found[-1].command)
    assert found, f"{block.where}: no command; commands begin with '$ '"
    return found


def missing(expected: list[str], output: str) -> str:
    """The first of the lines that does not come after those before it; empty where all do."""
    text, position = " ".join(output.split()), 0
    for line in expected:
        parts = [re.escape(" ".join(part.split())) for part in line.split("…")]
        found = re.compile(".*?".join(parts)).search(text, position)
        if not found:
            return line
        position = found.end()
    return ""


@dataclass(frozen=True)
class Ansible:
    """programs: their folder. collections: where the collection is installed, None in the checkout."""

    programs: Path = BIN
    collections: Path | None = None

    def environment(self) -> dict[str, str]:
        if self.collections is None:
            found = os.environ.get("PATH", os.defpath)
            return {"PATH": os.pathsep.join([str(self.programs), found])}
        # Nothing of the checkout is found, also where its programs are on this process' own path.
        return {
            "PATH": os.pathsep.join([str(self.programs), os.defpath]),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
        }


class Reader:
    """Somebody who reads a page, in a folder of its own, and types what it says."""

    def __init__(self, folder: Path, page: Path, ansible: Ansible | None = None) -> None:
        self.folder = folder
        self.page = page
        self.ansible = ansible or Ansible()
        self.cwd = folder
        self.simulator: Simulator | None = None
        self._ports: dict[str, str] = {}
        self._state = folder / "home" / "environment"
        (folder / "home").mkdir()
        self._state.write_text("", encoding="utf-8")

    def start_platform(self, options: str) -> None:
        given = shlex.split(PORT.sub("", options))
        self.simulator = Simulator(*given, example=True)
        self.simulator.start()

    def stop(self) -> None:
        if self.simulator:
            self.simulator.stop()

    def environment(self) -> dict[str, str]:
        own = {
            **self.ansible.environment(),
            "HOME": str(self.folder / "home"),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_HOME": str(self.folder / "home" / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
        }
        if self.simulator and not self._ports:
            own |= {"ZQ_URL": self.simulator.url, "ZQ_TOKEN": self.simulator.token}
        return {**clean_environment(), **own}

    def read(self) -> Iterator[str]:
        """Go through the page, a block after the other. Yields where it is."""
        for block in blocks(self.page):
            if block.mark in SILENT:
                continue
            if block.kind == "file":
                self._write(block)
            else:
                self._run(block)
            yield block.where

    def _write(self, block: Block) -> None:
        path = self.cwd / block.caption
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def _run(self, block: Block) -> None:
        todo = steps(block)
        for step in todo:
            code = int(block.reason) if block.mark == "fails" and step is todo[-1] else 0
            start = START.match(step.command)
            if start:
                self._begin(start["options"])
                continue
            done = self._type(step.command)
            told = f"{block.where}: $ {step.command}\n{done.stdout}"
            assert done.returncode == code, f"ended with {done.returncode}: {told}"
            line = missing(step.expected, done.stdout)
            assert not line, f"not printed, or not in this order: {line}\n{told}"

    def _begin(self, options: str) -> None:
        """The platform, as the Makefile starts it, but at a port that is free."""
        self.start_platform(options)
        assert self.simulator
        (port,) = PORT.findall(options)
        self._ports[port] = self.simulator.url.split(":")[2].split("/")[0]

    def _type(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a line in bash. What it exports, and where it goes, holds for those after it."""
        for written, real in self._ports.items():
            command = command.replace(f"127.0.0.1:{written}", f"127.0.0.1:{real}")
        where = self._state.with_name("folder")
        script = (
            f". {shlex.quote(str(self._state))}\n{command}\n__code=$?\n"
            f"export -p > {shlex.quote(str(self._state))}\npwd > {shlex.quote(str(where))}\n"
            "exit $__code"
        )
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", script],
            cwd=self.cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        self.cwd = Path(where.read_text(encoding="utf-8").rstrip("\n"))
        return done


def reader(folder: Path, page: Path, ansible: Ansible | None = None) -> Reader:
    """Somebody with the page open, beside a platform unless the page itself has one started."""
    somebody = Reader(folder, page, ansible)
    if not any(START.search(block.text) for block in blocks(page)):
        somebody.start_platform(setting(page, "platform", PLATFORM))
    return somebody
