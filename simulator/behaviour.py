# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a device lives, as pure functions: what it does when, and what that makes of its state.

No database, no clock.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

UP, DOWN = "Up", "Down"

# What each trigger shows as in `pending_settings` until it is wholly finished.
TOKENS = {
    "firmware": "firmware_update",
    "reboot": "reboot_pending",
    "factory": "factory_reset_pending",
    "device_factory": "device_factory_reset_pending",
    "sync": "configuration_sync",
    "reconf": "reconf_pending",
}
RESETS = ("factory", "device_factory")
# What may fail of a device beside these: its first connection, any write of it by the API, which is
# refused then, and a new password, which the device does not take: it connects no more, until the
# platform has again the one that the device has.
CONNECT, WRITE, PASSWORD = "connect", "write", "password"
MAY_FAIL = (*TOKENS, CONNECT, WRITE, PASSWORD)
QUICK = ("sync", "reconf")  # done within one session, without a restart
# What becomes of an operation that was begun.
DONE, FAILED, NEVER_RETURNED = "done", "failed", "never_returned"
OPEN = ("pending", "running", NEVER_RETURNED)  # outcomes that keep the token


@dataclass(frozen=True)
class Behaviour:
    """What a device is like.

    Every key may be given as a default, for a type, for a group, or for one device.
    """

    update_frequency: int = 300
    boot_seconds: float = 60
    download_seconds: float = 120
    connection_request: bool = True
    connection_request_delay: tuple[float, float] = (1, 5)
    first_connect_after: float | None = None
    fail: tuple[str, ...] = ()
    never_return: tuple[str, ...] = ()
    fail_rate: Mapping[str, float] = field(default_factory=dict)
    never_return_rate: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    profile_firmware: Mapping[str, Any] | None = None
    default_username: str = "admin"
    default_password: str = "admin"  # noqa: S105 (what devices leave the factory with)
    reports: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, *layers: Mapping[str, Any]) -> Behaviour:
        """Later layers win, key by key.

        An unknown key or operation is an error: a test's typo must not go unseen.
        """
        merged: dict[str, Any] = {}
        for layer in layers:
            merged.update(layer)
        unknown = sorted(set(merged) - {entry.name for entry in fields(cls)})
        if unknown:
            raise ValueError(f"unknown behaviour: {', '.join(unknown)}")
        for key in ("fail", "never_return", "fail_rate", "never_return_rate"):
            wrong = sorted(set(merged.get(key, ())) - set(MAY_FAIL))
            if wrong:
                raise ValueError(f"unknown operation in {key}: {', '.join(wrong)}")
        for key in ("fail", "never_return"):
            if key in merged:
                merged[key] = tuple(merged[key])
        delay = merged.get("connection_request_delay")
        if isinstance(delay, (int, float)):
            merged["connection_request_delay"] = (delay, delay)
        elif delay is not None:
            merged["connection_request_delay"] = (delay[0], delay[1])
        profile = merged.get("profile_firmware")
        if profile is not None and set(profile) != {"version", "after"}:
            raise ValueError("profile_firmware takes version and after")
        return cls(**merged)

    def outcome(self, name: str, operation: str) -> str:
        """What becomes of an operation on the device of this name: done, failed, or never_returned.

        Always the same.
        """
        if operation in self.fail:
            return FAILED
        if operation in self.never_return:
            return NEVER_RETURNED
        chance = fraction(self.seed, name, operation)
        fail_rate = self.fail_rate.get(operation, 0.0)
        if chance < fail_rate:
            return FAILED
        if chance < fail_rate + self.never_return_rate.get(operation, 0.0):
            return NEVER_RETURNED
        return DONE


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but what is given."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


@dataclass
class Work:
    """One operation that the platform has accepted."""

    id: int
    trigger: str
    outcome: str = "pending"
    begun: float | None = None
    ended: float | None = None
    image: int | None = None


