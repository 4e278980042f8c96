# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schemas of desired-state files, with and without a policy, and of a policy: not stale, and of one mind with the lookup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # its types are a package of their own
import pytest
import yaml
from ansible_collections.zequenze.control.plugins.module_utils import _schema
from ansible_collections.zequenze.control.plugins.module_utils._fleet import render as _render
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import (
    read,
    read_schema_of,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
)

from tools import policy_schema
from tools.desired_state_schema import FILE, text

FILES = Files(lambda path: Path(path).read_bytes(), lambda encrypted: encrypted)
VALIDATOR = jsonschema.Draft7Validator(json.loads(FILE.read_text(encoding="utf-8")))
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def accepted(content: str) -> bool:
    # A validator sees JSON, in which every key is text.
    return bool(VALIDATOR.is_valid(json.loads(json.dumps(yaml.safe_load(content), default=str))))


def read_back(folder: Path, content: str) -> bool:
    (folder / "a.yml").write_text(content, encoding="utf-8")
    try:
        read([str(folder)], FILES)
    except FileError:
        return False
    return True


def test_it_is_not_stale() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), (
        "make it again: .venv/bin/python -m tools.desired_state_schema"
    )


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(VALIDATOR.schema)


def test_every_field_is_in_it_and_described() -> None:
    fields: dict[str, Any] = VALIDATOR.schema["definitions"]["device"]["properties"]
    assert {field.name for field in _schema.WRITABLE} <= set(fields)
    assert all(
        field["description"] and "(" not in field["description"].split(" ")[0]
        for field in fields.values()
    )


