# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On what is rehearsed: fleets and variables in every form, odd files, and which devices are made to fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.common import Failed
from tools.rehearsal.failures import Failures
from tools.rehearsal.fleet import images_of, numbered, with_types
from tools.rehearsal.options import options_of
from tools.rehearsal.playbooks import PLAYBOOKS
from tools.rehearsal.stage import Stage, stage

SWITCHES = "defaults: {type: switch, organization_id: 1}\ndevices: [{name: a}, {name: b}]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "all.yml").write_text(SWITCHES)
    return tmp_path


def on_stage(*arguments: str) -> Stage:
    return stage(options_of(list(arguments)))


def variables(folder: Path, **given: Any) -> tuple[str, str]:
    (folder / "v.yml").write_text(json.dumps(given))
    return ("--variables", "v.yml")


@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
def test_each_playbook_has_its_example(name: str) -> None:
    staged = on_stage("--playbook", name)
    assert staged.seed.get("devices") or staged.seed.get("count")
    assert bool(staged.given) is bool(PLAYBOOKS[name].variables)


def test_without_a_fleet_the_platform_is_empty_but_for_the_types_that_are_declared(
    folder: Path,
) -> None:
    given = variables(folder, reconcile_path="devices")
    staged = on_stage("--playbook", "reconcile", *given)
    assert "devices" not in staged.seed
    assert [kind["short_name"] for kind in staged.seed["types"]] == ["switch"]
    assert staged.folder == folder


def test_a_drift_is_of_what_is_declared(folder: Path) -> None:
    staged = on_stage("--playbook", "drift", *variables(folder, drift_path="devices"))
    assert [device["name"] for device in staged.seed["devices"]] == ["a", "b"]
    given = variables(folder, drift_path="none")
    with pytest.raises(Failed, match=r"^--variables, drift_path: .*there is no such folder"):
        on_stage("--playbook", "drift", *given)


@pytest.mark.parametrize(
    ("given", "types"),
    [
        ({"devices": [{"name": "x", "type": "ap"}, {"name": "y", "type": 7}]}, ["ap", "type-7"]),
        ({"devices": "[{name: x, type: ap}]"}, ["ap"]),
        ({"defaults": {"type": "ap"}, "file": "new.csv"}, ["ap", "router"]),
        ({"file": "none.csv"}, None),
        ({"devices": "{"}, None),
        ({"devices": [1, None]}, None),
    ],
)
def test_the_types_of_an_onboarding(
    folder: Path, given: dict[str, Any], types: list[str] | None
) -> None:
    (folder / "new.csv").write_text("name,type\nx,router\n")
    full = {f"onboarding_{key}": value for key, value in given.items()}
    staged = on_stage("--playbook", "onboard", *variables(folder, **full))
    found = staged.seed.get("types")
    assert (found and [kind["short_name"] for kind in found]) == types


def test_of_many_problems_the_first_is_told(folder: Path) -> None:
    (folder / "devices" / "all.yml").write_text("devices: [{name: a, x: 1}, {name: b, x: 1}]\n")
    with pytest.raises(Failed) as error:
        on_stage("--fleet", "devices")
    assert str(error.value).endswith(" And 1 problem more.")
    assert "entry 1" in str(error.value)