@dataclass
class Life:
    """The part of a device that moves by itself.

    `agenda` holds (due, what) and is kept in order. own_credential: of the password that the device
    has, where the platform has another one, since `locked_since`; "" where both have the same.
    """

    name: str
    phase: float
    update_frequency: int
    status: str = DOWN
    status_change: float | None = None
    connected_since: float | None = None
    last_connection: float | None = None
    last_configuration: float | None = None
    software_version: str | None = None
    hardware_version: str | None = None
    manufacturer: str | None = None
    product_class: str | None = None
    unique_identifier: str | None = None
    serial_number_alt: str | None = None
    address: str | None = None
    username: str = ""
    factory_password: bool = False
    own_credential: str = ""
    locked_since: float | None = None
    firmware_image: int | None = None
    firmware_image_is_pending: bool = False
    agenda: list[tuple[float, str]] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)

    def pending_settings(self) -> str | None:
        tokens = dict.fromkeys(TOKENS[work.trigger] for work in self.works if work.outcome in OPEN)
        return ",".join(tokens) or None

    def running(self) -> Work | None:
        """The one operation that has begun and holds the device."""
        return next(
            (work for work in self.works if work.outcome in ("running", "never_returned")), None
        )

    def plan(self, due: float, what: str) -> None:
        """One entry of a kind; the earlier wins, as a device that is called twice comes once."""
        for entry in self.agenda:
            if entry[1] == what:
                if entry[0] <= due:
                    return
                self.agenda.remove(entry)
                break
        self.agenda.append((due, what))
        self.agenda.sort()


Versions = Callable[[int], str]


def last_periodic(phase: float, frequency: int, now: float) -> float:
    """When a device of this phase (0 to 1) last called in of its own accord."""
    offset = phase * frequency
    return math.floor((now - offset) / frequency) * frequency + offset


def next_periodic(phase: float, frequency: int, now: float) -> float:
    return last_periodic(phase, frequency, now) + frequency


def last_seen(
    status: str,
    last_connection: float | None,
    connected_since: float | None,
    phase: float,
    frequency: int,
    now: float,
) -> float | None:
    """`last_connection`, computed: a device that is up called in at every turn since it came up."""
    if status == UP and connected_since is not None:
        periodic = last_periodic(phase, frequency, now)
        if periodic > connected_since and (last_connection is None or periodic > last_connection):
            return periodic
    return last_connection


def seen(life: Life, now: float) -> float | None:
    return last_seen(
        life.status,
        life.last_connection,
        life.connected_since,
        life.phase,
        life.update_frequency,
        now,
    )


def call(life: Life, behaviour: Behaviour, now: float) -> None:
    """There is work: the platform asks the device to connect, or waits until it does by itself."""
    if life.status != UP:
        return
    if behaviour.connection_request:
        low, high = behaviour.connection_request_delay
        life.plan(now + low + (high - low) * fraction("call", life.name, int(now)), "session")
    else:
        life.plan(next_periodic(life.phase, life.update_frequency, now), "session")


def accept(life: Life, behaviour: Behaviour, work: Work, now: float) -> None:
    """An operation is asked for.

    One that waits already is not doubled; what has begun is followed by another.
    """
    for earlier in life.works:
        if earlier.trigger != work.trigger or earlier.outcome not in OPEN:
            continue
        if work.trigger == "firmware":
            asked_for = (
                life.firmware_image
                if earlier.outcome == "pending" and earlier.image is None
                else earlier.image
            )
            if asked_for == work.image:
                work.outcome, work.ended = "merged", now
            elif earlier.outcome == "pending":
                earlier.outcome, earlier.ended = "superseded", now
        elif earlier.outcome == "pending":
            work.outcome, work.ended = "merged", now
    life.works.append(work)
    if work.trigger == "firmware":
        life.firmware_image_is_pending = True
    call(life, behaviour, now)


def withdraw_firmware(life: Life, now: float) -> None:
    """`firmware_image_is_pending` is set to false: in time for an upgrade that has not begun, too
    late for another.
    """
    for work in life.works:
        if work.trigger == "firmware" and work.outcome == "pending":
            work.outcome, work.ended = "withdrawn", now
    life.firmware_image_is_pending = any(
        work.trigger == "firmware" and work.outcome in OPEN for work in life.works
    )


def lock_out(life: Life, behaviour: Behaviour, credential: str, now: float) -> None:
    """The platform has a new password that the device does not take. credential: of its own one."""
    if life.locked_since is None:
        life.own_credential, life.locked_since = credential, now
    if life.status == UP:
        life.plan(next_periodic(life.phase, life.update_frequency, now), "session")
    call(life, behaviour, now)


def let_in(life: Life, behaviour: Behaviour, now: float) -> None:
    """The platform has the password again that the device has."""
    life.own_credential, life.locked_since = "", None
    if life.status == DOWN:
        life.plan(next_periodic(life.phase, life.update_frequency, now), "up")
    else:
        call(life, behaviour, now)


def _turned_away(life: Life, now: float) -> None:
    """It calls in, and is not let in: since its password was changed, it has not connected."""
    life.last_connection = seen(life, life.locked_since or now)
    life.status, life.status_change, life.connected_since = DOWN, now, None
    life.agenda = [entry for entry in life.agenda if entry[1] == "profile"]


