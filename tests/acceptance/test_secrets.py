# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: with -vvvvv --diff, in success and in every failure, neither token nor any password is found anywhere. "What must show" 3.

| line | tests |
|---|---|
| `token`: never printed, logged, cached | test_secrets_are_nowhere_after_ansible_playbook, test_secrets_of_a_failure |
| secrets are removed by field, from results, diffs, errors and the server's own words | test_secrets_of_a_failure, test_secret_of_a_proxy |
| what is not secret is left as it is | test_what_is_no_secret_is_left |

The secrets are no words, and hold every character that is escaped somewhere: what is looked for is the parts in between.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from simulator.testing import Simulator
from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import (
    BOTH_WAYS,
    PASSWORD,
    TOKEN,
    Platform,
    Playbook,
    Relay,
    leaking_files,
    leaks,
    sampled,
    serving,
    silent,
    task,
)

ECHO = {
    "password": [f"This password is too simple: {PASSWORD}"],
    "detail": f"You sent {PASSWORD!r} with Bearer {TOKEN}",
}
PAGE = f"<html><body><pre>{{'password': '{quote(PASSWORD)}', 'Authorization': 'Bearer {TOKEN}'}}</pre>{PASSWORD}</body></html>"
ENCODED = " ".join(
    form
    for secret in (PASSWORD, TOKEN)
    for form in (
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
        html.escape(secret),
        quote(secret, safe=""),
    )
)
FAILURES: dict[str, dict[str, Any]] = {
    "400 that echoes the password": {"kind": "status", "status": 400, "body": ECHO},
    "400 with the password as a key": {
        "kind": "status",
        "status": 400,
        "body": {PASSWORD: ["unknown"], "nested": {"a": [ECHO]}},
    },
    "401 that echoes the token": {
        "kind": "status",
        "status": 401,
        "body": {"detail": f"Invalid token {TOKEN}."},
    },
    "403": {"kind": "status", "status": 403, "body": ECHO},
    "409": {"kind": "status", "status": 409, "body": ECHO},
    "500": {"kind": "status", "status": 500, "body": ECHO},
    "500 as HTML": {"kind": "status", "status": 500, "body": PAGE},
    "503": {"kind": "status", "status": 503, "body": json.dumps(ECHO)},
    "HTML": {"kind": "html", "status": 400, "body": PAGE},
    "no JSON": {
        "kind": "garbage",
        "status": 400,
        "after_work": False,
        "body": f'{{"password": "{PASSWORD}"',
    },
    "redirect": {
        "kind": "redirect",
        "location": f"/api/v1/?password={quote(PASSWORD)}&token={quote(TOKEN)}",
    },
    "reason phrase": {"kind": "status", "status": 400, "reason": f"Bad {TOKEN}"},
    "reason phrase of a proxy": {"kind": "status", "status": 502, "reason": f"Bad {TOKEN}"},
    "encoded": {"kind": "status", "status": 400, "body": {"detail": ENCODED}},
    "encoded on a page": {"kind": "html", "status": 400, "body": f"<p>{ENCODED}</p>"},
    "lost before": {"kind": "reset_before"},
    "lost after": {"kind": "reset_after"},
    "truncated": {"kind": "truncate"},
}


def quiet(called: Any) -> None:
    assert leaks(json.dumps(called.result, ensure_ascii=False)) == []
    assert leaks(called.log) == []


def with_secrets(**more: Any) -> dict[str, Any]:
    return {"token": TOKEN, "password": PASSWORD, "update_password": "always", **more}


def of_the_log(platform: Platform) -> list[str]:
    """A fault that holds a secret has to be kept somewhere: of the simulator's folder only the log is looked at here."""
    log = platform.data / "requests.jsonl"
    assert log.stat().st_size
    return leaking_files(log)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Platform]:
    """A simulator whose folder has never seen a secret."""
    with Simulator("--data-dir", str(tmp_path / "fresh"), "--workers", "2") as simulator:
        simulator.add_token(TOKEN)
        platform = Platform(simulator, tmp_path / "fresh")
        platform.seed("one", "two")
        yield platform


@pytest.fixture
def guarded(platform: Platform) -> Platform:
    platform.seed("one", "two")
    platform.simulator.add_token(TOKEN)
    return platform


