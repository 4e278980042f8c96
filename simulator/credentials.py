# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that cannot be read back: tokens as digests, device passwords as salted ones."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def token_digest(token: str) -> str:
    return hashlib.sha256(b"token:" + token.encode("utf-8", "surrogatepass")).hexdigest()


def token_id(digest: str) -> str:
    """A short name for a token in the log, from which the token cannot be found."""
    return hashlib.sha256(b"id:" + digest.encode()).hexdigest()[:8]


def hash_password(password: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}${_hash(salt, password)}"


def matches(password: str, credential: str) -> bool:
    salt, _, kept = credential.partition("$")
    return bool(kept) and hmac.compare_digest(kept, _hash(salt, password))


def _hash(salt: str, password: str) -> str:
    # A fast one: whole fleets are made in seconds, and nothing here guards anything real.
    return hmac.new(
        salt.encode(), password.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()