def go_down(life: Life, now: float) -> None:
    life.last_connection = seen(life, now)
    life.status, life.status_change, life.connected_since = DOWN, now, None
    life.agenda = [entry for entry in life.agenda if entry[1] == "profile"]


def come_up(life: Life, behaviour: Behaviour, versions: Versions, now: float) -> None:
    """The device connects after a restart, or for the first time."""
    if life.last_connection is None and life.last_configuration is None:
        _report(life, behaviour)
        life.last_configuration = now
    life.status, life.status_change, life.connected_since, life.last_connection = UP, now, now, now
    life.agenda = [entry for entry in life.agenda if entry[1] != "up"]
    work = life.running()
    if work is not None:
        work.outcome, work.ended = "done", now
        if work.trigger in RESETS:
            life.last_configuration = now
        if work.trigger == "firmware":
            _upgraded(life, behaviour, versions, work, now)
    _work(life, behaviour, now)


def advance(life: Life, behaviour: Behaviour, versions: Versions, until: float) -> None:
    """Everything that falls due until then, in order."""
    while life.agenda and life.agenda[0][0] <= until:
        due, what = life.agenda.pop(0)
        if what == "session" and life.status == UP and life.locked_since is not None:
            _turned_away(life, due)
        elif what == "session" and life.status == UP:
            life.last_connection = due
            _work(life, behaviour, due)
        elif what == "downloaded":
            _downloaded(life, behaviour, due)
        elif what == "up" and life.locked_since is None:
            come_up(life, behaviour, versions, due)
        elif what == "profile" and behaviour.profile_firmware is not None:
            life.software_version = str(behaviour.profile_firmware["version"])


def _work(life: Life, behaviour: Behaviour, now: float) -> None:
    """A session: whatever waits is begun, in the order in which it was asked for."""
    for work in life.works:
        if life.status != UP:
            return
        if work.outcome != "pending" or (work.trigger not in QUICK and life.running() is not None):
            continue
        work.begun = now
        outcome = behaviour.outcome(life.name, work.trigger)
        if work.trigger == "firmware":
            work.image = life.firmware_image
            if work.image is None:
                _ended(life, work, "failed", now)
            else:
                work.outcome = "running"
                life.plan(now + behaviour.download_seconds, "downloaded")
        elif outcome == "failed":
            _ended(life, work, "failed", now)
        elif outcome == "never_returned":
            _restart(life, behaviour, work, now, returns=False)
        elif work.trigger in QUICK:
            life.last_configuration = now
            _ended(life, work, "done", now)
        else:
            _restart(life, behaviour, work, now, returns=True)


def _restart(life: Life, behaviour: Behaviour, work: Work, now: float, *, returns: bool) -> None:
    go_down(life, now)
    if work.trigger in RESETS:
        life.last_configuration = None
        life.username, life.factory_password = behaviour.default_username, True
    if returns:
        work.outcome = "running"
        life.plan(now + behaviour.boot_seconds, "up")
    else:
        work.outcome, work.ended = "never_returned", now


def _downloaded(life: Life, behaviour: Behaviour, now: float) -> None:
    work = life.running()
    if work is None:
        return
    outcome = behaviour.outcome(life.name, "firmware")
    if outcome == "failed":
        _ended(life, work, "failed", now)
        _work(life, behaviour, now)
    else:
        _restart(life, behaviour, work, now, returns=outcome == "done")


def _upgraded(life: Life, behaviour: Behaviour, versions: Versions, work: Work, now: float) -> None:
    if work.image is not None:
        life.software_version = versions(work.image)
    _ended(life, work, "done", now)
    if behaviour.profile_firmware is not None:
        life.plan(now + float(behaviour.profile_firmware["after"]), "profile")


def _ended(life: Life, work: Work, outcome: str, now: float) -> None:
    work.outcome, work.ended = outcome, now
    if work.trigger == "firmware":
        life.firmware_image_is_pending = any(
            other.trigger == "firmware" and other.outcome in OPEN for other in life.works
        )


def _report(life: Life, behaviour: Behaviour) -> None:
    """What a device tells of itself as it connects for the first time, where nothing is known."""
    number = int(fraction("address", life.name) * 0xFFFFFF)
    told = {
        "software_version": "1.0.0",
        "hardware_version": "A",
        "manufacturer": "Simulated",
        "product_class": "CPE",
        "unique_identifier": f"00A0BC-{number:06X}",
        "serial_number_alt": f"ALT-{number:06X}",
        "address": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
    }
    for key, value in {**told, **behaviour.reports}.items():
        if key not in told:
            raise ValueError(f"a device does not report {key}")
        if getattr(life, key) is None:
            setattr(life, key, str(value))
