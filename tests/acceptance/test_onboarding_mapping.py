# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that other software made, onboarded as they are: `onboarding_mapping`, and `mapping.yml`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.gitops import Ran, User
from tests.acceptance.pages import blocks, guide
from tests.acceptance.support import BIN, Platform, leaking_files, leaks

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "onboarding"
LISTS = Path(__file__).parents[1] / "unit" / "plugins" / "plugin_utils" / "_input" / "lists"
SHEET = (
    "sep=;\r\n"
    "Standorte Süd;;;;\r\n"
    "\r\n"
    "Standort;Seriennummer;Gerät;In Betrieb;Breite;Länge;PPPoE Kennwort\r\n"
    "München Süd;ZX10-M001;HG-10;ja;48,1371;11,5754;Kq7vX2-secret\r\n"
    "Nürnberg;ZX10-N002;EX-200;nein;49,4521;11,0767;Kq7vX2-secret\r\n"
    "Lager;ZX10-L003;HG-10;verkauft;;;\r\n"
    "Summe;3;;;;;\r\n"
)
MAPPING: dict[str, Any] = {
    "encoding": "windows-1252",
    "fields": {
        "name": "{Standort|slug}-{Seriennummer|lower}",
        "serial_number": "{Seriennummer}",
        "type": "{Gerät}",
        "location_name": "{Standort}",
        "is_active": "{In Betrieb}",
        "latitude": "{Breite}",
        "longitude": "{Länge}",
    },
    "values": {
        "type": {"HG-10": "home-gateway", "EX-200": "enterprise-router"},
        "is_active": {"ja": True, "nein": False},
    },
    "skip": {"In Betrieb": ["verkauft"]},
}
NAMES = ["munchen-sud-zx10-m001", "nurnberg-zx10-n002"]


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def onboard(user: User, *options: str, **variables: Any) -> Ran:
    given = {f"onboarding_{key}": value for key, value in variables.items()}
    given.setdefault("onboarding_report_dir", "reports")
    playbook = [str(BIN / "ansible-playbook"), "zequenze.control.onboard"]
    return user.program(*playbook, "-e", json.dumps(given), *options)


def words_of(ran: Ran) -> str:
    """What was said, on one line. Some cores show messages as YAML, which doubles quotes."""
    return " ".join(ran.text.replace("''", "'").split())


def report_of(user: User) -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / "report.json").read_text(encoding="utf-8")))


def write_sheet(user: User, text: str = SHEET) -> None:
    (user.folder / "sheet.csv").write_bytes(text.encode("windows-1252"))


def test_a_spreadsheet_is_onboarded_as_it_is_and_again_without_a_change(user: User) -> None:
    write_sheet(user)
    user.write("sheet-mapping.yml", json.dumps(MAPPING))
    for number, status in enumerate(("registered", "already_right"), 1):
        ran = onboard(user, file="sheet.csv", mapping="sheet-mapping.yml")
        assert ran.code == 0, ran.text
        told = words_of(ran)
        assert "2 rows left out: `skip` of In Betrieb (line 7); totals (line 8)." in told
        assert "2 devices read." in told
        report = report_of(user)
        assert {one["name"]: one["status"] for one in report["devices"]} == dict.fromkeys(
            NAMES, status
        ), number
        assert [one["place"] for one in report["devices"]] == ["sheet.csv:5", "sheet.csv:6"]
        assert leaks(ran.text) == []
        assert leaking_files(user.folder / "reports") == []
    assert Counter(user.platform.methods())["POST"] == 2
    assert Counter(user.platform.methods())["PATCH"] == 0
    made = {one["name"]: one for one in user.platform.all()}
    assert sorted(made) == NAMES
    first = made[NAMES[0]]
    assert (first["serial_number"], first["type_short_name"]) == ("ZX10-M001", "home-gateway")
    assert first["location_name"] == "München Süd"
    assert (first["latitude"], first["longitude"]) == ("48.137100", "11.575400")
    assert [made[name]["is_active"] for name in NAMES] == [True, False]


@pytest.mark.parametrize("form", ["mapping", "text of a survey"])
def test_a_mapping_may_be_given_as_it_is(user: User, form: str) -> None:
    write_sheet(user)
    mapping: Any = MAPPING if form == "mapping" else json.dumps(MAPPING, indent=1)
    ran = onboard(user, "--check", file="sheet.csv", mapping=mapping)
    assert ran.code == 0, ran.text
    assert "planned: devices 2, to register 2" in ran.text
    assert set(user.platform.methods()) == {"GET"}


