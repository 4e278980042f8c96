# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a connection trusts, and what is told where the other side is not trusted."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _tls
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError


def connection(environment: Any = None, **params: Any) -> Connection:
    given = {"url": "https://acs.example.com/api/v1", "token": "t", **params}
    return Connection.from_params(given, environment or {})


def test_certificates_are_verified() -> None:
    context = _tls.context_for(connection(), with_client_cert=True)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    # The system's own: requests would take those of a package.
    system = ssl.create_default_context().cert_store_stats()
    assert context.cert_store_stats() == system


def test_they_are_not_where_the_user_says_so(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("no certificate", encoding="utf-8")
    for params in ({}, {"ca_path": str(bundle)}):
        given = connection(validate_certs=False, **params)
        context = _tls.context_for(given, with_client_cert=True)
        assert context.verify_mode is ssl.CERT_NONE
        assert context.check_hostname is False


@pytest.mark.parametrize("option", ["ca_path", "client_cert"])
def test_a_file_that_holds_no_certificate(tmp_path: Path, option: str) -> None:
    file = tmp_path / "some.pem"
    file.write_text("no certificate", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        _tls.context_for(connection(**{option: str(file)}), with_client_cert=True)
    assert caught.value.option == option
    assert str(file) in caught.value.message
    assert "in PEM" in caught.value.message


def test_a_file_of_the_environment_that_holds_no_certificate(tmp_path: Path) -> None:
    file = tmp_path / "some.pem"
    file.write_text("no certificate", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        _tls.context_for(connection({"SSL_CERT_FILE": str(file)}), with_client_cert=True)
    assert caught.value.option == "SSL_CERT_FILE"


def test_a_file_of_the_environment_that_is_not_there_is_passed_over() -> None:
    given = connection({"SSL_CERT_FILE": "/none/such.pem"})
    assert _tls.context_for(given, with_client_cert=True).verify_mode is ssl.CERT_REQUIRED


def of_code(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (9, _tls.WAIT),
        (10, _tls.RENEW),
        (18, _tls.ADD_TRUST),
        (19, _tls.ADD_TRUST),
        (20, _tls.ADD_TRUST),
        (62, _tls.OTHER_NAME),
        (64, _tls.OTHER_NAME),
        (24, ""),
    ],
)
def test_each_fault_of_a_certificate_has_its_remedy(code: int, remedy: str) -> None:
    assert _tls.tls_remedy(of_code(code), connected=False) == remedy


def of_reason(text: str) -> ssl.SSLError:
    return ssl.SSLError(1, f"[SSL: {text}] {text.lower().replace('_', ' ')} (_ssl.c:1006)")


@pytest.mark.parametrize(
    ("error", "connected", "remedy"),
    [
        (of_reason("WRONG_VERSION_NUMBER"), False, _tls.PLAIN_HTTP),
        (_tls.PlainHttpError("it answers plain HTTP"), False, _tls.PLAIN_HTTP),
        (of_reason("TLSV13_ALERT_CERTIFICATE_REQUIRED"), True, _tls.CLIENT_CERTIFICATE),
        (of_reason("SSLV3_ALERT_BAD_CERTIFICATE"), False, _tls.CLIENT_CERTIFICATE),
        (of_reason("NO_SHARED_CIPHER"), False, ""),
        # What breaks after TLS was agreed on is a lost connection, and none of its failures.
        (of_reason("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), True, None),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), False, None),
        (ConnectionResetError(104, "reset"), False, None),
        (TimeoutError("timed out"), False, None),
    ],
)
def test_what_is_a_failure_of_tls(error: Exception, connected: bool, remedy: str | None) -> None:
    assert _tls.tls_remedy(error, connected=connected) == remedy
