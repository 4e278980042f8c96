# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices that a task declares, in its option `config` or in the files of `path`.

Files are read in the controller alone: its action plugins hand over what reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple

from .._declarations import Checked, declarations_from, intent_of, placed_declarations
from .._errors import InputError
from .._plan import Declaration
from .._policy import Policy
from .._problems import Problems

SECOND_POLICY = (
    "has a policy, as {} has: devices on the platform are held against one."
    " Keep one of the two, or take the folders one after the other."
)
READ_FILES = "read_files"  # beside the options of a task: a ReadFiles


class PlacedDevice(NamedTuple):
    """A device of a file, with its defaults. place: its file, line and entry."""

    place: str
    checked: Checked


@dataclass(frozen=True)
class DeclaredFiles:
    """What files declare. policies: by the folder, what its devices must be, where it says so."""

    devices: Sequence[PlacedDevice] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)

    def only_policy(self, problems: Problems) -> Policy | None:
        """By which the platform is judged; None where there is none. A second one is a problem."""
        if not self.policies:
            return None
        first, *others = self.policies
        for other in others:
            problems.add(other, SECOND_POLICY.format(first))
        return self.policies[first]


NO_FILES = DeclaredFiles()

# Folders or files → what they declare. What is wrong is added to the problems.
ReadFiles = Callable[[Sequence[str], Problems], DeclaredFiles]


@dataclass(frozen=True)
class Declared:
    """What a task declares, in the files that are read."""

    declarations: list[Declaration] = field(default_factory=list)
    files: DeclaredFiles = NO_FILES


def declared_in(params: Mapping[str, Any], state: str, problems: Problems) -> Declared:
    """What the options `config` or `path` declare. What is wrong is added to the problems."""
    if not problems.attempt(_check_source, params, state):
        return Declared()
    if params.get("path") is None:
        config = params["config"]
        if not problems.attempt(_check_devices, "config", config, params, state):
            return Declared()
        return Declared(declarations_from(config, state, params, problems))
    before = len(problems.found)
    paths = problems.attempt(_paths, params["path"])
    read = problems.attempt(_reader, params)
    if not paths or read is None:
        return Declared()
    files = read(paths, problems)
    if len(problems.found) > before:
        return Declared()
    if not problems.attempt(_check_devices, "path", files.devices, params, state):
        return Declared(files=files)
    declarations = placed_declarations(files.devices, intent_of(state, params), problems)
    return Declared(declarations, files)


def _check_source(params: Mapping[str, Any], state: str) -> bool:
    """Whether there is something declared that can be looked at."""
    given = [option for option in ("config", "path") if params.get(option) is not None]
    if state == "gathered":
        if params.get("config") or params.get("path") is not None:
            raise InputError(
                given[-1], None, "is given with `state: gathered`, which reads", "Leave it out."
            )
        return False
    if len(given) > 1:
        raise InputError(
            "path", None, "is given beside `config`", "Give one of the two: devices, or files."
        )
    if not given:
        raise InputError("config", None, "is not given", "Give the list of devices, or `path`.")
    return True


def _check_devices(
    option: str, devices: Sequence[Any], params: Mapping[str, Any], state: str
) -> bool:
    """Whether any is declared; not every state may do without."""
    declares = "is empty"
    if option == "path":
        declares = "declares no device"
    if not devices and state == "deleted":
        raise InputError(option, params[option], "selects nothing", "Name at least one device.")
    if not devices and state == "overridden" and params.get("max_deletes") is None:
        raise InputError(
            option,
            params[option],
            f"{declares}, so that all devices in the scope would be deleted",
            "If that is meant, say so with `max_deletes`.",
        )
    return bool(devices)


def _paths(given: Any) -> list[str]:
    """A string is one path, and is not split at commas."""
    paths = [given] if isinstance(given, str) else given
    if not isinstance(paths, list) or not paths:
        paths = [None]
    for path in paths:
        if not isinstance(path, str) or not path.strip():
            raise InputError(
                "path", given, "names no folder or file", "Give one, or a list of them."
            )
    return list(paths)


def _reader(params: Mapping[str, Any]) -> ReadFiles:
    read: ReadFiles | None = params.get(READ_FILES)
    if read is None:
        raise InputError(
            "path",
            params["path"],
            "is read in the controller's process alone, where the files are",
            "Take `async` away, a `delegate_to` another host, and `zq_in_process: false`.",
        )
    return read