def test_the_secrets_are_found_when_they_are_there() -> None:
    """Otherwise the other tests show nothing."""
    for form in (
        PASSWORD,
        TOKEN,
        repr(PASSWORD),
        json.dumps(PASSWORD),
        json.dumps(json.dumps(TOKEN)),
        quote(TOKEN),
        quote(PASSWORD),
    ):
        assert len(leaks(form)) == 3


def test_secrets_of_a_success(fresh: Platform) -> None:
    quiet(fresh.ok("zq_device", **with_secrets(name="new", type=5)))
    assert fresh.simulator.password_is("new", PASSWORD)
    quiet(fresh.ok("zq_device", **with_secrets(name="one", check=True)))
    quiet(fresh.ok("zq_device", **with_secrets(name="one", replace=True)))
    quiet(fresh.ok("zq_device_info", token=TOKEN))
    fresh.simulator.fault("reset_after", methods=["PATCH"], times=1)
    quiet(fresh.ok("zq_device", **with_secrets(name="two")))
    assert fresh.simulator.password_is("two", PASSWORD)
    assert leaking_files(fresh.data) == []


@pytest.mark.parametrize("failure", sampled(FAILURES, 6))
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "GET"])
def test_secrets_of_a_failure(guarded: Platform, failure: str, method: str) -> None:
    guarded.simulator.fault(**FAILURES[failure], methods=[method])
    written: dict[str, dict[str, Any]] = {
        "POST": {"name": "new", "type": 5},
        "PUT": {"name": "one", "replace": True},
    }
    more = written.get(method, {"name": "one"})
    failed = guarded.call("zq_device", **with_secrets(retries=0, **more))
    quiet(failed)
    assert failed.failed or failure.startswith(("lost", "truncated"))
    assert of_the_log(guarded) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "one", "state": "sideways"},
        {"name": "one", "unknown": 1},
        {"name": "one", "latitude": "north"},
        {},
        {"name": "one", "timeout": "soon"},
        {"name": "one", "update_frequency": "often"},
        {"name": "one", "type": "no-such-type"},
        {"name": "one", "new_name": "two"},
    ],
    ids=repr,
)
def test_secrets_of_a_bad_argument(guarded: Platform, arguments: dict[str, Any]) -> None:
    quiet(guarded.fails("zq_device", **with_secrets(**arguments)))


@pytest.mark.parametrize(
    "given", [f"{TOKEN} and more", f"Bearer {TOKEN}", f"{TOKEN}ü", f"{TOKEN}\n{TOKEN}"]
)
def test_secrets_of_a_token_that_cannot_be_one(guarded: Platform, given: str) -> None:
    quiet(guarded.fails("zq_device_info", token=given))


def test_secret_of_a_url_with_a_password(guarded: Platform) -> None:
    quiet(
        guarded.fails(
            "zq_device_info", url=f"http://user:{quote(PASSWORD, safe='')}@127.0.0.1:1/api/v1"
        )
    )


def test_secrets_of_no_answer(guarded: Platform) -> None:
    with silent() as url:
        quiet(
            guarded.fails("zq_device", **with_secrets(name="one", url=url, timeout=0.2, retries=0))
        )


def test_secrets_of_a_reason_phrase_are_neither_in_an_inventory_nor_in_a_journal(
    guarded: Platform, tmp_path: Path
) -> None:
    guarded.simulator.fault("status", status=400, reason=f"Bad {TOKEN}", methods=["GET"])
    inventory = Inventory(guarded, tmp_path)
    said = inventory.fails(env={"ZQ_TOKEN": TOKEN, "ZQ_RETRIES": "0"})
    assert "answered 400 (Bad ********)" in said
    assert leaks(said) == []
    guarded.simulator.clear_faults()
    guarded.simulator.fault("status", status=400, reason=f"Bad {TOKEN}", methods=["PATCH"])
    journal = tmp_path / "journal"
    config = [{"name": "one", "description": "x"}]
    quiet(guarded.fails("zq_fleet", token=TOKEN, config=config, journal_file=str(journal)))
    assert "answered 400 (Bad ********)" in journal.read_text(encoding="utf-8")
    assert leaking_files(tmp_path / "journal") == []


