# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the event source."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.module_utils._connection_options import OPTIONS
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._events.changes import KINDS
from ansible_collections.zequenze.control.plugins.plugin_utils._events.options import OWN, Options

ENVIRONMENT = {"ZQ_TOKEN": "tok-5f2c9e7b1a", "ZQ_URL": "https://acs.example.com/api/v1"}
FILE = Path(__file__).parents[5] / "extensions/eda/plugins/event_source/devices.py"


def options(**args: Any) -> Options:
    return Options.from_args(args, ENVIRONMENT)


def test_without_any_the_environment_and_the_defaults_hold() -> None:
    found = options()
    assert found.connection.url == ENVIRONMENT["ZQ_URL"]
    assert (found.interval, found.full_interval, found.settle) == (60, 900, 0)
    assert found.kinds == KINDS
    assert found.filters.empty
    assert options(interval="", filters=None, state_file="", kinds=None) == found


@pytest.mark.parametrize(
    ("args", "name", "value"),
    [
        ({"interval": "5"}, "interval", 5.0),
        ({"interval": 5000}, "full_interval", 5000.0),
        ({"settle": "1.5"}, "settle", 1.5),
        ({"kinds": "status, deleted"}, "kinds", ("status", "deleted")),
        ({"kinds": ["firmware"]}, "kinds", ("firmware",)),
        ({"initial": "yes"}, "initial", True),
        ({"max_down_per_hour": "10"}, "max_down_per_hour", 10),
        ({"max_down_per_hour": ""}, "max_down_per_hour", None),
        # What ansible-rulebook adds where a rulebook asks for feedback.
        ({"eda_feedback_queue": object()}, "interval", 60.0),
    ],
)
def test_text_is_taken_as_a_rulebook_gives_it(
    args: dict[str, Any], name: str, value: object
) -> None:
    assert getattr(options(**args), name) == value


@pytest.mark.parametrize(
    ("filters", "organization"), [({"organization": [1, "2"]}, (1, 2)), ("organization: 3", (3,))]
)
def test_a_filter_in_its_forms(filters: object, organization: tuple[int, ...]) -> None:
    assert options(filters=filters).filters.organization == organization


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"intervall": 1}, "intervall: is no option"),
        ({"feedback": True}, "feedback: is no option"),
        ({"interval": "soon"}, "interval: 'soon' is not a number of seconds"),
        ({"interval": 0}, "interval: 0 is not"),
        ({"interval": True}, "interval: True is not"),
        ({"settle": "inf"}, "settle: 'inf' is not"),
        ({"settle": -1}, "settle: -1 is not"),
        ({"interval": 60, "full_interval": 10}, "full_interval: 10.0 is less"),
        ({"kinds": ["status", "other"]}, "kinds: 'other' is no kind"),
        ({"kinds": []}, "kinds: [] names no kind"),
        ({"initial": "perhaps"}, "initial: 'perhaps' is neither"),
        ({"filters": {"status": "down"}}, "filters.status: 'down' cannot narrow"),
        ({"filters": {"organisation": 1}}, "filters.organisation: is no key"),
        ({"filters": {"organization": "acme"}}, "filters.organization: 'acme' is not the id"),
        ({"filters": {"organization": []}}, "filters: {'organization': []} selects no device"),
        ({"filters": {"organization": None}}, "filters: narrows nothing"),
        ({"max_down_per_hour": "1.5"}, "max_down_per_hour: '1.5' is not a number"),
        ({"max_down_per_hour": -1}, "max_down_per_hour: -1 is not a number"),
        ({"max_down_per_hour": True}, "max_down_per_hour: True is not a number"),
        ({"filters": "text"}, "filters: 'text' is not a mapping"),
        ({"state_file": "/dev/null"}, "state_file: '/dev/null' is a device"),
        ({"state_file": "/proc/no/state"}, "state_file: '/proc/no/state' cannot be written"),
        ({"url": "nowhere"}, "url: 'nowhere' is not"),
    ],
)
def test_what_cannot_be_used_is_named(args: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as raised:
        options(**args)
    assert message in str(raised.value)
    assert raised.value.remedy


def _documentation() -> str:
    """Of the file, which stands in no package."""
    for node in ast.parse(FILE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION":
            return str(ast.literal_eval(node.value))
    raise AssertionError("it has none")


def test_the_documentation_names_the_options_and_their_defaults() -> None:
    documented = yaml.safe_load(_documentation())["options"]
    assert list(documented) == [*(option.name for option in OPTIONS), *OWN]
    for option in OPTIONS:
        assert documented[option.name]["type"] == option.type
        assert documented[option.name].get("default") == option.default
        assert option.env in str(documented[option.name]["description"])
    for name in ("interval", "full_interval", "settle", "initial"):
        assert documented[name]["default"] == getattr(options(), name)
    assert documented["kinds"]["choices"] == documented["kinds"]["default"] == list(KINDS)
