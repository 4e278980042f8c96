# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run is run again: the command to type, or the job template to launch."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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
MAY_HOLD_PASSWORDS = (FIELDS, DEVICES)
DEFAULTS: Mapping[str, Any] = {"forks": 5}


def run_again(
    table: Table,
    cli: Mapping[str, Any],
    extra: Mapping[str, Any],
    variables: Mapping[str, Any],
) -> str:
    """What to do to run the same once more.

    cli: the options of ansible-playbook, as `ansible.context.CLIARGS` has them. extra: the variables
    that were given with `-e`, of which only those of the table are shown, for others may be secret.
    variables: of the task, by which AWX tells of its job.
    """
    for prefix in PREFIXES:
        template = variables.get(f"{prefix}_job_template_name")
        if template:
            return f"launch the job template {one_line(template)} again"
    playbooks = [str(one) for one in cli.get("args") or ()]
    if not playbooks:
        return "run it again"
    text = shlex.join(["ansible-playbook", *map(_short, playbooks), *_options(cli)])
    files, known, others = _extra(table, cli, extra)
    for given in files:
        text += f" -e {shlex.quote('@' + _short(given))}"
    if known:
        text += f" -e {shlex.quote(json.dumps(known, sort_keys=True, default=str))}"
    if others:
        text += f" and, as before, {listing(others)}"
    return text


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
    if len(files) == len(given):
        return files, {}, []
    shown = [one for one in table.variables if one.kind not in MAY_HOLD_PASSWORDS]
    names = {table.full_name(one.name) for one in shown} | {UNSLICED}
    known = {name: extra[name] for name in sorted(extra) if name in names}
    # What a file gives cannot be told from what was typed: where there are files, they give it.
    others = [] if files else sorted(set(extra) - names)
    return files, known, others


def _short(path: str) -> str:
    """A path below the working folder without it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
