# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host names that would be more to Ansible than the name of one device.

A device can be called anything, by whoever may name one. Called like a group, it would be what
`--limit` of that group selects; called localhost, it would be the controller.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._text import listing, plural
from .addresses import NUMBERS, OTHER_NUMBERS, is_controller

Hosts = dict[str, tuple[Mapping[str, Any], dict[str, Any]]]

# A name that means nothing to anything, but for groups: nearly all of them. No names and numbers
# that could be the controller's. What begins with another letter than those is known at a glance.
_ORDINARY = re.compile(
    r"[A-HJKM-Za-hjkm-z_][A-Za-z0-9_-]*"
    rf"|{OTHER_NUMBERS}"
    rf"|(?!(?i:local|loop|ip6-)|{NUMBERS}\Z)"
    r"\w(?:[\w. +=#@-]*[\w+=#@-])?"
    r"(?<!(?i:\.localhost))"
)
# As good as that, but for the colons: what many devices are named by.
_MAC_ADDRESS = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}")
_IS_PATTERN = re.compile(r"[!&~]|.*[*?\[]", re.DOTALL)
_LITERAL = re.compile(r"[\w-]*")
_WITH_WILDCARD = re.compile(r"[*?\[]")
_SUBSCRIPT = re.compile(r"\[[-:0-9]+\]\Z")  # of a pattern: all[0:9]
# Control and format characters, separators of lines, and halves of characters: nothing to print.
_INVISIBLE = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])


def _leads_out_of_folder(name: str) -> bool:
    if "/" in name:
        return name.startswith("/") or ".." in name.split("/")
    return name in (".", "..")


def _is_invisible_in(name: str) -> bool:
    if name.isprintable():
        return False
    return any(unicodedata.category(char) in _INVISIBLE for char in name)


def _selects_group(name: str, groups: Collection[str]) -> bool:
    """Whether a host pattern of this text means a group. A host of the name would hide that."""
    pattern = name.lstrip("!&")
    if pattern.startswith("~"):
        return _may_select_by_regex(pattern[1:], groups)
    if _WITH_WILDCARD.search(pattern):
        pattern = _SUBSCRIPT.sub("", pattern)
        matches = re.compile(fnmatch.translate(pattern)).match
        return any(map(matches, groups))
    return pattern in groups


def _may_select_by_regex(regex: str, groups: Collection[str]) -> bool:
    """Whether a regular expression of the platform's may match a group.

    It is not tried: some run for ever. One that is more than plain text is taken to match.
    """
    if not _LITERAL.fullmatch(regex):
        return True
    return any(group.startswith(regex) for group in groups)


_PROBLEMS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("begins with a hyphen, as an option of a program does", re.compile("-").match),
    ("leads out of a folder", _leads_out_of_folder),
    ("holds control characters", _is_invisible_in),
    ("is the controller", is_controller),
)

_PATTERN = "with * ? [ ] : , ! & ~ ( ) or a leading @ (hosts and --limit take that for a pattern)"
# What a name breaks that works elsewhere.
_AWKWARD: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "with / (folders are made of it where a file is named after a host: host_vars, facts)",
        re.compile("/"),
    ),
    (
        "with {{, {% or {# (in a playbook that names the host, that begins a template)",
        re.compile(r"\{[{%#]"),
    ),
    (
        _PATTERN,
        re.compile(r"[*?\[\]:,!&~()]|\A@"),
    ),
    (
        "with blanks at an end (hosts and --limit cut them off, and find no such host)",
        re.compile(r"\A\s|\s\Z"),
    ),
)


def _is_ordinary(name: str) -> bool:
    # Letters and digits of another form are read as plain ones where a name is resolved.
    return bool(_ORDINARY.fullmatch(name)) and (
        name.isascii() or unicodedata.is_normalized("NFKC", name)
    )


def _problem_of(name: str) -> str | None:
    for problem, has_it in _PROBLEMS:
        if has_it(name):
            return problem
    return None


