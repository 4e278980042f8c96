# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML, read node by node, and not by a loader of Ansible's.

Only so can an error name its line, a key that is given twice be noticed, and text stay what was
written (`serial_number: 0012` is the number 10 to YAML).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._declarations import FLAGS
from ...module_utils._errors import InputError
from ...module_utils._schema import BOOLEAN, BY_NAME, LATITUDE, LONGITUDE, NUMBER, TEXT, Kind
from .document import UnreadableError

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"
TEXT_TAG = f"{TAG}str"
VAULT_TAGS = ("!vault", "!vault-encrypted")
PLAIN_TAGS = ("null", "bool", "int", "float", "str", "timestamp")
# A number that means the same as the text that was written.
PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)")
KINDS: Mapping[str, Kind] = {
    **{name: one.kind for name, one in BY_NAME.items()},
    **dict.fromkeys(FLAGS, BOOLEAN),
}
READ_AS = {"bool": "true or false", "timestamp": "a date"}
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

Decrypt = Callable[[str], str]


def read_node(text: str, remedy: str = "Write a list of devices; an empty one is [].") -> Any:
    """The node of the only document. remedy: where it is empty. Raises UnreadableError."""
    try:
        documents = list(_documents(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        # What it quotes may be a part of a password.
        problem = QUOTED.sub("…", error.problem or "cannot be read")
        raise UnreadableError(f"is not valid YAML: {problem}.", line) from None
    except yaml.YAMLError:
        raise UnreadableError(
            "is not valid YAML: it holds characters that YAML does not allow."
        ) from None
    except RecursionError:
        raise UnreadableError("is not valid YAML: it is nested too deeply.") from None
    if len(documents) > 1:
        raise UnreadableError(
            f"holds {len(documents)} YAML documents. Write one: a file has no second `---`."
        )
    if not documents or is_null(documents[0]):
        raise UnreadableError(f"is empty. {remedy}")
    return documents[0]


def _documents(text: str) -> Iterator[Any]:
    loader = LOADER(text)
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


def line_of(node: Any) -> int:
    """The line of the file on which it begins, from 1."""
    return int(node.start_mark.line) + 1


def is_null(node: Any) -> bool:
    return bool(node.tag == f"{TAG}null")


def text_in(node: Any) -> str:
    """The text of a scalar as it is written; "" of anything else."""
    if not isinstance(node, yaml.ScalarNode) or is_null(node):
        return ""
    return str(node.value)


def is_mapping(node: Any) -> bool:
    return isinstance(node, yaml.MappingNode)


def is_list(node: Any) -> bool:
    return isinstance(node, yaml.SequenceNode)


# ----------------------------------------------------------------------------------- mappings


@dataclass
class Pairs:
    """A mapping. values: key → node. lines: key → its line. twice: key → where it is again."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    twice: dict[str, int] = field(default_factory=dict)

    def twice_error(self, key: str) -> InputError:
        first = self.lines[key]
        return InputError(
            key, None, f"is given twice, here and in line {first}", "Remove one of them."
        )


def pairs_of(node: Any, outer: tuple[Any, ...] = ()) -> Pairs:
    """The keys of a mapping; `<<` is followed. outer: the mappings that it is merged into."""
    own = Pairs()
    merged: Pairs | None = None
    for key, value in node.value:
        name = "?"
        if isinstance(key, yaml.ScalarNode):
            name = str(key.value)
        if key.tag == MERGE:
            if merged is None:
                merged = Pairs()
            for other in _merged_nodes(value):
                # An anchor may stand within itself.
                if other is not node and other not in outer:
                    _add_missing(merged, pairs_of(other, (*outer, node)))
        elif name in own.values:
            own.twice[name] = line_of(key)
        else:
            own.values[name] = value
            own.lines[name] = line_of(key)
    if merged is not None:
        _add_missing(own, merged)
    return own


def _merged_nodes(node: Any) -> list[Any]:
    nodes = [node]
    if is_list(node):
        nodes = node.value
    return [one for one in nodes if is_mapping(one)]


def _add_missing(pairs: Pairs, other: Pairs) -> None:
    for key, value in other.values.items():
        if key not in pairs.values:
            pairs.values[key] = value
            pairs.lines[key] = other.lines[key]
            if key in other.twice:
                pairs.twice[key] = other.twice[key]


# ------------------------------------------------------------------------------------ scalars


def scalar_of(name: str, node: Any, decrypt: Decrypt) -> Any:
    """The value of one field as it was written: text, but whole numbers and booleans where the
    schema wants them. Raises InputError, and never repeats a secret."""
    if not isinstance(node, yaml.ScalarNode):
        # Of a structure, it is enough that it is one: it is refused.
        return []
    if node.tag == TEXT_TAG and KINDS.get(name) is not BOOLEAN:
        # Nearly all are: no more is asked of them.
        return node.value
    if node.tag in VAULT_TAGS:
        try:
            return decrypt(node.value)
        except UnreadableError as error:
            raise InputError(name, None, str(error), "") from None
    if node.tag == "!unsafe":
        return node.value
    if node.tag.removeprefix(TAG) in PLAIN_TAGS:
        return _plain_scalar(name, node.value, node.tag.removeprefix(TAG))
    raise InputError(
        name, None, "has a YAML tag that is not known here", "Known are !vault and !unsafe."
    )


def _plain_scalar(name: str, text: str, tag: str) -> Any:
    """tag: what YAML takes it for."""
    kind = KINDS.get(name, TEXT)
    if tag == "null":
        return None
    if kind is BOOLEAN:
        try:
            return boolean(text)
        except TypeError:
            # Whoever validates it says what it should be.
            return text
    if tag == "str" or kind in (LATITUDE, LONGITUDE):
        return text
    if tag == "int" and PLAIN_NUMBER.fullmatch(text):
        if kind is NUMBER:
            return int(text)
        return text
    if kind is NUMBER:
        raise InputError(name, text, "is not a whole number of 0 or more", "Correct it.")
    shown = repr(text)
    if name in BY_NAME and BY_NAME[name].secret:
        shown = "this"
    read_as = READ_AS.get(tag, "a number")
    raise InputError(
        name, None, f"is text, and YAML reads {shown} as {read_as}", "Put it in quotes."
    )
