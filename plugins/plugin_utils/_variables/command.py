# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run is run again: the command to type, or the job template to launch."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.splitter import parse_kv

from ...module_utils._text import listing, one_line
from .kinds import DEVICES, FIELDS
from .play import PREFIXES, UNSLICED
from .table import Table

# Options of ansible-playbook that a run needs again, as it names them and as they are typed. Of its
# passwords none is among them.
OPTIONS = (
    ("inventory", "-i"),
    ("subset", "--limit"),
    ("vault_ids", "--vault-id"),
    ("vault_password_files", "--vault-password-file"),
    ("forks", "--forks"),
)
ONCE = ("retry_failed",)
HOSTS_OF_PLAY = "hosts"  # of the playbook, and no variable of the role
MAY_HOLD_PASSWORDS = (FIELDS, DEVICES)
PLAIN = re.compile(r"[\w.,:/@%+-]+")
DEFAULTS: Mapping[str, Any] = {"forks": 5}


@dataclass(frozen=True)
class Again:
    """How a run is run again. start, end: what stands before and after what is given otherwise.

    typed: after the start, variables as they were given; by name, so that one can be left out.
    give: what stands before a variable, assign: between its name and its value; check: what makes
    it a run in check mode.
    """

    start: str
    end: str = ""
    give: str = " -e "
    assign: str = "="
    check: str = " --check"
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.start + "".join(self.typed.values()) + self.end

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def run_again(
    table: Table,
    cli: Mapping[str, Any],
    extra: Mapping[str, Any],
    variables: Mapping[str, Any],
) -> Again:
    """What to do to run the same once more.

    cli: the options of ansible-playbook, as `ansible.context.CLIARGS` has them. extra: the variables
    that were given with `-e`, of which only those of the table are shown, for others may be secret.
    variables: of the task, by which AWX tells of its job.
    """
    for prefix in PREFIXES:
        template = variables.get(f"{prefix}_job_template_name")
        if template:
            launch = f"launch the job template {one_line(template)} again"
            return Again(launch, give=", with ", assign=": ", check=", with the job type check")
    playbooks = [str(one) for one in cli.get("args") or ()]
    if not playbooks:
        return Again("run it again", give=", with ", check=", in check mode")
    text = shlex.join(["ansible-playbook", *map(_short, playbooks), *_options(cli)])
    files, known, others = _extra(table, cli, extra)
    for given in files:
        text += f" -e {shlex.quote('@' + _short(given))}"
    typed = {name: f" -e {shlex.quote(given)}" for name, given in _typed(known)}
    return Again(text, f" and, as before, {listing(others)}" if others else "", typed=typed)


def _options(cli: Mapping[str, Any]) -> Iterator[str]:
    for name, option in OPTIONS:
        value = cli.get(name)
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one and one != DEFAULTS.get(name):
                yield option
                yield _short(str(one))


def _extra(
    table: Table, cli: Mapping[str, Any], extra: Mapping[str, Any]
) -> tuple[list[str], dict[str, Any], list[str]]:
    """The files of variables, the variables that were typed, and the names of other ones."""
    given = [str(one) for one in cli.get("extra_vars") or ()]
    files = [one[1:] for one in given if one.startswith("@")]
    typed = {name for one in given if not one.startswith("@") for name in _names_in(one)}
    shown = [one for one in table.variables if one.kind not in MAY_HOLD_PASSWORDS]
    names = {name for one in shown for name in table.full_names(one)}
    names |= {UNSLICED, table.full_name(HOSTS_OF_PLAY)}
    # What a run was told to try again, the next is told anew, or not.
    once = {table.full_name(one) for one in ONCE}
    known = {name: extra[name] for name in sorted(typed & names - once) if name in extra}
    return files, known, sorted(typed - names)


def _typed(variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names, and variables as they are typed: what is plain as `k=v`, the others together.

    Ansible prints a result as JSON, where a quotation mark is shown with a backslash: so there is
    none where it can be avoided.
    """
    others = {}
    for name, value in variables.items():
        if isinstance(value, (str, int, float)) and PLAIN.fullmatch(str(value)):
            yield name, f"{name}={value}"
        else:
            others[name] = value
    if others:
        yield ",".join(others), _as_yaml(others) or json.dumps(others, sort_keys=True, default=str)


def _as_yaml(variables: Mapping[str, Any]) -> str:
    """On one line; "" where it would need a quotation mark, or cannot be written so."""
    try:
        text = yaml.safe_dump(dict(variables), default_flow_style=True, width=10**9).strip()
    except yaml.YAMLError:
        return ""
    return "" if set(text) & set("\"'\\\n") else text


def _names_in(text: str) -> set[str]:
    """Of variables that were typed, as `k=v`, YAML or JSON. Ansible has read them already."""
    if text.lstrip()[:1] not in ("{", "["):
        return {str(name) for name in parse_kv(text)}
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return set()
    return {str(name) for name in value} if isinstance(value, Mapping) else set()


def _short(path: str) -> str:
    """A path below the working folder without it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
