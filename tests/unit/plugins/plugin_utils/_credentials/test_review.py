# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault file against the fleet: what is told, and that nothing of a password is."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    InputError,
)
from ansible_collections.zequenze.control.plugins.module_utils._problems import ConfigError
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.passwords import (
    new_password,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.review import review
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.reviewed import (
    review_vault,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.strength import is_weak
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.vault_file import (
    VaultFile,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import looked

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
STRONG = "qK7vXz9rTwHn3cBm8sWd"


def entry(name: Any, password: Any = None, **more: Any) -> dict[str, Any]:
    if password is None:
        password = new_password()
    return {"name": name, "username": "", "password": password, **more}


def device(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "organization_id": 1, "type_short_name": "router", **more}


def found(entries: list[Any], devices: list[Any], **more: Any) -> list[tuple[str, str, str]]:
    given = {"elsewhere": (), "now": NOW, **more}
    return [(one.name, one.kind, one.detail) for one in review(entries, devices, **given).findings]


def test_every_device_has_an_entry_and_every_entry_a_device() -> None:
    entries = [entry("a"), entry("gone"), entry("begun", ""), entry("elsewhere")]
    devices = [device("a"), device("new"), device("begun")]
    assert found(entries, devices, elsewhere={"elsewhere"}) == [
        ("begun", "no_credentials", "its entry has no password"),
        ("gone", "unused_credentials", ""),
        ("new", "no_credentials", ""),
    ]


def test_a_password_is_shared_with_whoever_has_it_too() -> None:
    entries = [entry(name, STRONG) for name in ("a", "b")]
    devices = [device("a"), device("b")]
    assert found(entries, devices) == [
        ("a", "shared_passwords", "shared with b"),
        ("b", "shared_passwords", "shared with a"),
    ]
    # The other one is of a device that was not looked at.
    assert found(entries, [device("a")], elsewhere={"b"}) == [
        ("a", "shared_passwords", "shared with b")
    ]
    many = [entry(f"d{number}", STRONG) for number in range(9)]
    told = found(many, [device(one["name"]) for one in many])
    assert told[0][2] == "shared with d1, d2, d3 and 5 others"
    assert told[8][2] == "shared with d0, d1, d2 and 5 others"


def test_what_no_password_is_is_not_shared() -> None:
    entries = [entry("a", ""), entry("b", "")]
    assert {kind for _n, kind, _d in found(entries, [])} == {"unused_credentials"}


def test_the_last_entry_of_a_name_counts_and_a_former_password_does_not() -> None:
    entries = [
        entry("a", "short"),
        entry("a", STRONG, former_password="short", rotation={"begun": "x"}),
        entry("a", ""),
        entry("b", former_password=STRONG),
    ]
    assert found(entries, [device("a"), device("b")]) == []


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("Ab3dEf7hIj9", True),  # 11 characters
        ("Ab3dEf7hIj9k", False),
        ("938475610293", True),
        ("kfjwmvqpalzx", True),
        ("KFJWMVQPALZX", True),
        ("kfjwMVQPalzx", False),
        ("admin-2024-!!", True),
        ("Administrator1", True),
        ("AdminPassword99", True),
        ("PassWord:123456", True),
        ("Router Branch 7", True),
        ("router_branch_7", True),
        ("SN00987654321", True),
        ("sn-0098-7654321", True),
        ("acme-cpe-user9", True),
        ("correct horse battery", False),
        (STRONG, False),
    ],
)
def test_weak_passwords(password: str, weak: bool) -> None:
    assert is_weak(password, ("router-branch-7", None, "SN00987654321", "acme-cpe-user9")) is weak
    entries = [entry("router-branch-7", password, username="acme-cpe-user9")]
    devices = [device("router-branch-7", serial_number="SN00987654321")]
    assert found(entries, devices) == [("router-branch-7", "weak_passwords", "")] * weak


def test_generated_passwords_are_not_weak() -> None:
    assert not any(is_weak(new_password(), ["d"]) for _number in range(300))


def test_how_old_each_is() -> None:
    day = timedelta(days=1)
    texts = ["2026-11-25T12:00:00Z", NOW - 400 * day, "", "long ago", None]
    entries = [entry(f"d{number}", changed=text) for number, text in enumerate(texts)]
    devices = [device(one["name"]) for one in entries]
    told = review(entries, devices, (), NOW, older_than=365)
    assert told.ages()[:3] == [
        {"name": "d1", "since": "2025-10-22T12:00:00Z", "days": 400},
        {"name": "d0", "since": "2026-11-25T12:00:00Z", "days": 1},
        {"name": "d2", "since": None, "days": None},
    ]
    assert [one.to_dict() for one in told.findings] == [
        {
            "name": "d1",
            "organization_id": 1,
            "type_short_name": "router",
            "location_name": None,
            "kind": "old_passwords",
            "since": "2025-10-22T12:00:00Z",
            "detail": "",
        }
    ]
    assert told.summary()["age_not_known"] == 3
    assert told.summary()["oldest"] == "2025-10-22T12:00:00Z"
    assert found(entries, devices) == []


def test_names_and_counts_and_no_value() -> None:
    entries = [entry("a", "1234"), entry("b", 1234), entry(None, STRONG), entry("c", STRONG)]
    told = review(entries, [device("a")], (), NOW)
    assert told.summary() == {
        "devices": 1,
        "entries": 3,
        "unnamed": 1,
        "age_not_known": 3,
        "oldest": None,
        "no_credentials": 0,
        "unused_credentials": 2,
        "shared_passwords": 2,
        "weak_passwords": 2,
        "old_passwords": 0,
    }
    text = json.dumps([told.summary(), told.ages(), [one.to_dict() for one in told.findings]])
    assert "1234" not in text + repr(told)
    assert STRONG not in text + repr(told)


def test_one_password_for_a_whole_fleet() -> None:
    entries = [entry(f"d{number}", STRONG) for number in range(20_000)]
    devices = [device(one["name"]) for one in entries]
    assert len(found(entries, devices)) == 20_000


# ------------------------------------------------------------------- the file and the platform


def lib(secret: bytes = b"right") -> VaultLib:
    return VaultLib([("default", VaultSecret(secret))])


def vault(folder: Path, entries: Any, secret: bytes = b"right") -> VaultFile:
    path = folder / "v.yml"
    path.write_bytes(lib().encrypt(yaml.safe_dump({"onboarding_credentials": entries})))
    return VaultFile(str(path), lib(secret), "", writable=False)


def called(platform: Platform, file: VaultFile, **params: Any) -> dict[str, Any]:
    given = {"include_entries": True, **params}
    return review_vault(given, platform.client(read_only=True), file)


def kinds(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], one["kind"]) for one in result["problems"]]