def test_the_variables_may_be_empty(folder: Path) -> None:
    (folder / "v.yml").touch()
    assert on_stage("--variables", "v.yml").given == {}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("f.json", None, "cannot be read: No such file"),
        ("f.json", b"", "is neither YAML nor JSON"),
        ("f.yml", b"", "holds no devices"),
        ("f.yml", b"a: [", "is neither YAML nor JSON"),
        ("f.yml", b"x: 2026-99-99", "is neither YAML nor JSON"),
        ("f.yml", b"!!python/name:os.system x", "is neither YAML nor JSON"),
        ("f.json", b"[" * 100_000, "is neither YAML nor JSON"),
        ("f.yml", b"devices: &d [*d]", "cannot be written as JSON"),
        ("f.yml", b"{2026-01-01: b, count: 3}", "cannot be written as JSON"),
        ("f.json", b"\xff", "is not UTF-8"),
        ("f.json", b"$ANSIBLE_VAULT;1.1;AES256\n", "is encrypted"),
        ("f.json", b"[]", "holds no devices"),
        ("f.json", b"3", "holds no devices"),
        ("f.json", b'{"devices": 3}', "devices is no list"),
        ("f.yml", b"{count: 3, types: {a: 1}}", "types is no list"),
        ("f.yml", b"{count: 3, images: [1]}", "images is no mapping"),
        ("f.yml", b"{count: 3, behaviours: {default: 1}}", "behaviours.default is no mapping"),
        ("f.yml", b"{count: 3, behaviours: {groups: {a: 1}}}", "behaviours.groups is no list"),
        ("f.json", b'["a", "b"]', "are no list of mappings"),
        ("f.json", b'[{"name": "a"}, {"type": 5}]', "device 2 has no name"),
        ("f.yml", b"{count: 3, behaviours: [fast]}", "behaviours is no mapping"),
        ("empty/", None, "holds no file that ends in"),
    ],
)
def test_a_fleet_that_cannot_be_taken_is_one_line(
    folder: Path, name: str, content: bytes | None, told: str
) -> None:
    (folder / "empty").mkdir()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(Failed) as error:
        on_stage("--fleet", name)
    assert str(error.value).startswith("--fleet")
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "--variables .*v.yml: cannot be read: No such file"),
        (b"- a\n", "holds no mapping. Give the variables of the playbook"),
        (b"a: [", "is neither YAML nor JSON"),
        (b"\xff", "is not UTF-8"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n", "is encrypted. A rehearsal needs no secret"),
    ],
)
def test_variables_that_cannot_be_taken_are_one_line(
    folder: Path, content: bytes | None, told: str
) -> None:
    if content is not None:
        (folder / "v.yml").write_bytes(content)
    with pytest.raises(Failed, match=told) as error:
        on_stage("--variables", "v.yml")
    assert "\n" not in str(error.value)


def test_a_seed_in_yaml_may_hold_moments(folder: Path) -> None:
    (folder / "f.yml").write_text("devices: [{name: a, last_connection: 2026-03-02T10:00:00Z}]\n")
    devices = on_stage("--fleet", "f.yml").seed["devices"]
    assert devices == [{"name": "a", "last_connection": "2026-03-02 10:00:00+00:00"}]


def test_devices_are_made_what_the_simulator_takes() -> None:
    devices: list[dict[str, Any]] = [
        {"name": "a", "id": 3, "uuid": "x", "type": "ap", "password": "p"},
        {"name": "b", "type": 5, "type_short_name": "router", "pending_settings": "sync"},
        {"name": "c", "type": "router"},
        {"name": "d", "type_short_name": "ap"},
        {"name": "e"},
    ]
    assert numbered(devices) == [
        {"name": "a", "type": 6, "type_short_name": "ap"},
        {"name": "b", "type": 5, "type_short_name": "router"},
        {"name": "c", "type": 5, "type_short_name": "router"},
        {"name": "d", "type": 6, "type_short_name": "ap"},
        {"name": "e"},
    ]


def test_types_are_added_to_those_that_there_are() -> None:
    seed = {"devices": [{"name": "a", "type": 5, "type_short_name": "router"}]}
    assert with_types(seed, ["router", "5", "ap", "9"])["types"] == [
        {"id": 6, "name": "ap", "short_name": "ap"},
        {"id": 9, "name": "type-9", "short_name": "type-9"},
    ]
    assert with_types(seed, ["router"]) == seed
    # The simulator's own are those of a shape that names none.
    assert with_types({"count": 3}, ["ap"]) == {"count": 3}


