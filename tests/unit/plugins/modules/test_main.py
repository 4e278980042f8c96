# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules as Ansible runs them: arguments in, JSON out."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible_collections.zequenze.control.plugins import module_utils
from ansible_collections.zequenze.control.plugins.module_utils import _module
from ansible_collections.zequenze.control.plugins.module_utils._client import Client
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_device_action,
    zq_device_info,
    zq_fleet,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    TOKEN,
    URL,
    Fault,
    Platform,
    detail,
)

MODULES = "ansible_collections.zequenze.control.plugins.modules"
PASSWORD = "pw-Zk81-9c3e"
HERE = {"url": URL, "token": TOKEN}


@contextmanager
def module_args(args: dict[str, Any]) -> Iterator[None]:
    """As Ansible hands them over; the way to do so in a test is another since ansible-core 2.18."""
    try:
        testing: Any = importlib.import_module("ansible.module_utils.testing")
    except ImportError:
        with mock.patch.object(
            basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
        ):
            yield
    else:
        with testing.patch_module_args(args):
            yield


class Ran:
    """One run of a main(). result: what it printed. masked: what ansible-core 2.22 and newer is told to mask in it."""

    def __init__(
        self, module: ModuleType, args: dict[str, Any], capfd: pytest.CaptureFixture[str]
    ) -> None:
        with module_args(args), pytest.raises(SystemExit) as caught:
            module.main()
        out, err = capfd.readouterr()
        assert err == ""
        self.code = caught.value.code
        self.result: dict[str, Any] = json.loads(out)
        self.masked: list[str] = self.result.pop("_ansible_new_secrets", [])
        for secret in (TOKEN, PASSWORD):
            assert not self.shows(secret)

    def shows(self, secret: str) -> bool:
        """Whether a user would see it."""
        return secret in json.dumps(self.result) and secret not in self.masked


