# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mapping, from wherever it is: an option, its text, or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...module_utils._problems import Problems
from .._device_mapping import DeviceMapping, mapping_or_path
from .document import FileError, Files, Source, UnreadableError, place_of
from .encoding import UTF_8, decoded
from .formats import ending_of
from .tree import Branch, json_tree, yaml_tree

TREES: Mapping[str, Callable[[Source], Any]] = {
    ".json": json_tree,
    ".yaml": yaml_tree,
    ".yml": yaml_tree,
}
ENDINGS = tuple(TREES)


def read_mapping(option: str, given: Any, files: Files, needs_name: bool = True) -> DeviceMapping:
    """Raises FileError with all that is wrong. needs_name: whether it has to have a name."""
    problems = Problems()
    mapping = problems.attempt(_from_option, option, given, files, problems, needs_name)
    if mapping is None or problems.found:
        raise FileError(problems)
    return mapping


def _from_option(
    option: str, given: Any, files: Files, problems: Problems, needs_name: bool
) -> DeviceMapping:
    """Raises InputError; what else is wrong is added to the problems."""
    stated = mapping_or_path(option, given)
    if isinstance(stated, str):
        return mapping_of_file(stated, files, problems, needs_name)
    return DeviceMapping.parse(stated, option, problems, needs_name)


def mapping_of_file(
    path: str, files: Files, problems: Problems, needs_name: bool = True
) -> DeviceMapping:
    """What is wrong is added to the problems; what is returned then is not to be used."""
    if ending_of(path) not in ENDINGS:
        problems.add(path, f"is no file of a mapping. Its name has to end in {', '.join(ENDINGS)}.")
        return DeviceMapping(fields={})
    before = len(problems.found)
    tree = tree_of(path, files, problems)
    if len(problems.found) > before:
        return DeviceMapping(fields={})
    return DeviceMapping.parse(tree, path, problems, needs_name)


def tree_of(path: str, files: Files, problems: Problems) -> Mapping[str, Any]:
    """A file that holds a mapping, with every scalar as text; {} where it cannot be read."""
    try:
        text = decoded(files.content(path), UTF_8, "Save it as UTF-8.")
        tree = TREES[ending_of(path)](Source(path, text, files.decrypt))
    except UnreadableError as error:
        problems.add(place_of(path, error.line), str(error))
        return {}
    if not isinstance(tree, Branch):
        problems.add(
            path, "is no mapping. Write key: value, such as `fields:` with `name:` below it."
        )
        return {}
    _check_twice(path, tree, problems)
    return tree


def _check_twice(path: str, branch: Branch, problems: Problems, depth: int = 3) -> None:
    for key in sorted(branch.twice):
        problems.add(place_of(path, branch.line), "is given twice. Remove one of them.", key)
    for value in branch.values():
        if isinstance(value, Branch) and depth:
            _check_twice(path, value, problems, depth - 1)