def test_the_whole_fleet_is_read_by_pages(platform: Platform, tmp_path: Path) -> None:
    platform.add("a", serial_number="S")
    platform.add("b")
    file = vault(tmp_path, [entry("a"), entry("gone")])
    result = called(platform, file)
    assert kinds(result) == [("b", "no_credentials"), ("gone", "unused_credentials")]
    assert result["changed"] is False
    assert [one["name"] for one in result["entries"]] == ["a", "gone"]
    assert {method for method, _path, _body in platform.sent()} == {"GET"}
    assert "entries" not in called(platform, file, include_entries=False)


def test_an_entry_of_a_device_that_was_not_selected_is_used(
    platform: Platform, tmp_path: Path
) -> None:
    platform.add("a", organization_id=1)
    platform.add("b", organization_id=2)
    file = vault(tmp_path, [entry("a"), entry("b", "x"), entry("gone"), entry("..")])
    result = called(platform, file, organization=1)
    assert kinds(result) == [("..", "unused_credentials"), ("gone", "unused_credentials")]
    assert result["summary"]["entries"] == 3
    platform.sent()
    assert ("b", "weak_passwords") in kinds(called(platform, file, within=["b"]))
    assert platform.sent()[0] == looked("b")


def test_what_is_wrong_is_told_at_once_and_first(platform: Platform, tmp_path: Path) -> None:
    file = vault(tmp_path, [])
    with pytest.raises(ConfigError) as caught:
        called(platform, file, organization="acme", older_than=-1, within=[])
    assert list(caught.value.errors) == ["organization", "within", "older_than"]
    with pytest.raises(InputError, match="cannot be decrypted") as wrong:
        called(platform, vault(tmp_path, [], b"wrong"))
    assert "device was created" not in wrong.value.message
    missing = VaultFile(str(tmp_path / "none.yml"), lib(), "", writable=False)
    with pytest.raises(InputError, match="is no file"):
        called(platform, missing)
    assert platform.sent() == []
    with pytest.raises(InputError, match="none of 1 device that it names"):
        called(platform, file, within="gone")


def test_a_file_that_may_be_read_alone_is_enough(platform: Platform, tmp_path: Path) -> None:
    folder = tmp_path / "fixed"
    folder.mkdir()
    file = vault(folder, [entry("a")])
    file.path.chmod(0o400)
    folder.chmod(0o500)
    try:
        assert called(platform, file)["summary"]["unused_credentials"] == 1
        assert [one.name for one in folder.iterdir()] == ["v.yml"]
    finally:
        folder.chmod(0o700)
