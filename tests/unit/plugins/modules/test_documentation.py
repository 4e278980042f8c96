# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation agrees with the code: options, defaults, examples, and what is returned."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.zequenze.control.plugins.doc_fragments import (
    attributes,
    connection,
    connection_env,
    device,
    firmware,
    fleet,
    query,
    vault,
)
from ansible_collections.zequenze.control.plugins.module_utils import _connection_options, _schema
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_device_action,
    zq_device_info,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform, detail
from ansible_collections.zequenze.control.tests.unit.support import failure, run

PLUGINS = Path(zq_device.__file__).resolve().parents[1]
MODULES = sorted(file.stem for file in PLUGINS.glob("modules/*.py") if file.stem != "__init__")
FRAGMENTS = {
    "connection": connection,
    "connection_env": connection_env,
    "device": device,
    "attributes": attributes,
    "firmware": firmware,
    "fleet": fleet,
    "query": query,
    "vault": vault,
}


def module_of(name: str) -> ModuleType:
    return importlib.import_module(f"ansible_collections.zequenze.control.plugins.modules.{name}")


def fragment(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FRAGMENTS[name].ModuleDocFragment.DOCUMENTATION)
    return loaded


def documentation(module: ModuleType) -> dict[str, Any]:
    """With the fragments in it, as ansible-doc shows it."""
    doc: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)
    for used in doc.get("extends_documentation_fragment", []):
        collection, _dot, name = used.rpartition(".")
        assert collection == "zequenze.control"
        for part, rows in fragment(name).items():
            if isinstance(rows, dict):
                own = doc.setdefault(part, {})
                for key, row in rows.items():
                    own[key] = {**row, **own.get(key, {})}
    return doc


def connects(module: ModuleType) -> bool:
    """Whether it is a module of the platform, and not of its results alone."""
    return "zequenze.control.connection" in yaml.safe_load(module.DOCUMENTATION).get(
        "extends_documentation_fragment", []
    )


def spec_of(module: ModuleType) -> dict[str, Any]:
    return {**(_connection_options.argument_spec() if connects(module) else {}), **module.SPEC}


def compare(spec: dict[str, Any], options: dict[str, Any], where: str = "") -> None:
    assert set(options) == set(spec), where
    for name, row in spec.items():
        option, place = options[name], f"{where}{name}"
        assert option["description"], place
        for key, nothing in (
            ("type", "str"),
            ("required", False),
            ("default", None),
            ("choices", None),
            ("elements", None),
            ("aliases", []),
        ):
            told, real = option.get(key, nothing), row.get(key, nothing)
            assert (type(told), told) == (
                type(real),
                list(real) if key == "choices" and real else real,
            ), f"{place}: {key}"
        assert ("options" in row) == ("suboptions" in option), place
        if "options" in row:
            compare(row["options"], option["suboptions"], f"{place}.")


def test_modules_that_are_documented() -> None:
    assert {"zq_device", "zq_device_action", "zq_device_info"} <= {
        name for name in MODULES if connects(module_of(name))
    }


@pytest.mark.parametrize("name", MODULES)
def test_options(name: str) -> None:
    module = module_of(name)
    doc = documentation(module)
    assert doc["module"] == name
    assert doc["short_description"]
    assert doc["version_added"]
    compare(spec_of(module), doc["options"])


@pytest.mark.parametrize("name", MODULES)
def test_attributes(name: str) -> None:
    module = module_of(name)
    attributes = documentation(module)["attributes"]
    assert {"check_mode", "diff_mode", "idempotent"} <= set(attributes)
    assert ("action_group" in attributes) == connects(module)
    for attribute in attributes.values():
        assert attribute["support"] in ("full", "partial", "none", "N/A")
        assert attribute["description"]
    assert attributes["check_mode"]["support"] == "full"


def test_action_group() -> None:
    runtime = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert set(runtime["action_groups"]["all"]) == {
        name for name in MODULES if connects(module_of(name))
    }


def test_connection_fragment_is_the_table() -> None:
    options = fragment("connection")["options"]
    assert list(options) == [option.name for option in _connection_options.OPTIONS]
    for option in _connection_options.OPTIONS:
        row = options[option.name]
        assert row["type"] == option.type
        assert row.get("default") == option.default
        assert row.get("required", False) == option.required
        assert f"E({option.env})" in " ".join(row["description"])


def test_connection_env_fragment_is_the_table() -> None:
    assert fragment("connection_env") == {
        "options": {
            "url": {"env": [{"name": "ZQ_URL"}]},
            "token": {"env": [{"name": "ZQ_TOKEN"}]},
            "validate_certs": {"env": [{"name": "ZQ_VALIDATE_CERTS"}]},
            "ca_path": {"env": [{"name": "ZQ_CA_PATH"}]},
            "client_cert": {"env": [{"name": "ZQ_CLIENT_CERT"}]},
            "client_key": {"env": [{"name": "ZQ_CLIENT_KEY"}]},
            "proxy": {"env": [{"name": "ZQ_PROXY"}]},
            "timeout": {"env": [{"name": "ZQ_TIMEOUT"}]},
            "retries": {"env": [{"name": "ZQ_RETRIES"}]},
            "rate_limit": {"env": [{"name": "ZQ_RATE_LIMIT"}]},
        }
    }


def text_of(option: dict[str, Any]) -> str:
    description = option["description"]
    return description if isinstance(description, str) else " ".join(description)