@pytest.mark.parametrize(
    ("given", "images"),
    [
        ({}, {}),
        ({"image": "{{ image }}"}, {}),
        ({"image": 18, "version": "2.0"}, {"18": "2.0"}),
        (
            {"image": "18", "version": "2.0", "rollback_image": 17, "from": "1.4, 1.5"},
            {"17": "1.5", "18": "2.0"},
        ),
        ({"rollback_image": 17}, {"17": "1.0"}),
        ({"rollback_image": 17, "from": "[1.4"}, {"17": "1.0"}),
    ],
)
def test_the_versions_of_images(given: dict[str, Any], images: dict[str, str]) -> None:
    full = {f"firmware_rollout_{key}": value for key, value in given.items()}
    assert images_of(full, "1.0") == images


# Which devices fail


def failures(*arguments: str, seed: Any = None) -> Failures:
    return Failures(options_of(list(arguments)), seed or {})


def groups(found: Failures) -> list[tuple[dict[str, str], dict[str, float]]]:
    return [
        (group["of"], group.get("fail_rate") or group["never_return_rate"])
        for group in found.behaviours()["groups"]
    ]


@pytest.mark.parametrize(
    ("playbook", "operations"),
    [
        ("firmware_rollout", ["firmware"]),
        ("maintenance", ["write"]),
        ("reconcile", ["write"]),
        ("onboard", ["connect"]),
        ("preflight", None),
        ("drift", None),
    ],
)
def test_by_default_a_few_fail(playbook: str, operations: list[str] | None) -> None:
    found = failures("--playbook", playbook)
    expected: list[Any] = []
    if operations is not None:
        expected = [({}, dict.fromkeys(operations, 0.03))]
    assert groups(found) == expected
    told = ["Made to fail: 3% of all, as no option says otherwise."]
    assert found.words([0] * len(expected)) == (told if expected else [])


def test_what_is_asked_for_takes_the_place_of_the_default() -> None:
    found = failures("--fail", "type=ap:5%", "--never-return", "1%", "--chance", "7")
    assert groups(found) == [({"type": "ap"}, {"firmware": 0.05}), ({}, {"firmware": 0.01})]
    assert found.behaviours()["default"] == {"seed": 7}
    assert found.words([4, 1200]) == [
        "Made to fail: 5% of type ap (4 devices).",
        "Made to stay away: 1% of all (1,200 devices).",
    ]


def test_a_seed_that_says_how_its_devices_behave_keeps_that() -> None:
    behaviours = {
        "default": {"fail_rate": {"firmware": 0.5}, "seed": 3},
        "groups": [{"of": {"type": "ap"}, "boot_seconds": 1}],
    }
    seed = {"behaviours": behaviours}
    assert failures(seed=seed).behaviours() == behaviours
    assert failures("--chance", "4", seed=seed).behaviours()["default"]["seed"] == 4
    found = failures("--fail", "3%", seed=seed).behaviours()
    assert found["groups"] == [*behaviours["groups"], {"of": {}, "fail_rate": {"firmware": 0.03}}]


def test_of_a_replay_and_what_is_asked_for_the_latter_wins(folder: Path) -> None:
    report = {"waves": [], "devices": [{"status": "failed", "type": "ap"}] * 6}
    (folder / "past.json").write_text(json.dumps(report))
    found = failures("--replay", "past.json", "--fail", "name=x:0%")
    assert [of for of, _rate in groups(found)] == [{}, {"type": "ap"}, {"name": "x"}]
    words = found.words([6, 6, 1])
    assert words[0].startswith("Replayed from ")
    assert words[1:] == ["Made to fail: 0% of name x (1 device)."]


def test_a_rate_of_no_device_is_an_error_where_none_can_come() -> None:
    found = failures("--fail", "type=ruter:5%")
    with pytest.raises(Failed, match=r"^--fail type=ruter:5%: no device of the fleet is of it"):
        found.words([0])
    found = failures("--playbook", "reconcile", "--fail", "type=ap:5%")
    assert found.words([0]) == ["Made to fail: 5% of type ap (0 devices)."]


def test_a_folder_that_was_exported_without_the_fields_of_one_device() -> None:
    assert numbered([{"name": "a", "keep_detail": True, "sync": True}]) == [{"name": "a"}]
