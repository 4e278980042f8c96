# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client certificate and its key: each thing that is wrong with the files is told before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._tls import platform_context

# Made for this test: they open nothing.
CERT = """\
-----BEGIN CERTIFICATE-----
MIIBkTCCATegAwIBAgIUTbPehiUh+7gDGy0Dh9OfDXo/HD0wCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSYSBjbGllbnQgb2Ygbm9ib2R5MCAXDTI2MTEyNjE5MjMwNFoY
DzIxMjYxMTAyMTkyMzA0WjAdMRswGQYDVQQDDBJhIGNsaWVudCBvZiBub2JvZHkw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARjzrBlaBa5J3w4dFhkBiYXOWa0FgOl
CHMt55jnnnzAaQoTOG/sww4sf9lKai/GPgy8D4pBplZVPQWp7s8BdLjBo1MwUTAd
BgNVHQ4EFgQUXsgpQKuhKQjMe5dqJV8LiRMwU9IwHwYDVR0jBBgwFoAUXsgpQKuh
KQjMe5dqJV8LiRMwU9IwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBF
AiEAtvXx9a+egdYoqpGLIFpWtufSwiq2HH383GzxigRl+lsCIH7A7nNj2TfdnboB
5NfZ/yX93xsKkRZRofOboqSprElO
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgscZOCeOAK5LVxLBR
GgDPOsdrhAiXZvZg08YDoneoDu+hRANCAARjzrBlaBa5J3w4dFhkBiYXOWa0FgOl
CHMt55jnnnzAaQoTOG/sww4sf9lKai/GPgy8D4pBplZVPQWp7s8BdLjB
-----END PRIVATE KEY-----
"""
ANOTHER_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbD/QTFPpMXMVqjZ/
8eeLJTH0LFivpydrUg7zcDe3gZKhRANCAAQeu7cbv2vu7hkX5vASXMHwudhF9wCZ
9t/WEwTAvBT87lU7Hjk/jycoqREvLIpyg2d/Sv5ccdipQNh01XchVwG/
-----END PRIVATE KEY-----
"""
WITH_PASSPHRASE = """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjqG336Yt29bwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEG41Ve9dQtlbyp8XigrwFbUEgZAD
OFjpNZB3gmlYjP6UiUFTJ4n1MVHfpf/sSTL/RMYX+jy3DA/sdCXFYJfJviSZPHzS
4f+wtH+nU8Ap1zLaJDUtCqWIXT5zjv8Y/krqVcUfVfZTCVK8HX7SCqLY0IKghzVx
hMoDiI0n7ZROQy4NSAn+m1NXQ0M0xI+TEXGn3euU0TMIy9t90f4fHZLOgvA/aIc=
-----END ENCRYPTED PRIVATE KEY-----
"""
OLD_PASSPHRASE = """\
-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,00

AAAA
-----END RSA PRIVATE KEY-----
"""
NO_PEM = "is another format"


def connect(params: dict[str, str], environ: dict[str, str] | None = None) -> Connection:
    return Connection.from_params({"token": "t", **params}, environ or {})


def files(folder: Path, **texts: str) -> dict[str, str]:
    """Option → path, of files that are made."""
    found = {}
    for option, text in texts.items():
        path = folder / f"{option}.pem"
        path.write_text(text, encoding="ascii")
        found[option] = str(path)
    return found


@pytest.mark.parametrize(
    "texts", [{"client_cert": CERT, "client_key": KEY}, {"client_cert": CERT + KEY}]
)
def test_a_pair_is_taken(tmp_path: Path, texts: dict[str, str]) -> None:
    platform_context(connect(files(tmp_path, **texts)))


@pytest.mark.parametrize(
    ("texts", "option", "problem", "remedy"),
    [
        (
            {"client_cert": CERT},
            "client_cert",
            "holds a certificate without its private key, and `client_key` is not given",
            "Give the file of the key as `client_key`, or in the environment as ZQ_CLIENT_KEY.",
        ),
        (
            {"client_key": KEY},
            "client_key",
            "is given without `client_cert`",
            "Give both, or the certificate alone",
        ),
        (
            {"client_cert": NO_PEM, "client_key": KEY},
            "client_cert",
            "holds no certificate in PEM",
            "`openssl pkcs12 -in FILE -nodes`",
        ),
        (
            {"client_cert": CERT, "client_key": NO_PEM},
            "client_key",
            "holds no private key in PEM",
            "Give a file with a line `-----BEGIN PRIVATE KEY-----`.",
        ),
        (
            {"client_cert": CERT, "client_key": ANOTHER_KEY},
            "client_key",
            "is not the key of the certificate in `client_cert`",
            "Give the key with which that certificate was requested.",
        ),
        (
            {"client_cert": CERT + ANOTHER_KEY},
            "client_cert",
            "holds a key that is not that of its certificate",
            "Give the key",
        ),
        (
            {"client_cert": CERT, "client_key": WITH_PASSPHRASE},
            "client_key",
            "is protected by a passphrase, for which a run cannot ask",
            "`openssl pkey -in FILE -out NEW`",
        ),
        (
            {"client_cert": CERT + OLD_PASSPHRASE},
            "client_cert",
            "is protected by a passphrase",
            "`openssl pkey -in FILE -out NEW`",
        ),
        (
            {"client_cert": CERT.replace("M", "!"), "client_key": KEY},
            "client_cert",
            "cannot be used: ",
            "See that certificate and key are whole files in PEM",
        ),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, texts: dict[str, str], option: str, problem: str, remedy: str
) -> None:
    given = files(tmp_path, **texts)
    with pytest.raises(InputError) as caught:
        connect(given)
    assert caught.value.message.startswith(f"{option}: {given[option]!r} {problem}")
    assert remedy in caught.value.message
    assert list(caught.value.errors) == [option]


def test_a_folder_or_nothing_is_no_file(tmp_path: Path) -> None:
    """Both at once."""
    with pytest.raises(InputError) as caught:
        connect({"client_cert": str(tmp_path), "client_key": str(tmp_path / "none.pem")})
    assert "cannot be read: Is a directory" in caught.value.message
    assert "does not exist" in caught.value.message
    assert set(caught.value.errors) == {"client_cert", "client_key"}


def test_the_variable_of_the_environment_is_named(tmp_path: Path) -> None:
    given = files(tmp_path, client_cert=CERT, client_key=ANOTHER_KEY)
    environ = {f"ZQ_{option.upper()}": path for option, path in given.items()}
    with pytest.raises(InputError) as caught:
        connect({}, environ)
    assert "(in the environment variable ZQ_CLIENT_KEY) is not the key" in caught.value.message
