# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client certificate and its key: what is wrong with the files, before they are used."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from ._errors import InputError

CERT, KEY = "client_cert", "client_key"
MAX_SIZE = 1 << 20  # bytes: whatever is longer is no such file
READABLE_REMEDY = "Give the path of a file that can be read where the task runs."
A_CERTIFICATE = (
    b"-----BEGIN CERTIFICATE-----",
    b"-----BEGIN TRUSTED CERTIFICATE-----",
    b"-----BEGIN X509 CERTIFICATE-----",
)
A_KEY = b"PRIVATE KEY-----"
# PKCS#8, and what OpenSSL wrote before it.
ENCRYPTED = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED")

Problem = tuple[str, str]  # what is wrong, what to do
PEM_REMEDY = (
    "Give a file with a line `-----BEGIN CERTIFICATE-----`. `openssl pkcs12 -in FILE -nodes` makes"
    " one of a .p12 or .pfx file, `openssl x509 -inform DER -in FILE` of a .der file."
)
NO_CERTIFICATE: Problem = ("holds no certificate in PEM", PEM_REMEDY)
NO_KEY: Problem = (
    "holds no private key in PEM",
    "Give a file with a line `-----BEGIN PRIVATE KEY-----`.",
)
KEY_NOT_GIVEN: Problem = (
    "holds a certificate without its private key, and `client_key` is not given",
    "Give the file of the key as `client_key`, or in the environment as ZQ_CLIENT_KEY.",
)
PASSPHRASE: Problem = (
    "is protected by a passphrase, for which a run cannot ask",
    "Write the key without one, readable by its owner alone: `openssl pkey -in FILE -out NEW`.",
)
ANOTHER_KEY: Problem = (
    "is not the key of the certificate in `client_cert`",
    "Give the key with which that certificate was requested.",
)
ANOTHER_KEY_INSIDE: Problem = ("holds a key that is not that of its certificate", ANOTHER_KEY[1])
CERT_MISSING: Problem = (
    "is given without `client_cert`",
    "Give both, or the certificate alone where its file holds the key too.",
)


def client_certificate_errors(cert: str | None, key: str | None) -> list[InputError]:
    """What is wrong with the two. Nothing is asked, neither of a terminal nor of the platform."""
    if not cert:
        return [_error(KEY, key, CERT_MISSING)] if key else []
    errors = _errors_of(CERT, cert, _certificate_problem)
    if key:
        errors += _errors_of(KEY, key, _key_problem)
    elif not errors:
        errors += _errors_of(CERT, cert, _included_key_problem)
    return errors or _pair_errors(cert, key)


def _errors_of(
    option: str, path: str, problem_of: Callable[[bytes], Problem | None]
) -> list[InputError]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_SIZE)
    except FileNotFoundError:
        return [InputError(option, path, "does not exist", READABLE_REMEDY)]
    except OSError as error:
        return [InputError(option, path, f"cannot be read: {error.strerror}", READABLE_REMEDY)]
    except ValueError:
        return [InputError(option, path, "is no path", READABLE_REMEDY)]
    problem = problem_of(data)
    return [_error(option, path, problem)] if problem else []


def _error(option: str, path: str | None, problem: Problem) -> InputError:
    return InputError(option, path, *problem)


def _certificate_problem(data: bytes) -> Problem | None:
    return None if any(line in data for line in A_CERTIFICATE) else NO_CERTIFICATE


def _key_problem(data: bytes) -> Problem | None:
    if A_KEY not in data:
        return NO_KEY
    return PASSPHRASE if any(line in data for line in ENCRYPTED) else None


def _included_key_problem(data: bytes) -> Problem | None:
    return KEY_NOT_GIVEN if A_KEY not in data else _key_problem(data)


def _pair_errors(cert: str, key: str | None) -> list[InputError]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # Else OpenSSL would ask the terminal for the password of a key that has one.
        context.load_cert_chain(cert, key, password="")
    except ssl.SSLError as error:
        if "KEY_VALUES_MISMATCH" in str(error).upper().replace(" ", "_"):
            if key:
                return [_error(KEY, key, ANOTHER_KEY)]
            return [_error(CERT, cert, ANOTHER_KEY_INSIDE)]
        return [_unusable(cert, error)]
    except OSError as error:
        return [_unusable(cert, error)]
    return []


def _unusable(cert: str, error: OSError) -> InputError:
    return InputError(
        CERT,
        cert,
        f"cannot be used: {error}",
        "See that certificate and key are whole files in PEM, such as `openssl x509 -in FILE` and"
        " `openssl pkey -in FILE` read.",
    )
