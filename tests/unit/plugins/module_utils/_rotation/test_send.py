# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to a device, and what is made of each answer that is lost."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._rotation.entry import (
    KEYS,
    STAGES,
    Entry,
    Mark,
)
from ansible_collections.zequenze.control.plugins.module_utils._rotation.send import (
    Answer,
    set_password,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Platform,
    detail,
    reset,
)
from hypothesis import given
from hypothesis import strategies as st

BEFORE = "2026-11-26T09:00:00Z"
AFTER = "2026-11-26T09:00:05Z"


@pytest.fixture
def platform() -> Platform:
    platform = Platform()
    platform.add(
        "one",
        status="Up",
        last_connection=BEFORE,
        last_change=BEFORE,
        last_configuration=BEFORE,
    )
    return platform


def send(platform: Platform, **connection: Any) -> Answer:
    api = DeviceApi(platform.client(**connection))
    return set_password(api, dict(platform.devices["one"]), "new")


def patches(platform: Platform) -> list[Any]:
    return [body for method, _path, body in platform.calls if method == "PATCH"]


def test_one_request_with_a_synchronisation(platform: Platform) -> None:
    answer = send(platform)
    assert (answer.taken, answer.last_connection, answer.error) == (True, BEFORE, None)
    assert patches(platform) == [{"password": "new", "sync": True}]


@pytest.mark.parametrize(
    ("status", "stopped", "refused"), [(400, False, True), (401, True, False), (403, False, False)]
)
def test_what_is_refused_is_sent_once(
    platform: Platform, status: int, stopped: bool, refused: bool
) -> None:
    platform.fail("PATCH", detail(status, "no"))
    answer = send(platform)
    assert (answer.taken, answer.unknown) == (False, False)
    assert (answer.stopped, answer.refused) == (stopped, refused)
    assert len(patches(platform)) == 1


@pytest.mark.usefixtures("clock")
def test_a_lost_request_that_was_not_taken_is_sent_again(platform: Platform) -> None:
    platform.fail("PATCH", reset())
    assert send(platform).taken
    assert patches(platform) == [{"password": "new", "sync": True}] * 2


@pytest.mark.usefixtures("clock")
def test_a_lost_answer_that_shows_as_taken_is_not_sent_again(platform: Platform) -> None:
    platform.fail("PATCH", reset())

    def take(method: str, _path: str) -> None:
        if method == "GET":
            platform.devices["one"].update(last_change=AFTER, pending_settings="configuration_sync")

    platform.on_request = take
    answer = send(platform)
    assert (answer.taken, answer.last_connection) == (True, BEFORE)
    assert len(patches(platform)) == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", [401, 403])
def test_what_is_refused_after_a_lost_answer_is_unknown(platform: Platform, status: int) -> None:
    platform.fail("PATCH", reset(), detail(status, "no"))
    answer = send(platform)
    assert answer.unknown
    assert not answer.taken


@pytest.mark.usefixtures("clock")
def test_lost_answers_come_to_an_end(platform: Platform) -> None:
    platform.fail("PATCH", *[reset()] * 10)
    answer = send(platform, retries=2)
    assert answer.unknown
    assert len(patches(platform)) == 3


TEXT = st.text(max_size=20)
MARKS = st.builds(
    Mark, rotation=TEXT, stage=st.sampled_from(STAGES), at=TEXT, reason=TEXT, run=TEXT
)
MORE = st.dictionaries(TEXT.filter(lambda key: key not in KEYS), st.integers(), max_size=3)
ENTRIES = st.builds(
    Entry,
    name=TEXT,
    username=TEXT,
    password=TEXT,
    former=TEXT,
    changed=TEXT,
    mark=st.none() | MARKS,
    more=MORE,
)


@given(ENTRIES)
def test_an_entry_is_read_as_it_was_written(entry: Entry) -> None:
    assert Entry.from_dict(entry.to_dict()) == entry


@given(st.lists(st.sampled_from(["send", "connect", "restore", "refuse"]), max_size=12))
def test_the_password_that_the_platform_has_is_in_the_entry(steps: list[str]) -> None:
    mark = Mark("r", "sent", BEFORE)
    entry = Entry("one", password="p0")
    has = "p0"
    for number, step in enumerate(steps, 1):
        pending = bool(entry.former)
        if step == "refuse" and not pending:
            entry = entry.prepared(f"p{number}", mark).not_sent(None)
        elif step == "send" and not pending:
            entry = entry.prepared(f"p{number}", mark)
            assert has in (entry.password, entry.former)
            has = entry.password
        elif step == "send":
            entry = entry.prepared(entry.password, mark)
        elif step == "connect" and pending:
            entry = entry.confirmed(mark)
        elif step == "restore" and pending:
            has = entry.former
            entry = entry.restored(mark)
        assert has == entry.password