def test_fleet_fragment_is_the_device_fragment_as_suboptions() -> None:
    fields = fragment("device")["options"]
    suboptions = fragment("fleet")["options"]["config"]["suboptions"]
    compare(_schema.fleet_item_spec(), suboptions)
    assert list(suboptions) == ["name", *fields]
    for name, row in fields.items():
        text = text_of(suboptions[name])
        assert text.replace("config[].", "").startswith(text_of(row))
    assert not [name for name, row in suboptions.items() if "default" in row]
    assert text_of(suboptions["password"]) == (
        "The password that belongs to O(config[].username). The platform never returns it, and"
        " nothing ever shows it. Sent when the device is created, and later only with"
        " O(config[].update_password=always)."
    )
    assert "may be a name that another declared device gives up" in text_of(suboptions["new_name"])


@pytest.mark.parametrize("name", ["zq_fleet", "zq_drift"])
def test_no_field_of_a_device_is_documented_twice(name: str) -> None:
    config = yaml.safe_load(module_of(name).DOCUMENTATION)["options"]["config"]
    assert "suboptions" not in config
    assert documentation(module_of(name))["options"]["config"]["suboptions"]


def test_device_fragment_is_the_schema() -> None:
    spec = _schema.declaration_spec()
    compare(spec, fragment("device")["options"])
    for field in _schema.FIELDS:
        assert (field.name in spec) == field.writable
        if field.writable:
            row = spec[field.name]
            assert row["type"] == field.kind.spec
            assert row.get("aliases", []) == ([field.alias] if field.alias else [])
            assert row.get("no_log", False) == field.secret
            assert row.get("default") is None, "a default would declare what nobody declared"


def test_detail_only_fields_are_named() -> None:
    text = " ".join(documentation(zq_device_info)["options"]["detail"]["description"])
    assert {name for name in _schema.BY_NAME if f"C({name})" in text} == _schema.DETAIL_ONLY


def test_kept_and_reset_fields_are_named() -> None:
    reset, kept = documentation(zq_device)["options"]["replace"]["description"]
    assert {name for name in _schema.BY_NAME if f"O({name})" in reset} == {
        one.name for one in _schema.FIELDS if one.replacement == "reset"
    }
    firmware = {"firmware_image", "firmware_image_is_pending"}
    keeping = {one.name for one in _schema.FIELDS if one.replacement == "keep" and not one.key}
    assert {name for name in _schema.BY_NAME if f"O({name})" in kept} == keeping | firmware


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = module_of(name)
    tasks = yaml.safe_load(module.EXAMPLES)
    assert tasks
    fields = {
        "name",
        "register",
        "when",
        "loop",
        "vars",
        "check_mode",
        "diff",
        "delegate_to",
        "run_once",
        "no_log",
    }
    used = set()
    for task in tasks:
        assert task["name"]
        (action,) = set(task) - fields
        used.add(action)
        collection, _dot, called_name = action.rpartition(".")
        if collection != "zequenze.control":
            continue
        called = module_of(called_name)
        spec = spec_of(called)
        assert not set(task[action]) - {
            alias for key, row in spec.items() for alias in (key, *row.get("aliases", []))
        }
        # What is a template as a whole has its type only when it runs.
        later = {key for key, value in task[action].items() if str(value).startswith("{{")}
        now = {key: value for key, value in task[action].items() if key not in later}
        if connects(called):
            now["token"] = "t"
        result = ArgumentSpecValidator(
            {key: row for key, row in spec.items() if key not in later}
        ).validate(now)
        assert result.error_messages == []
    assert f"zequenze.control.{name}" in used


def returned(module: ModuleType) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(module.RETURN)
    for key, row in loaded.items():
        assert row["description"], key
        assert row["returned"], key
        assert row["type"], key
    return loaded


OF_ANSIBLE = {"changed", "msg", "warnings"}


def test_return_of_zq_device(platform: Platform) -> None:
    made = run(zq_device, platform, name="r1", type="5")
    platform.fail("PATCH", detail(400, "No."))
    failed = failure(zq_device, platform, name="r1", description="x").to_dict()
    assert set(returned(zq_device)) == (set(made) | set(failed)) - OF_ANSIBLE
    assert set(returned(zq_device)["diff"]["contains"]) == set(made["diff"])


def test_return_of_zq_device_info(platform: Platform) -> None:
    platform.add("r1")
    found = run(zq_device_info, platform)
    platform.fail("GET", detail(401, "No."))
    failed = failure(zq_device_info, platform).to_dict()
    assert set(returned(zq_device_info)) == (set(found) | set(failed)) - OF_ANSIBLE
    assert set(returned(zq_device_info)["devices"]["contains"]) <= set(_schema.BY_NAME)


def test_return_of_zq_device_action(platform: Platform) -> None:
    platform.add("r1")
    done = run(zq_device_action, platform, all=True, action="sync")
    platform.fail("PATCH", detail(400, "No."))
    failed = failure(zq_device_action, platform, all=True, action="sync").to_dict()
    assert set(failed) >= set(done)
    failed |= failure(
        zq_device_action, platform, all=True, action="sync", max_devices="0"
    ).to_dict()
    assert set(returned(zq_device_action)) == (set(done) | set(failed)) - OF_ANSIBLE
    assert set(returned(zq_device_action)["results"]["contains"]) == set(done["results"][0])
    statuses = " ".join(returned(zq_device_action)["results"]["contains"]["status"]["description"])
    assert all(
        f"V({status})" in statuses
        for status in ("done", "accepted", "failed", "unknown", "skipped")
    )
