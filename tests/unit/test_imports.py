# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules between the rooms of the collection, read off the imports of every file.

A room is a file or a folder below plugins/. Data flows one way, and so do imports: each room may
import what `RULES` says, and nothing else of the collection. See CONTRIBUTING.md for the picture.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"

GROUND = (
    "_errors",
    "_redact",
    "_secret_forms",
    "_text",
    "_limit",
    "_digest",
    "_parallel",
    "_estimate",
    "_reading",
    "_files",
    "_problems",
    "_placeholders",
)
HTTP = (
    "_client_certificate",
    "_connection_options",
    "_connection",
    "_tls",
    "_transport",
    "_retry",
    "_rate",
    "_response",
    "_client",
    "_seams",
    "_pages",
)
DEVICE = (
    "_schema",
    "_selection",
    "_plan",
    "_clashes",
    "_spelling",
    "_parsers",
    "_declarations",
    "_sequence",
    "_policy",
    "_policy_listed",
    "_policy_parser",
    "_verdict",
)
DOING = (
    "_answers",
    "_lists",
    "_devices",
    "_query",
    "_lookup",
    "_apply",
    "_by_reason",
    "_outcomes",
    "_results",
    "_watch",
    "_waves",
    "_operation_request",
    "_operation_selection",
    "_operation_results",
    "_operation_device",
    "_operations",
)
FEATURES = ("_fleet", "_rollout", "_rotation", "_onboarding", "_preflight", "_status")
ALL_LOGIC = (*GROUND, *HTTP, *DEVICE, *DOING, *FEATURES)

CONTROLLER_GROUND = ("_untrusted", "_collector", "_forms", "_device_mapping")
CONTROLLER = (
    "_action",
    "_inventory",
    "_input",
    "_report",
    "_events",
    "_variables",
    "_credentials",
    "_window",
    "_window_wait",
)


def _in(folder: str, *names: str) -> frozenset[str]:
    return frozenset(f"{folder}/{name}" for name in names)


def _rules() -> dict[str, frozenset[str]]:
    """Room → the other rooms that it may import."""
    rules: dict[str, frozenset[str]] = {}
    layers = {
        GROUND: (*GROUND,),
        HTTP: (*GROUND, *HTTP),
        DEVICE: (*GROUND, *DEVICE),
        DOING: (*GROUND, *HTTP, *DEVICE, *DOING),
        FEATURES: (*GROUND, *HTTP, *DEVICE, *DOING),
        ("_module",): (*GROUND, *HTTP),
    }
    for rooms, allowed in layers.items():
        for room in rooms:
            rules[f"module_utils/{room}"] = _in("module_utils", *allowed)
    logic = _in("module_utils", *ALL_LOGIC)
    ground = _in("plugin_utils", *CONTROLLER_GROUND)
    for room in (*CONTROLLER_GROUND, *CONTROLLER):
        rules[f"plugin_utils/{room}"] = logic | ground
    # Modules in the controller's process are run as AnsibleModule would run them.
    rules["plugin_utils/_action"] |= _in("module_utils", "_module")
    rules["plugin_utils/_window_wait"] |= _in("plugin_utils", "_window")
    # The picture of a plan places its waves as the run will, by the same look at the window.
    rules["plugin_utils/_report"] |= _in("plugin_utils", "_window", "_window_wait")
    every_module = frozenset({"module_utils/_module"})
    every_room = logic | every_module | _in("plugin_utils", *CONTROLLER_GROUND, *CONTROLLER)
    rules["modules"] = logic | every_module
    rules["action"] = every_room | {"modules"}
    for folder in ("inventory", "lookup", "filter"):
        rules[folder] = every_room
    # A fragment that is computed is computed from the logic.
    rules["doc_fragments"] = logic
    return rules


RULES = _rules()


def room_of(module: str) -> str:
    """plugins.module_utils._fleet.plan → module_utils/_fleet; plugins.modules.zq_fleet → modules."""
    parts = module.split(".")[1:]
    inside = parts[0] in ("module_utils", "plugin_utils")
    return "/".join(parts[:2]) if inside else parts[0]


def broken_rule(importer: str, imported: str) -> str:
    """Which rule an import breaks, in words; "" where it breaks none."""
    here, there = room_of(importer), room_of(imported)
    if here not in RULES:
        return f"{importer} is in a room that has no rule: add it to RULES, and to CONTRIBUTING.md"
    if here == there or there in RULES[here]:
        return ""
    return f"{importer} imports {imported}, but {here} may not import {there}"


def modules() -> list[str]:
    """The dotted names of all files below plugins/."""
    files = sorted(PLUGINS.rglob("*.py"))
    return [
        ".".join(("plugins", *file.relative_to(PLUGINS).with_suffix("").parts)) for file in files
    ]


