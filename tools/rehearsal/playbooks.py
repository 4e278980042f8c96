# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks that can be rehearsed: what may fail in each, and what each is rehearsed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.zequenze.control.plugins.plugin_utils._input.folder import expanded

from tools.common import ROOT, Failed
from tools.rehearsal.files import text_of

OPTION = "--playbook"
NAMESPACE = "zequenze.control"
# Operations of devices, as the simulator calls them; their first connection; and writes of the API.
OPERATIONS = ("firmware", "reboot", "factory", "device_factory", "sync", "reconf")
CONNECT, WRITE = "connect", "write"
MENTIONED = re.compile(rf"{re.escape(NAMESPACE)}\.(\w+)")
PLAYBOOK_FILES = (".yml", ".yaml")
FULL_NAME = re.compile(r"\w+\.\w+(\.\w+)+")

DEMO = "docs/examples/demo"
EXAMPLES = "docs/examples/rehearsal"
FLEET = f"{EXAMPLES}/fleet.yml"

# What the fleet is where the user gives variables, but no fleet.
EXAMPLE, EMPTY, DECLARED = "example", "empty", "declared"


@dataclass(frozen=True)
class Playbook:
    """One of the collection's.

    prefix: of its variables, see plugins/plugin_utils/_variables.
    fails, never_returns: what `--fail` and `--never-return` let fail; () where they have no meaning.
    by_default: whether some fail although the user asks for nothing.
    creates: whether it makes devices, so that those of a rate need not be there before.
    durations: variables in seconds by our clock, with their defaults, that wait for devices.
    variables: the example where the user gives none; "" where it needs none.
    fleet: the example that fits to it. without_fleet: EXAMPLE, EMPTY or DECLARED.
    """

    prefix: str
    fails: Sequence[str] = ()
    never_returns: Sequence[str] = ()
    by_default: bool = True
    creates: bool = False
    durations: Mapping[str, float] = field(default_factory=dict)
    variables: str = ""
    fleet: str = FLEET
    without_fleet: str = EXAMPLE


PLAYBOOKS: Mapping[str, Playbook] = {
    "drift": Playbook(
        "drift",
        variables=f"{EXAMPLES}/drift.yml",
        fleet=f"{DEMO}/platform.yml",
        without_fleet=DECLARED,
    ),
    "export": Playbook("export"),
    "firmware_rollout": Playbook(
        "firmware_rollout",
        fails=("firmware",),
        never_returns=("firmware",),
        variables=f"{EXAMPLES}/rollout.yml",
    ),
    "maintenance": Playbook(
        "maintenance",
        # An operation without effect is not to be seen on the platform: its request is refused.
        fails=(WRITE,),
        never_returns=OPERATIONS,
        durations={"wait_timeout": 600, "wait_interval": 10},
        variables=f"{EXAMPLES}/maintenance.yml",
    ),
    "onboard": Playbook(
        "onboarding",
        fails=(CONNECT,),
        never_returns=("sync",),
        creates=True,
        variables=f"{EXAMPLES}/onboard.yml",
        without_fleet=EMPTY,
    ),
    "preflight": Playbook("preflight", fails=(WRITE,), by_default=False),
    "reconcile": Playbook(
        "reconcile",
        fails=(WRITE,),
        creates=True,
        variables=f"{EXAMPLES}/reconcile.yml",
        fleet=f"{DEMO}/platform.yml",
        without_fleet=EMPTY,
    ),
    "status": Playbook("status"),
}
ROLES = {"onboarding": "onboard"}
DEFAULT = "firmware_rollout"


@dataclass(frozen=True)
class Rehearsed:
    """What is rehearsed.

    argument: as ansible-playbook takes it. name: for people, and for its folder. kinds: the
    playbooks of the collection that are in it; none where it is all of a user's own.
    """

    argument: str
    name: str
    kinds: Sequence[str]

    @property
    def playbooks(self) -> list[Playbook]:
        return [PLAYBOOKS[kind] for kind in self.kinds]

    @property
    def is_a_file(self) -> bool:
        """What it is about is for the file to say, where the user gives no variables."""
        return self.argument.endswith(PLAYBOOK_FILES)

    @property
    def only(self) -> Playbook | None:
        """The one of the collection that it is; None where it is another, or several."""
        return PLAYBOOKS[self.kinds[0]] if len(self.kinds) == 1 else None

    @property
    def fails(self) -> list[str]:
        """What `--fail` lets fail."""
        if not self.kinds:
            return [WRITE, CONNECT]
        return unique(operation for one in self.playbooks for operation in one.fails)

    @property
    def never_returns(self) -> list[str]:
        if not self.kinds:
            return list(OPERATIONS)
        return unique(operation for one in self.playbooks for operation in one.never_returns)

    @property
    def fails_by_default(self) -> bool:
        return not self.kinds or any(one.fails and one.by_default for one in self.playbooks)

    @property
    def creates(self) -> bool:
        return not self.kinds or any(one.creates for one in self.playbooks)


def unique(operations: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(operations))


def find_playbook(text: str, folder: Path) -> Rehearsed:
    """By its short or full name, or as a file. Raises Failed.

    folder: where a relative path begins.
    """
    name = text.removeprefix(f"{NAMESPACE}.")
    if name in PLAYBOOKS:
        return Rehearsed(f"{NAMESPACE}.{name}", name, [name])
    if name == "awx_setup":
        raise Failed(f"{OPTION} {text}: sets AWX up, and no device: there is nothing to rehearse.")
    path = folder / expanded(text)
    if text and path.is_file():
        return Rehearsed(str(path), path.stem, _kinds(path))
    if FULL_NAME.fullmatch(text) and name == text and path.suffix not in PLAYBOOK_FILES:
        return Rehearsed(text, text.rsplit(".", 1)[-1], [])
    known = ", ".join(PLAYBOOKS)
    raise Failed(
        f"{OPTION} {text}: is neither a playbook of the collection nor a file. Give {known}, or a file."
    )


def _kinds(path: Path) -> list[str]:
    """The playbooks of the collection that a file is, or takes in."""
    text = text_of(OPTION, path)
    if path.resolve().parent == ROOT / "playbooks" and path.stem in PLAYBOOKS:
        return [path.stem]
    named = [ROLES.get(name, name) for name in MENTIONED.findall(text)]
    return unique(name for name in named if name in PLAYBOOKS)
