# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with a device, or with its entry in a vault: the one table of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEVICES, ENTRIES = "device", "entry"
MANY = {DEVICES: "devices", ENTRIES: "entries"}

DOWN = "down"
STALE = "stale"
PENDING = "pending"
WRONG_VERSION = "wrong_version"
INACTIVE = "inactive"
NEVER_CONNECTED = "never_connected"
BREAKING_POLICY = "breaking_policy"
NO_CREDENTIALS = "no_credentials"
UNUSED_CREDENTIALS = "unused_credentials"
SHARED_PASSWORDS = "shared_passwords"
WEAK_PASSWORDS = "weak_passwords"
OLD_PASSWORDS = "old_passwords"


@dataclass(frozen=True)
class Kind:
    """words: what is said of what is counted, as in "3 devices are down".

    of: what a percentage is one of. needs: variables without which nothing is of this kind.
    """

    name: str
    words: str
    of: str = DEVICES
    needs: tuple[str, ...] = ()

    @property
    def many(self) -> str:
        return MANY[self.of]


VAULT_FILE = "vault_file"

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(DOWN, "down"),
        Kind(STALE, "stale"),
        Kind(PENDING, "pending for too long"),
        Kind(WRONG_VERSION, "of a wrong version", needs=("versions",)),
        Kind(INACTIVE, "inactive"),
        Kind(NEVER_CONNECTED, "never connected"),
        Kind(BREAKING_POLICY, "breaking the policy", needs=("policy",)),
        Kind(NO_CREDENTIALS, "without credentials", needs=(VAULT_FILE,)),
        Kind(UNUSED_CREDENTIALS, "unused credentials", of=ENTRIES, needs=(VAULT_FILE,)),
        Kind(SHARED_PASSWORDS, "shared passwords", of=ENTRIES, needs=(VAULT_FILE,)),
        Kind(WEAK_PASSWORDS, "weak passwords", of=ENTRIES, needs=(VAULT_FILE,)),
        Kind(
            OLD_PASSWORDS,
            "old passwords",
            of=ENTRIES,
            needs=(VAULT_FILE, "password_older_than"),
        ),
    )
}

# What a device is counted as, beside up. The platform gives a time for the first two; since when
# it is one of the others, is known from an earlier look alone.
OF_DEVICES = (
    DOWN,
    STALE,
    PENDING,
    WRONG_VERSION,
    INACTIVE,
    NEVER_CONNECTED,
    BREAKING_POLICY,
)
REMEMBERED = (PENDING, WRONG_VERSION, INACTIVE, NEVER_CONNECTED, BREAKING_POLICY)
OF_VAULT = (
    NO_CREDENTIALS,
    UNUSED_CREDENTIALS,
    SHARED_PASSWORDS,
    WEAK_PASSWORDS,
    OLD_PASSWORDS,
)