def imports_of(module: str, known: frozenset[str]) -> Iterator[str]:
    """The files of the collection that a file imports, by relative imports or absolute ones."""
    path = PLUGINS.parent / Path(*module.split(".")).with_suffix(".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = node.module or ""
        if node.level:
            above = module.split(".")[: -node.level]
            base = ".".join([*above, *base.split(".")] if base else above)
        base = base.removeprefix("ansible_collections.zequenze.control.")
        if not base.startswith("plugins"):
            continue
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in known else base


def all_imports() -> list[tuple[str, str]]:
    """Every import of one file of plugins/ by another."""
    known = frozenset(modules())
    return [(module, other) for module in sorted(known) for other in imports_of(module, known)]


def test_imports_are_found() -> None:
    found = set(all_imports())
    assert ("plugins.modules.zq_device", "plugins.module_utils._apply") in found
    assert ("plugins.module_utils._fleet.apply", "plugins.module_utils._fleet.plan") in found
    assert ("plugins.action.zq_fleet", "plugins.modules.zq_fleet") in found
    assert len(found) > 150


def test_every_import_goes_down() -> None:
    broken = [rule for pair in all_imports() if (rule := broken_rule(*pair))]
    assert not broken, "\n".join(broken)


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph: dict[str, set[str]] = {}
    for importer, imported in all_imports():
        graph.setdefault(importer, set()).add(imported)
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert order.index("plugins.module_utils._errors") < order.index("plugins.module_utils._client")


def test_what_is_imported_when_it_is_asked_for_is_imported_by_few_at_their_top() -> None:
    """Ansible compiles each file that a play imports: the kinds of reports, and the tables of variables."""
    late = ("plugins.plugin_utils._report.kinds.", "plugins.plugin_utils._variables.tables.")
    early = {
        (importer, imported)
        for importer, imported in all_imports()
        if imported.startswith(late) and not importer.startswith(late)
    }
    kinds = late[0]
    assert early == {
        ("plugins.action.zq_firmware", f"{kinds}firmware_rollout"),
        ("plugins.action.zq_rotation", f"{kinds}credential_rotation"),
    }


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        # One arrow of each kind, turned round.
        ("module_utils._errors", "module_utils._client"),
        ("module_utils._client", "module_utils._schema"),
        ("module_utils._plan", "module_utils._devices"),
        ("module_utils._schema", "module_utils._client"),
        ("module_utils._selection", "module_utils._connection"),
        ("module_utils._devices", "module_utils._fleet.plan"),
        ("module_utils._watch", "module_utils._rollout.wave"),
        ("module_utils._fleet.plan", "module_utils._onboarding.plan"),
        ("module_utils._onboarding.follow", "module_utils._rollout.wave"),
        ("module_utils._rollout.wave", "module_utils._fleet.apply"),
        ("module_utils._fleet.drift", "plugin_utils._report.drift"),
        ("module_utils._apply", "module_utils._module"),
        ("module_utils._module", "modules.zq_device"),
        ("plugin_utils._report.rollout", "plugin_utils._input.device_file"),
        ("plugin_utils._input.device_file", "plugin_utils._action.masking"),
        ("plugin_utils._window", "plugin_utils._window_wait"),
        ("plugin_utils._window_wait", "plugin_utils._report.rollout_schedule"),
        ("plugin_utils._events.look", "plugin_utils._variables.kinds"),
        ("modules.zq_report", "plugin_utils._report.files"),
        ("modules.zq_fleet", "action.zq_fleet"),
        ("lookup.zq_desired_state", "modules.zq_fleet"),
        ("inventory.zq_inventory", "action.zq_device_info"),
    ],
)
def test_an_arrow_turned_round_is_named(importer: str, imported: str) -> None:
    rule = broken_rule(f"plugins.{importer}", f"plugins.{imported}")
    assert f"plugins.{importer} imports plugins.{imported}" in rule
    assert "may not import" in rule


def test_a_new_room_needs_a_rule() -> None:
    assert "has no rule" in broken_rule("plugins.module_utils._new", "plugins.module_utils._errors")


def _imported_from_outside(module: str) -> set[str]:
    path = PLUGINS.parent / Path(*module.split(".")).with_suffix(".py")
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module)
    return found


def test_http_libraries_are_known_to_the_client_alone() -> None:
    users = {
        module.removeprefix("plugins.module_utils.")
        for module in modules()
        if any(
            name.split(".")[0] in ("requests", "urllib3") for name in _imported_from_outside(module)
        )
    }
    assert users == {"_client", "_retry", "_transport"}


def test_what_travels_to_a_target_knows_of_ansible_only_its_module_utils() -> None:
    for module in modules():
        if module.startswith("plugins.module_utils."):
            names = [name for name in _imported_from_outside(module) if name.startswith("ansible")]
            assert all(name.startswith("ansible.module_utils") for name in names), module


def test_ansible_module_is_known_to_one_file_and_to_modules_alone() -> None:
    users = {
        module
        for module in modules()
        if "ansible.module_utils.basic" in _imported_from_outside(module)
    }
    inside = {module for module in users if module.startswith("plugins.module_utils.")}
    assert inside == {"plugins.module_utils._module"}