@pytest.mark.parametrize(
    "file",
    [
        *EXAMPLES.glob("demo/devices/*.yml"),
        *EXAMPLES.glob("gitops/devices/*.yml"),
        *EXAMPLES.glob("names/*/*.yml"),
    ],
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_the_examples(file: Path) -> None:
    content = file.read_text(encoding="utf-8")
    if file.stem == "policy":
        assert jsonschema.Draft7Validator(policy_schema.document()).is_valid(
            as_editors_see(content)
        )
        return
    assert accepted(content)
    policy = file.with_name("policy.yml")
    if policy.exists():
        own = jsonschema.Draft7Validator(read_schema_of(str(policy), FILES))
        assert own.is_valid(as_editors_see(content))


def test_an_export() -> None:
    devices = [
        {
            "name": f"{n}: x",
            "type": "router",
            "organization_id": 7,
            "latitude": "1.5",
            "debug": n > 1,
        }
        for n in range(5)
    ]
    assert accepted(_render.render(devices, {"organization_id": 7}))


@pytest.mark.parametrize(
    ("content", "right"),
    [
        ("[{name: one}]", True),
        (
            "devices: [{name: 1, type: 5, latitude: 1.5, longitude: '2', debug: yes, update_frequency: '300', sync: null}]",
            True,
        ),
        (
            "{defaults: null, organization_defaults: {101: {description: x}}, type_defaults: {ont: {debug: true}}, devices: []}",
            True,
        ),
        ("[{name: one, update_password: always, new_name: two, organization: 5}]", True),
        ("[]", True),
        ("[{name: one, serial_number: 402211E11}, {name: two, serial_number: '0012'}]", True),
        ("[{name: one, serial_number: '4.02211E+11'}]", False),
        ("[{name: one, serial_number: '402211000101.0'}]", False),
        ("[{name: one, serial_number: '=\"001234\"'}]", False),
        ('[{name: one, serial_number: "SN\\u200b1"}]', False),
        ('[{name: one, serial_number: "SN\\n1"}]', False),
        ("x-common: &c {debug: true, anything: [1, {a: b}]}\ndevices: []", True),
        ("{x-y: 1, devices: [{name: one}], defaults: {x-z: 1}}", False),
        ("[{name: one, x-note: a}]", False),
        ("[{name: one, update_frequency: 'ANSIBLE_VAULT;1.1'}]", False),
        ("nothing", False),
        ("[one]", False),
        ("[{type: 5}]", False),
        ("[{name: ''}]", False),
        ("[{name: one, colour: red}]", False),
        ("[{name: one, description: [a]}]", False),
        ("[{name: one, description: true}]", False),
        ("[{name: one, debug: maybe}]", False),
        ("[{name: one, update_frequency: -1}]", False),
        ("[{name: one, update_frequency: 1.5}]", False),
        ("[{name: one, latitude: 91}]", False),
        ("[{name: one, update_password: sometimes}]", False),
        ("{devices: [], more: []}", False),
        ("{devices: {}}", False),
        ("{defaults: {name: x}, devices: []}", False),
        ("{defaults: {serial_number: x}, devices: []}", False),
        ("{organization_defaults: {acme: {}}, devices: []}", False),
        ("{type_defaults: {ont: {organization_id: 5}}, devices: []}", False),
    ],
)
def test_it_is_of_one_mind_with_the_lookup(tmp_path: Path, content: str, right: bool) -> None:
    assert (accepted(content), read_back(tmp_path, content)) == (right, right)


class EditorLoader(yaml.SafeLoader):
    """With the setting `yaml.customTags: ["!vault scalar"]`, a value is the text that it holds."""


def as_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return loader.construct_scalar(node)


EditorLoader.add_constructor("!vault", as_text)
VAULTED = "!vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3333\n    3434\n"


@pytest.mark.parametrize(
    "field", ["password", "update_frequency", "debug", "latitude", "serial_number", "new_name"]
)
def test_any_value_may_be_encrypted(tmp_path: Path, field: str) -> None:
    content = f"- name: one\n  {field}: {VAULTED}"
    assert VALIDATOR.is_valid(as_editors_see(content))
    (tmp_path / "a.yml").write_text(content, encoding="utf-8")
    decrypted = Files(FILES.content, lambda _text: "1")
    assert read([str(tmp_path)], decrypted)[0][field] in ("1", True)


def test_what_is_encrypted_breaks_no_policy_that_an_editor_could_know(tmp_path: Path) -> None:
    own = schema_of(tmp_path, POLICY)
    content = f"- {{{SOUND}, serial_number: XX1}}"
    assert not own.is_valid(as_editors_see(content))
    content = "\n  ".join(["- name: mad-gw-01", "location_name: x", "organization: 101", ""])
    assert own.is_valid(as_editors_see(f"{content}serial_number: {VAULTED}"))
    assert own.is_valid(as_editors_see(f"{content}type: {VAULTED}"))
    assert not own.is_valid(as_editors_see(f"{content}debug: {VAULTED}"))


def test_keys_for_anchors_are_in_the_schema_of_a_policy() -> None:
    validator = jsonschema.Draft7Validator(policy_schema.document())
    assert validator.is_valid(as_editors_see("x-why: &w Ours.\nrequired: {value: type, why: *w}"))
    assert not validator.is_valid(as_editors_see("y-why: Ours."))


# ------------------------------------------------------------------------------------------------- with a policy of one's own

POLICY = r"""
name: {value: '^(?P<site>[a-z]{3})-gw-(?P<sequence>\d{2})$', why: Found by site.}
required: [location_name, organization_id]
forbidden: [debug]
allowed_types: [home-gateway, 5]
allowed_organizations: {value: [101], why: Ours.}
unique: [customer_id]
match: {serial_number: {value: ^ACGW, why: As on the label.}}
"""
SOUND = "name: mad-gw-01, location_name: x, organization: 101"


def schema_of(folder: Path, policy: str, defaults: str = "") -> Any:
    (folder / "policy.yml").write_text(policy, encoding="utf-8")
    if defaults:
        (folder / "defaults.yml").write_text(defaults, encoding="utf-8")
    made = read_schema_of(str(folder), FILES)
    # As it is written, and read by an editor.
    made = json.loads(json.dumps(made))
    jsonschema.Draft7Validator.check_schema(made)
    return jsonschema.Draft7Validator(made)


def as_editors_see(content: str) -> Any:
    return json.loads(json.dumps(yaml.load(content, EditorLoader), default=str))


@pytest.mark.parametrize(
    ("content", "sound"),
    [
        (f"- {{{SOUND}}}", True),
        (f"- {{{SOUND}, debug: null, type: 5, serial_number: ACGW1}}", True),
        (
            "devices: [{name: old, new_name: mad-gw-01, location_name: x, organization_id: '101'}]",
            True,
        ),
        ("defaults: {location_name: x, organization: 101}\ndevices: [{name: mad-gw-01}]", True),
        ("- {name: Router, location_name: x, organization: 101}", False),
        ("- {name: mad-gw-01, new_name: Router, location_name: x, organization: 101}", False),
        ("- {name: mad-gw-01, organization: 101}", False),
        ("devices: [{name: mad-gw-01, organization: 101}]", False),
        ("defaults: {organization: 101}\ndevices: [{name: mad-gw-01}]", False),
        (f"- {{{SOUND}, debug: true}}", False),
        (f"- {{{SOUND}, type: router}}", False),
        ("- {name: mad-gw-01, location_name: x, organization: 102}", False),
        (f"- {{{SOUND}, serial_number: XX1}}", False),
        # As without a policy.
        (f"- {{{SOUND}, colour: red}}", False),
    ],
)
def test_a_policy_in_an_editor_is_that_of_the_lookup(
    tmp_path: Path, content: str, sound: bool
) -> None:
    validator = schema_of(tmp_path, POLICY)
    assert validator.is_valid(as_editors_see(content)) is sound
    assert read_back(tmp_path, content) is sound


def test_conventions_of_some(tmp_path: Path) -> None:
    policy = (
        "name: {organization: {101: {value: ^a, why: Acme.}}, type: {router: ^r}, default: ^d}\n"
    )
    validator = schema_of(tmp_path, policy)
    for entry, sound in (
        ("name: a1, organization: 101", True),
        ("name: r1, organization_id: 101", False),
        ("name: r1, organization: 102, type: router", True),
        ("name: a1, organization: 102, type: router", False),
        ("name: a1, organization: 101, type: router", True),
        # Of whom it is, the defaults of another file may say.
        ("name: x1", True),
        ("name: x1, type: router", True),
    ):
        assert validator.is_valid([yaml.safe_load(f"{{{entry}}}")]) is sound, entry


def test_reasons_are_shown(tmp_path: Path) -> None:
    fields = schema_of(tmp_path, POLICY).schema["definitions"]["device"]["properties"]
    assert fields["name"]["description"].endswith(
        r"Policy: matches ^(?P<site>[a-z]{3})-gw-(?P<sequence>\d{2})$. Why: Found by site."
    )
    assert fields["organization"]["description"].endswith(
        "Policy: has to be given. Policy: one of 101. Why: Ours."
    )
    assert fields["customer_id"]["description"].endswith("Policy: no two devices have the same.")


def test_what_defaults_of_the_folder_give_is_not_asked_of_a_file(tmp_path: Path) -> None:
    defaults = "defaults: {location_name: x}\norganization_defaults: {7: {description: x}}\n"
    policy = "required: [location_name, description, customer_id]\n"
    validator = schema_of(tmp_path, policy, defaults)
    assert validator.is_valid([{"name": "one", "customer_id": "C1"}])
    assert not validator.is_valid([{"name": "one"}])


def test_without_a_policy_it_is_the_general_one(tmp_path: Path) -> None:
    validator = schema_of(tmp_path, "{}")
    assert validator.is_valid([{"name": "one"}])
    assert validator.schema == {
        key: value for key, value in VALIDATOR.schema.items() if key != "$id"
    }


# -------------------------------------------------------------------------------------------------------- of the policy itself


def test_the_schema_of_a_policy_is_not_stale() -> None:
    assert policy_schema.FILE.read_text(encoding="utf-8") == policy_schema.text(), (
        "make it again: .venv/bin/python -m tools.policy_schema"
    )
    jsonschema.Draft7Validator.check_schema(policy_schema.document())


@pytest.mark.parametrize(
    ("content", "sound"),
    [
        (POLICY, True),
        ("{}", True),
        ("name: ^x", True),
        ("name: {organization: {101: ^x}, type: {5: {value: ^y, why: z}}, default: ^z}", True),
        ("name: {value: {type: {router: ^r}}, why: x}", True),
        ("required: location_name\nforbidden: {value: [debug, {value: password, why: x}]}", True),
        ("allowed_types: router\nunique: {value: customer_id, why: x}", True),
        ("nmae: ^x", False),
        ("required: [locaton_name]", False),
        ("unique: [password]", False),
        ("match: {password: x}", False),
        ("match: {serial_number: [x]}", False),
        ("name: {site: ^x}", False),
        ("required: {value: [type], because: x}", False),
        ("allowed_organizations: [acme]", False),
    ],
)
def test_the_schema_of_a_policy(tmp_path: Path, content: str, sound: bool) -> None:
    validator = jsonschema.Draft7Validator(policy_schema.document())
    assert validator.is_valid(as_editors_see(content)) is sound
    (tmp_path / "policy.yml").write_text(content, encoding="utf-8")
    if sound:
        read_schema_of(str(tmp_path), FILES)
    else:
        with pytest.raises(FileError):
            read_schema_of(str(tmp_path), FILES)