@pytest.mark.parametrize("works", [True, False])
def test_secret_of_a_proxy(guarded: Platform, works: bool) -> None:
    with serving(Relay(guarded.port, answer=None if works else (407, {}, PAGE.encode()))) as proxy:
        address = f"http://user:{quote(PASSWORD, safe='')}@127.0.0.1:{proxy.port}"
        called = guarded.call("zq_device_info", token=TOKEN, proxy=address, retries=0)
        assert called.failed is not works
        quiet(called)
        assert proxy.seen


def test_secret_that_a_device_field_repeats_through_the_server(guarded: Platform) -> None:
    """The server's own words may quote a secret of another field: taken out by value."""
    guarded.simulator.fault(
        "status", methods=["PATCH"], status=400, body={"description": [f"must not be {PASSWORD}"]}
    )
    failed = guarded.fails("zq_device", **with_secrets(name="one", description="x"))
    quiet(failed)
    assert "description" in failed["errors"]


def test_what_is_no_secret_is_left(guarded: Platform) -> None:
    """Redaction is by field: other text is not turned into asterisks."""
    guarded.ok(
        "zq_device",
        name="one",
        description="a password for a token",
        username="admin",
        password="admin",
        update_password="always",
    )
    called = guarded.ok("zq_device_info", name="two")
    assert "*" not in json.dumps(called["devices"])
    failed = guarded.fails("zq_device", name="new", type=5, serial_number="S", organization_id=0)
    assert failed["errors"].keys() == {"organization_id"}
    assert "********" not in failed.msg


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_secrets_are_nowhere_after_ansible_playbook(
    playbook: Playbook, guarded: Platform, in_process: bool
) -> None:
    """-vvvvv --diff: standard output, standard error, Ansible's log, every file that it left, and the simulator's folder."""
    env = {"ZQ_TOKEN": TOKEN, "TEST_PASSWORD": PASSWORD}
    secret = {
        "password": "{{ lookup('ansible.builtin.env', 'TEST_PASSWORD') }}",
        "update_password": "always",
    }
    faults: dict[str, dict[str, Any]] = {
        "400": {"kind": "status", "status": 400, "body": ECHO},
        "401": {"kind": "status", "status": 401, "body": {"detail": f"Invalid token {TOKEN}."}},
        # What a page of something else says is looked up, and the device tried once more.
        "html": {"kind": "html", "status": 400, "body": PAGE, "times": 2},
        "lost": {"kind": "reset_after"},
        "500": {"kind": "status", "status": 500, "body": PAGE, "times": 2},
    }
    posts = 0
    for fault in faults.values():
        met = {"times": 1, **fault}
        guarded.simulator.fault(**met, methods=["POST"], path="name/$", after=posts)
        posts += met["times"]
    played = playbook(
        *(
            task(
                "zq_device",
                f"failing {name}",
                ignore=True,
                name=f"new {name}",
                type=5,
                retries=0,
                **secret,
            )
            for name in faults
        ),
        task("zq_device", "create", name="new", type=5, **secret),
        task("zq_device", "update", name="one", description="x", **secret),
        task("zq_device", "replace", name="one", replace=True, **secret),
        task(
            "zq_device",
            "in a loop",
            name="{{ item }}",
            description="y",
            **secret,
            loop_=["one", "two"],
        ),
        task(
            "zq_device",
            "by option",
            name="one",
            token="{{ lookup('ansible.builtin.env', 'ZQ_TOKEN') }}",
            **secret,
        ),
        task("zq_device", "bad argument", ignore=True, name="one", state="sideways", **secret),
        task("zq_device", "bad value", ignore=True, name="one", latitude="north", **secret),
        task("zq_device_info", "info", detail=True),
        task("zq_device_action", "action", name="one", action="sync"),
        env=env,
        options=["-vvvvv", "--diff"],
        in_process=in_process,
    )
    assert guarded.simulator.password_is("new", PASSWORD)
    assert [played.status(f"failing {name}") for name in ("400", "401", "500", "html")] == [
        "failed"
    ] * 4
    assert played.status("failing lost") == "ok"
    assert leaks(played.stdout) == []
    assert leaks(played.stderr) == []
    assert (played.folder / "ansible.log").stat().st_size > 1000
    assert leaking_files(played.folder) == []
    assert of_the_log(guarded) == []
