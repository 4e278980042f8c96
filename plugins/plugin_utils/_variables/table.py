# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A row for each variable: from these come parsing, argument specs, surveys and documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .kinds import Kind

# (given, by name) → of each variable that needs another one: its name, what of it, and the other.
Needs = Callable[[Mapping[str, Any]], Iterable[tuple[str, str, str]]]

# What a --limit, and AWX's Limit field, does to a playbook.
REFUSED = "refused"  # it has no meaning: the files say what the run is about
NARROWS = "narrows"  # of the selected devices, those of the hosts
HOSTS = "hosts"  # the devices of the hosts are what is meant


MARKUP = re.compile(r"\b[A-Z]\(([^()#]*)(#[^()]*)?\)")


def plain(text: str) -> str:
    """A description without the markup of Ansible's documentation."""
    return MARKUP.sub(r"\1", text)


@dataclass(frozen=True)
class Variable:
    """One variable of a playbook or a role.

    name: without the prefix. description: in the markup of Ansible's documentation; its first part
    says what it is.
    default: as documented, and as returned where it is not given; None for none.
    question: what a survey asks; "" where it does not ask for it. required: it has to be given.
    aliases: other names by which it may be given, without the prefix.
    """

    name: str
    kind: Kind
    description: Sequence[str]
    question: str = ""
    default: Any = None
    required: bool = False
    aliases: Sequence[str] = ()


@dataclass(frozen=True)
class Table:
    """The variables of a playbook or a role.

    prefix: of the names of its variables, without its underscore. description: one sentence.
    limit: what a limit does. exclusive: names of which no more than one may be given.
    needed: names of which one has to be given. of: name → the one without which it means nothing.
    hosts_without: where this one is not given, the devices of the play's hosts are meant.
    by_organization: where a host that stands for an organization is a run of its own, the variable
    that says whose devices it is about; else "". own_files: the files of which each such run has its
    own.
    needs: which of those that are given need another one.
    """

    prefix: str
    description: str
    variables: Sequence[Variable]
    limit: str = REFUSED
    exclusive: Sequence[str] = ()
    needed: Sequence[str] = ()
    of: Mapping[str, str] = field(default_factory=dict)
    hosts_without: str = ""
    by_organization: str = ""
    own_files: Sequence[str] = ()
    needs: Needs | None = None

    def full_name(self, name: str) -> str:
        """As users write it: with the prefix."""
        return f"{self.prefix}_{name}"

    def full_names(self, variable: Variable) -> list[str]:
        """All names of a variable, its own first."""
        return [self.full_name(name) for name in (variable.name, *variable.aliases)]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(variable.name for variable in self.variables)