class SafeNames:
    """Gives each host a name that it may have.

    hosts: by name, in order.
    """

    def __init__(self, hosts: Hosts, on_unsafe_name: str) -> None:
        self.hosts = hosts
        self._on_unsafe_name = on_unsafe_name
        # MAC addresses, and other names that are not ordinary.
        self._mac_addresses: list[str] = []
        self._extraordinary: list[str] = []
        for name in hosts:
            if _is_ordinary(name):
                continue
            if _MAC_ADDRESS.fullmatch(name):
                self._mac_addresses.append(name)
            else:
                self._extraordinary.append(name)
        # Name → what is wrong with it, whatever the groups are.
        self._problems: dict[str, str] = {}
        for name in self._extraordinary:
            problem = _problem_of(name)
            if problem:
                self._problems[name] = problem
        self._patterns = list(filter(_IS_PATTERN.match, self._extraordinary))

    def apply(self, groups: Collection[str]) -> dict[str, str]:
        """Rename the hosts that may not have their names, also because there are these groups.

        Returns former → new names. Raises InputError unless such are to be renamed.
        """
        unsafe = self._unsafe(groups)
        if unsafe and self._on_unsafe_name == "fail":
            raise self._error(unsafe)
        new_names = self._new_names(unsafe)
        for name, new_name in new_names.items():
            if new_name in groups:
                raise cannot_rename(name, new_name)
        if new_names:
            self.hosts = {new_names.get(name, name): host for name, host in self.hosts.items()}
            self._forget(new_names)
        return new_names

    def _forget(self, renamed: Collection[str]) -> None:
        for names in (self._mac_addresses, self._extraordinary, self._patterns):
            names[:] = [name for name in names if name not in renamed]
        for name in renamed:
            self._problems.pop(name, None)

    def _unsafe(self, groups: Collection[str]) -> dict[str, str]:
        """Name → what is wrong with it."""
        unsafe = {}
        for name in groups:
            if name in self.hosts:
                unsafe[name] = "is the name of a group"
        for name, problem in self._problems.items():
            unsafe.setdefault(name, problem)
        for name in self._patterns:
            if name not in unsafe and _selects_group(name, groups):
                unsafe[name] = "selects a group"
        return unsafe

    def _error(self, unsafe: Mapping[str, str]) -> InputError:
        texts = [f"{name!r} (id {self._id(name)}) {problem}" for name, problem in unsafe.items()]
        return InputError(
            "on_unsafe_name",
            None,
            f"{plural(len(unsafe), 'host name')} cannot be used: {listing(texts)}",
            "Rename the devices on the platform, choose other hostnames, or set on_unsafe_name to"
            " rename: such a host is then called device-<id>.",
        )

    def _new_names(self, unsafe: Iterable[str]) -> dict[str, str]:
        new_names: dict[str, str] = {}
        waiting = list(unsafe)
        while waiting:
            name = waiting.pop()
            new_name = f"device-{self._id(name)}"
            new_names[name] = new_name
            # Another device that is called so has to give the name up: it is this one's by its id.
            if new_name in self.hosts and new_name not in new_names:
                waiting.append(new_name)
        return new_names

    def _id(self, name: str) -> Any:
        device, _variables = self.hosts[name]
        return device["id"]

    def warning(self) -> str | None:
        """What to tell of names that can be used, but break something."""
        counts: dict[str, int] = {}
        awkward = dict.fromkeys(self._mac_addresses)
        if awkward:
            counts[_PATTERN] = len(awkward)
        for name in self._extraordinary:
            for text, pattern in _AWKWARD:
                if pattern.search(name):
                    counts[text] = counts.get(text, 0) + 1
                    awkward[name] = None
        if not awkward:
            return None
        kinds = "; ".join(f"{number:,} {text}" for text, number in counts.items())
        return (
            f"{plural(len(awkward), 'host name')} can be used, but not everywhere, such as"
            f" {next(iter(awkward))!r}: {kinds}. Rename the devices on the platform, or choose"
            " other hostnames."
        )


def cannot_rename(name: str, new_name: str) -> InputError:
    """For a host whose former or new name is something else's already."""
    return InputError(
        "on_unsafe_name",
        None,
        f"the host {name!r} cannot be called {new_name!r}: one of these is a group, or a host of"
        " another source",
        "Rename the device on the platform, or choose other hostnames.",
    )
