# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what users give: every file that cannot be used is one line, which names its option."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.common import Failed

ENCRYPTED = "$ANSIBLE_VAULT"


def text_of(option: str, path: Path) -> str:
    """A file's text. Raises Failed."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise Failed(f"{option} {path}: cannot be read: {why}. Give another file.") from None
    except ValueError:
        raise Failed(f"{option} {path}: is not UTF-8. Give a text file.") from None
    if text.startswith(ENCRYPTED):
        raise Failed(
            f"{option} {path}: is encrypted. A rehearsal needs no secret: give it a file without."
        )
    return text


def document_of(option: str, path: Path) -> Any:
    """What a YAML or JSON file holds. Raises Failed."""
    text = text_of(option, path)
    try:
        return _parsed(text, path.suffix)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = one_line(str(error))
        raise Failed(
            f"{option} {path}: is neither YAML nor JSON: {why}. Correct it, or give another file."
        ) from None


def _parsed(text: str, suffix: str) -> Any:
    """JSON is YAML too, and read as itself much faster."""
    try:
        return json.loads(text)
    except ValueError:
        if suffix == ".json":
            raise
    return yaml.safe_load(text)


def mapping_of(option: str, path: Path, content: str) -> dict[str, Any]:
    """The mapping that a file holds; an empty file is an empty one. Raises Failed.

    content: what it is to hold, in words.
    """
    value = document_of(option, path)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Failed(f"{option} {path}: holds no mapping. Give {content}.")
    return {str(key): entry for key, entry in value.items()}


def one_line(text: str) -> str:
    return " ".join(text.split())
