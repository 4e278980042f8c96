# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `rotate_credentials` against the simulated platform, by ansible-playbook."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.rotations import fleet, passwords, rotate, sent, statuses, user_of, vault
from tests.acceptance.support import Platform


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    return user_of(platform, tmp_path)


def test_every_device_has_the_password_of_its_entry(platform: Platform, user: User) -> None:
    names = fleet(platform, 12, user)
    before = passwords(user)
    ran = rotate(user)
    after = passwords(user)
    assert set(statuses(user).values()) == {"done"}, ran.text
    assert sent(platform) == dict.fromkeys(names, 1)
    for name in names:
        assert after[name] != before[name]
        assert platform.simulator.password_is(name, after[name])
    for entry in vault(user):
        assert set(entry) == {"name", "username", "password", "changed"}
