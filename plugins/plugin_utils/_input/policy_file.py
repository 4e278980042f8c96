# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a policy: YAML or JSON, which is read as text alone, and never as a template."""

from __future__ import annotations

from typing import Any

import yaml

from ...module_utils._policy import Policy
from ...module_utils._problems import Problems
from .document import Files, UnreadableError, place_of
from .encoding import UTF_8, decoded
from .yaml_nodes import read_node

REMEDY = "Save it as UTF-8."


def read_policy(path: str, files: Files, problems: Problems) -> Policy:
    """What is wrong with it is added to the problems."""
    try:
        text = decoded(files.content(path), UTF_8, REMEDY)
        # It names the line of what is no YAML, and of what is there twice.
        read_node(text)
    except UnreadableError as error:
        problems.add(place_of(path, error.line), str(error))
        return Policy()
    return Policy.parse(_value(text), path, problems)


class _Loader(yaml.SafeLoader):
    """A date, and a number that is written otherwise than it would be, stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if tag.endswith(("null", "bool", "int"))]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _value(text: str) -> Any:
    return yaml.load(text, _Loader)  # noqa: S506 (it is a SafeLoader)