@pytest.fixture
def wired(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A platform that every client of a main() reaches."""

    def client(connection: Connection, *, read_only: bool) -> Client:
        made = Client(connection, read_only=read_only)
        made.transport = platform
        return made

    monkeypatch.setattr(_module, "Client", client)
    return platform


def test_create(wired: Platform, capfd: pytest.CaptureFixture[str]) -> None:
    given = {
        **HERE,
        "name": "r1",
        "type": "5",
        "password": PASSWORD,
        "organization": 3,
        "_ansible_verbosity": 5,
        "_ansible_diff": True,
    }
    ran = Ran(zq_device, given, capfd)
    assert ran.code == 0
    assert ran.result["changed"] is True
    assert ran.result["device"]["organization_id"] == 3
    assert ran.result["changed_fields"] == ["name", "organization_id", "password", "type"]
    assert ran.result["diff"] == {
        "before": {},
        "after": {"name": "r1", "type": 5, "organization_id": 3, "password": "(sensitive)"},
        "before_header": "r1",
        "after_header": "r1",
    }
    assert wired.passwords == {"r1": PASSWORD}
    assert Ran(zq_device, given, capfd).result["changed"] is False


def test_check_mode_sends_nothing_but_get(
    wired: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    wired.add("r1", description="old")
    for module, given in (
        (zq_device, {"name": "r1", "description": "new"}),
        (zq_device, {"name": "r2", "type": "5"}),
        (zq_device, {"name": "r1", "state": "absent"}),
        (zq_device_action, {"all": True, "action": "reboot"}),
    ):
        assert (
            Ran(module, {**HERE, **given, "_ansible_check_mode": True}, capfd).result["changed"]
            is True
        )
    ran = Ran(zq_device_info, {**HERE, "name": "r1", "_ansible_check_mode": True}, capfd)
    assert ran.result["count"] == 1
    assert {call[0] for call in wired.calls} == {"GET"}


def test_null_is_not_given_also_where_there_is_a_default(
    wired: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    wired.add("r1")
    ran = Ran(
        zq_device,
        {
            **HERE,
            "name": "r1",
            "state": None,
            "sync": None,
            "type": None,
            "timeout": None,
            "description": "",
        },
        capfd,
    )
    assert ran.code == 0
    assert ran.result["changed"] is False


def test_names_that_look_like_lists_and_numbers(
    wired: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    wired.add("a,b")
    wired.add("17")
    assert Ran(zq_device_info, {**HERE, "name": "a,b"}, capfd).result["count"] == 1
    assert Ran(zq_device_info, {**HERE, "name": [17, "a,b"]}, capfd).result["count"] == 2
    assert Ran(zq_device_action, {**HERE, "name": "a,b", "action": "sync"}, capfd).code == 0


def test_connection_from_the_environment(
    wired: Platform, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.add("r1")
    for name, value in {
        "URL": URL + "/",
        "TOKEN": TOKEN,
        "TIMEOUT": "7",
        "RETRIES": "0",
        "VALIDATE_CERTS": "no",
    }.items():
        monkeypatch.setenv(f"ZQ_{name}", value)
    assert Ran(zq_device_info, {"_ansible_verbosity": 5}, capfd).result["count"] == 1
    assert wired.kwargs[0]["timeout"].total == 7
    assert wired.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    wired.faults = [Fault(500)]
    assert Ran(zq_device_info, {}, capfd).result["status"] == 500


FAILURES: list[tuple[ModuleType, dict[str, Any], int | None, set[str]]] = [
    (zq_device, {"name": "r1", "description": "refused"}, 400, {"description"}),
    (zq_device, {"name": "r1", "latitude": "200"}, None, {"latitude"}),
    (zq_device, {"name": "new"}, None, {"type"}),
    (zq_device_action, {"name": "nope", "action": "sync"}, 404, {"name"}),
    (zq_device_action, {"name": "r1", "action": "factory_reset"}, None, {"confirm"}),
    (zq_device_info, {"page_size": 0}, None, {"page_size"}),
    # What AnsibleModule refuses by itself.
    (zq_device, {}, None, set()),
    (zq_device, {"name": "r1", "state": "sideways"}, None, set()),
    (zq_device, {"name": "r1", "no_such_option": 1}, None, set()),
    (zq_device, {"name": "r1", "update_frequency": "soon"}, None, set()),
    (zq_device_action, {"name": "r1", "action": "explode"}, None, set()),
    (zq_device_action, {"filter": {"colour": "red"}, "action": "sync"}, None, set()),
    (zq_device_info, {"page_size": "many"}, None, set()),
]


@pytest.mark.parametrize(("module", "given", "status", "fields"), FAILURES)
def test_failures_have_the_same_keys(
    wired: Platform,
    capfd: pytest.CaptureFixture[str],
    module: ModuleType,
    given: dict[str, Any],
    status: int | None,
    fields: set[str],
) -> None:
    wired.add("r1")
    wired.fail("PATCH", Fault(400, b'{"description": ["Refused."]}'))
    ran = Ran(module, {**HERE, **given}, capfd)
    assert ran.code == 1
    assert ran.result["failed"] is True
    assert ran.result["msg"]
    assert ran.result["status"] == status
    assert set(ran.result["errors"]) == fields


def test_token_that_is_missing_or_bad(wired: Platform, capfd: pytest.CaptureFixture[str]) -> None:
    missing = Ran(zq_device_info, {"url": URL}, capfd).result
    assert missing["msg"].startswith("token: is not given. Set `token` in the task,")
    assert (missing["status"], missing["errors"]) == (None, {"token": ["is not given"]})
    # Of blanks, it is none: masked, it would take each blank out of the message.
    assert Ran(zq_device_info, {"url": URL, "token": "  "}, capfd).result["msg"] == missing["msg"]
    assert (
        "token" in Ran(zq_device_info, {"url": URL, "token": "two words"}, capfd).result["errors"]
    )
    wired.faults = [detail(401, "Invalid token.")]
    refused = Ran(zq_device_info, HERE, capfd).result
    assert refused["status"] == 401
    assert "Invalid token." in refused["msg"]


def test_secrets_are_in_no_output(wired: Platform, capfd: pytest.CaptureFixture[str]) -> None:
    """Ran looks for them in each; here the platform repeats them in every way, at the highest verbosity."""
    wired.add("r1")
    wired.devices["r1"].update(password=PASSWORD)
    loud: dict[str, Any] = {**HERE, "_ansible_verbosity": 5}
    noisy = {
        **loud,
        "name": "r1",
        "password": PASSWORD,
        "update_password": "always",
        "description": "x",
    }
    echo = f"{PASSWORD} {TOKEN}".encode()
    for body in (
        echo,
        b'{"detail": "%s"}' % echo,
        b'{"password": ["%s"], "name": ["%s"]}' % (echo, echo),
        b"<title>%s</title>" % echo,
    ):
        for status in (400, 200, 500):
            wired.fail("PATCH", *[Fault(status, body, {"Content-Type": "text/html"})] * 9)
            Ran(zq_device, noisy, capfd)
            wired.faults_by_method.clear()


PROXY = "http://user:{}@proxy.example.com:3128"


@pytest.mark.parametrize(
    ("given", "variable", "code"),
    [
        ({"proxy": PROXY}, "", 0),
        ({"proxy": "http://user:{}@[bad"}, "", 1),
        ({"proxy": "user:{}@proxy.example.com:port"}, "", 1),
        ({"proxy": PROXY, "retries": -1}, "", 1),
        ({"proxy": PROXY, "retries": "many"}, "", 1),
        ({"proxy": PROXY, "no_such_option": 1}, "", 1),
        ({"url": "https://admin:{}@acs.example.com/api/v1"}, "", 1),
        ({}, "ZQ_PROXY", 0),
        ({"retries": -1}, "ZQ_PROXY", 1),
        ({"retries": "many"}, "ZQ_PROXY", 1),
        ({}, "https_proxy", 0),
    ],
)
def test_a_password_within_an_address_is_in_no_output(
    wired: Platform,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    given: dict[str, Any],
    variable: str,
    code: int,
) -> None:
    # Another one each time, for ansible-core 2.22 remembers for the whole process what to mask.
    password = f"px-{sum(map(ord, request.node.name))}-Zk81"
    if variable:
        monkeypatch.setenv(variable, PROXY.format(password))
    given = {
        key: value.format(password) if isinstance(value, str) else value
        for key, value in given.items()
    }
    ran = Ran(zq_device_info, {**HERE, "_ansible_verbosity": 5, **given}, capfd)
    assert ran.code == code
    assert not ran.shows(password)
    if "ansible.module_utils.secrets" in sys.modules:
        assert password in ran.masked, (
            "the controller shows the arguments, less what the module tells it to mask"
        )


def test_warnings_are_ansibles(
    wired: Platform, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.add("r1", firmware_image=1)
    wired.on_request = lambda method, _path: (
        method == "GET" and wired.devices["r1"].update(firmware_image=1)
    )
    told: list[str] = []
    monkeypatch.setattr(_module.ControlModule, "warn", lambda self, text: told.append(text))
    ran = Ran(zq_device, {**HERE, "name": "r1", "firmware_image": 2, "debug": True}, capfd)
    assert ran.result["changed"] is True
    assert "does not show it in: firmware_image" in told[0]


def test_warnings_of_a_task_that_failed_hold_no_control_characters(
    wired: Platform, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.add("evil\x1b[31m", serial_number="S1", organization_id=1)
    # So many that the list is read, which tells who has the number.
    config = [
        {"name": f"n{number}", "type": 5, "organization_id": 1, "serial_number": f"S{number}"}
        for number in range(6)
    ]
    wired.fail("POST", *[detail(400, "No.")] * 6)
    told: list[str] = []
    monkeypatch.setattr(_module.ControlModule, "warn", lambda self, text: told.append(text))
    given = {**HERE, "config": config, "scope": {"organization": 1}}
    ran = Ran(zq_fleet, given, capfd)
    assert ran.code == 1
    assert "\\x1b[31m" in told[0]
    assert "\x1b" not in told[0]


def test_results_of_a_task_that_failed_for_some(
    wired: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    wired.add("r1")
    wired.add("r2")
    wired.fail("PATCH", detail(400, "No."))
    ran = Ran(zq_device_action, {**HERE, "all": True, "action": "sync", "concurrency": 1}, capfd)
    assert ran.code == 1
    assert ran.result["changed"] is True
    assert [one["status"] for one in ran.result["results"]] == ["failed", "accepted"]


def test_without_requests_it_says_so(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_module, "REQUESTS_ERROR", ImportError("No module named 'requests'"))
    ran = Ran(zq_device_info, HERE, capfd)
    assert ran.code == 1
    assert "requests" in ran.result["msg"]
    assert (ran.result["status"], ran.result["errors"]) == (None, {})


def test_everything_can_be_imported_without_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    package = module_utils.__name__
    for name in list(sys.modules):
        if name.startswith(f"{package}.") or name.split(".")[0] in ("requests", "urllib3"):
            monkeypatch.delitem(sys.modules, name)
    for name, there in list(vars(module_utils).items()):
        if isinstance(there, ModuleType):
            monkeypatch.setattr(
                module_utils, name, there
            )  # put back afterwards, for an import binds the new one
    for name in ("requests", "urllib3"):
        monkeypatch.setitem(sys.modules, name, None)
    before = set(sys.modules)
    try:
        again = importlib.import_module(f"{package}._module")
        assert isinstance(vars(again)["REQUESTS_ERROR"], ImportError)
    finally:
        for name in set(sys.modules) - before:
            del sys.modules[name]


@pytest.mark.parametrize("name", ["zq_rotation", "zq_rotation_plan", "zq_vault_info"])
def test_what_needs_the_vault_is_refused_outside_the_controller(
    wired: Platform, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"{MODULES}.{name}")
    needed: dict[str, Any] = {
        "zq_rotation": {"rotations": ["r"]},
        "zq_vault_info": {"vault_file": "v"},
    }
    ran = Ran(module, {**HERE, **needed.get(name, {})}, capfd)
    assert ran.code == 1
    assert f"{name} runs in the controller alone" in ran.result["msg"]
    assert wired.sent() == []


def test_the_digest_key_of_the_environment_is_in_no_output(
    wired: Platform, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "dk-7Xw2vQ9r"
    config = [{"name": "n", "type": 5, "password": PASSWORD}]
    given = {**HERE, "_ansible_check_mode": True, "_ansible_verbosity": 5, "config": config}
    digests = []
    for options, variable in (
        ({"digest_key": key}, None),
        ({}, key),
        ({"digest_key": " "}, key),
        ({"digest_key": key}, "dk-another"),
        ({}, " "),
    ):
        if variable is None:
            monkeypatch.delenv("ZQ_DIGEST_KEY", raising=False)
        else:
            monkeypatch.setenv("ZQ_DIGEST_KEY", variable)
        ran = Ran(zq_fleet, {**given, **options}, capfd)
        assert not ran.shows(key)
        digests.append(ran.result["plan_digest"])
    assert digests[0] == digests[1] == digests[2] == digests[3] != digests[4]