def test_names_may_be_made_of_what_a_mapping_reads(user: User) -> None:
    write_sheet(user)
    nameless = {key: text for key, text in MAPPING["fields"].items() if key != "name"}
    mapping = {**MAPPING, "fields": nameless}
    for _again in range(2):
        ran = onboard(
            user, file="sheet.csv", mapping=mapping, name="{location_name|slug}-gw-{sequence}"
        )
        assert ran.code == 0, ran.text
    names = ["munchen-sud-gw-001", "nurnberg-gw-001"]
    assert sorted(one["name"] for one in user.platform.all()) == names
    assert Counter(user.platform.methods())["POST"] == 2
    ran = onboard(user, file="sheet.csv", mapping=mapping)
    assert "mapping, fields: has no name, which each device needs. Add it." in words_of(ran)


def test_wrong_headings_and_wrong_rows_are_told_in_one_round(user: User) -> None:
    write_sheet(user, SHEET.replace("Seriennummer", "Serien-Nr.").replace("nein", "halb"))
    ran = onboard(user, file="sheet.csv", mapping=MAPPING)
    assert ran.code != 0
    told = words_of(ran)
    assert "sheet.csv line 4: no line has all columns of the mapping." in told
    assert "missing: Seriennummer (there is 'Serien-Nr.')." in told
    assert "sheet.csv line 6, is_active: 'halb' is not in `values.is_active`" in told
    assert user.platform.methods() == []
    assert leaks(ran.text) == []


def test_a_wrong_mapping_is_told_with_the_other_variables(user: User) -> None:
    write_sheet(user)
    mapping = {"fields": {"nam": "{Standort}", "type": "{Gerät|lowr}"}, "skipp": {}}
    ran = onboard(user, file="sheet.csv", mapping=mapping, concurrency="many")
    assert ran.code != 0
    told = words_of(ran)
    for text in (
        "onboarding_mapping.fields.nam: is no field. Write name.",
        "onboarding_mapping.fields.type: '{Gerät|lowr}' has the filter 'lowr'",
        "onboarding_mapping.skipp: is not known. Write skip.",
        "onboarding_concurrency: 'many' is not a whole number.",
    ):
        assert text in told
    assert user.platform.methods() == []
    ran = onboard(user, devices=[], mapping={"fields": {"name": "{a}"}})
    assert "onboarding_mapping: is given without onboarding_file" in words_of(ran)
    ran = onboard(user, file="sheet.csv", mapping="no-such.yml")
    assert "onboarding_mapping: 'no-such.yml' is no file." in words_of(ran)


def test_the_example_of_the_guide(user: User) -> None:
    for path in EXAMPLE.iterdir():
        user.write(path.name, path.read_text(encoding="utf-8"))
    ran = onboard(user, file="assets.csv", mapping="assets-mapping.yml")
    assert ran.code == 0, ran.text
    made = {one["name"]: one for one in user.platform.all()}
    assert sorted(made) == ["acme-bogota-norte-zx10a001", "acme-medellin-centro-zx20a002"]
    assert made["acme-bogota-norte-zx10a001"]["latitude"] == "4.711000"
    texts = [one.text for one in blocks(guide("onboarding"))]
    assert (EXAMPLE / "assets.csv").read_text(encoding="utf-8") in texts
    told = (
        "assets.csv: 3 rows left out: `skip` of State (line 6); `skip` of Model (line 7); totals"
        " (line 8). 2 devices read."
    )
    assert told in words_of(ran)
    assert any(told in text for text in texts)
    # What the guide shows is the file, but for comments.
    (shown,) = (text for text in texts if text.startswith("fields:"))
    assert yaml.safe_load(shown) == yaml.safe_load(
        (EXAMPLE / "assets-mapping.yml").read_text(encoding="utf-8")
    )


def test_a_desired_state_holds_a_list_of_other_software(user: User) -> None:
    state = user.folder / "devices"
    state.mkdir()
    for name in ("netbox_devices.csv", "netbox_devices.mapping.yml", "uisp_devices.json"):
        (state / name).write_bytes((LISTS / name).read_bytes())
    (state / "mapping.yml").write_text(
        "netbox_*.csv: netbox_devices.mapping.yml\n"
        "uisp_devices.json:\n"
        "  fields: {name: '{identification.name|slug}', type: access-point}\n",
        encoding="utf-8",
    )
    command = [str(BIN / "ansible-playbook"), "zequenze.control.reconcile"]
    given = json.dumps({"reconcile_path": "devices"})
    for _again in range(2):
        ran = user.program(*command, "-e", given)
        assert ran.code == 0, ran.text
        assert "netbox_devices.csv: 1 row left out: `skip` of Role (line 4)." in words_of(ran)
    names = ["ap-cerro-1", "bog-cpe-01", "bog-cpe-02", "cpe-cliente-44"]
    assert sorted(one["name"] for one in user.platform.all()) == names
    assert Counter(user.platform.methods())["POST"] == 4
    assert Counter(user.platform.methods())["PATCH"] == 0
