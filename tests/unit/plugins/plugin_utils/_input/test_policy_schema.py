# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expressions of Python's, as validators of JSON Schema read them. What the schema accepts is in tests/acceptance/test_gitops_schema.py."""

from __future__ import annotations

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._input.policy_schema import (
    to_json_schema,
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("^a-[0-9]{3}$", "^a-[0-9]{3}$"),
        (r"\A(?P<site>[a-z]+)-(?P<n>\d+)\Z", r"^([a-z]+)-(\d+)$"),
        ("(a)(?P<x>b)(?P=x)", r"(a)(b)\2"),
        (r"(?:a|b)(?=c)(?!d)\(?P<x>", r"(?:a|b)(?=c)(?!d)\(?P<x>"),
        ("[(?i]x", "[(?i]x"),
        (r"[\]a]x", r"[\]a]x"),
        # What only Python reads.
        ("(?i)abc", ""),
        ("(?#why)abc", ""),
        ("(?<=a)b", ""),
        ("[]a]x", ""),
        ("[^]a]x", ""),
    ],
)
def test_expressions(expression: str, expected: str) -> None:
    assert to_json_schema(expression) == expected
