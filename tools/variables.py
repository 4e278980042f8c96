# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made from the one table of variables: the roles' argument specs, and their documentation.

``python -m tools.variables`` writes the options of ``roles/*/meta/argument_specs.yml`` and the
tables of ``variables.rst``; a test fails where they are not what would be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.table import (
    Table,
    Variable,
    plain,
)

from tools.common import ROOT, say

ROLES = ("credential_rotation", "firmware_rollout", "onboarding")
PAGE = ROOT / "docs" / "docsite" / "rst" / "variables.rst"
LABEL = "ansible_collections.zequenze.control.docsite.variables"
OPTIONS = "    options:\n"
BEGIN = ".. The tables below are made by tools/variables.py.\n"
# Who is meant, where the prefix does not say it.
PLAYBOOKS = {"credential_rotation": "rotate_credentials", "onboarding": "onboard"}


class _Dumper(yaml.SafeDumper):
    """Indents lists, as the linters want it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


def options_of(table: Table) -> dict[str, Any]:
    """The options of an argument spec. All are raw: the role reads what a survey gives itself."""
    return {table.full_name(one.name): _option(table, one) for one in table.variables}


def _option(table: Table, variable: Variable) -> dict[str, Any]:
    form = f"Given as {variable.kind.documented}."
    if variable.required:
        form += " It is required."
    for alias in variable.aliases:
        form += f" C({table.full_name(alias)}) is the same."
    option: dict[str, Any] = {"description": [*variable.description, form], "type": "raw"}
    if variable.default is not None:
        option["default"] = variable.default
    return option


def argument_specs(role: str) -> tuple[Path, str]:
    """The file of a role, and what it should hold."""
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    head = path.read_text(encoding="utf-8").partition(OPTIONS)[0]
    dumped = yaml.dump(
        options_of(TABLES[role]), Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True
    )
    lines = [f"      {line}" for line in dumped.splitlines()]
    return path, head + OPTIONS + "\n".join(lines) + "\n"


def page() -> tuple[Path, str]:
    """The page of the documentation, and what it should hold."""
    head = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    return PAGE, head + BEGIN + "\n" + "\n".join(_sections()) + "\n"


def _sections() -> Iterator[str]:
    for prefix, table in sorted(TABLES.items()):
        name = PLAYBOOKS.get(prefix, prefix)
        yield f".. _{LABEL}.{name}:\n\n{name}\n{'-' * len(name)}\n\n{table.description}\n"
        yield ".. list-table::\n   :header-rows: 1\n"
        yield from _row(["variable", "given as", "default", "means"])
        for variable in table.variables:
            yield from _row(_cells(table, variable))
        yield ""


def _row(cells: list[str]) -> Iterator[str]:
    for index, cell in enumerate(cells):
        yield f"   {' ' if index else '*'} - {cell}".rstrip()


def _cells(table: Table, variable: Variable) -> list[str]:
    text = plain(" ".join(variable.description))
    return [
        f"``{table.full_name(variable.name)}``",
        _escaped(variable.kind.documented),
        _default(variable),
        _escaped(text),
    ]


def _escaped(text: str) -> str:
    """Text without markup, as reStructuredText has it."""
    return re.sub(r"([\\*`|]|(?<=\w)_(?!\w))", r"\\\1", text)


def _default(variable: Variable) -> str:
    if variable.required:
        return "required"
    if variable.default is None:
        return ""
    if isinstance(variable.default, bool):
        return f"``{str(variable.default).lower()}``"
    if isinstance(variable.default, list):
        return f"``[{', '.join(map(str, variable.default))}]``"
    return f"``{variable.default}``"


def made() -> list[tuple[Path, str]]:
    """Every file that is made, and what it should hold."""
    return [*map(argument_specs, ROLES), page()]


def main() -> None:
    """Write them."""
    for path, text in made():
        path.write_text(text, encoding="utf-8")
        say(str(path.relative_to(ROOT)))


if __name__ == "__main__":
    main()
