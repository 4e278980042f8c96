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
from ansible_collections.zequenze.control.tests.unit.plugins.module_utils.test_client_certificate import (
    CERT,
    KEY,
)

# A certificate of an authority that is nobody's.
AUTHORITY = """\
-----BEGIN CERTIFICATE-----
MIIBRDCB7KADAgECAgEBMAoGCCqGSM49BAMCMCExHzAdBgNVBAMMFkFuIGF1dGhv
cml0eSBvZiBub2JvZHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
MCExHzAdBgNVBAMMFkFuIGF1dGhvcml0eSBvZiBub2JvZHkwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAASGRR9QaG0ZKuKyc8U26OwE94LUinarEclFQa77LlaBdCgv
A2KfeMaXUeQtEQPr8ZiMB583Td9lJRPx5opa+LzvoxMwETAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIQDF1HrUnUN0njO0Nmrshtp3v8NRWl+VvL6+
xTVi+zIMNgIfaB583twJsCzocGlH3cRcRebCZpQTEmpKGV5fi8l3+w==
-----END CERTIFICATE-----
"""


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tls, "ANSIBLES_FOLDERS", {})


@pytest.fixture
def untrusting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A system that has no certificates."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "authority.pem"
    file.write_text(AUTHORITY, encoding="ascii")
    return file


def connection(environment: Any = None, **params: Any) -> Connection:
    given = {"url": "https://acs.example.com/api/v1", "token": "t", **params}
    return Connection.from_params(given, environment or {})


def test_certificates_are_verified() -> None:
    context = _tls.platform_context(connection())
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
        context = _tls.platform_context(given)
        assert context.verify_mode is ssl.CERT_NONE
        assert context.check_hostname is False


@pytest.mark.parametrize("option", ["ca_path", "client_cert"])
def test_a_file_that_holds_no_certificate(tmp_path: Path, option: str) -> None:
    file = tmp_path / "some.pem"
    file.write_text("no certificate", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        _tls.platform_context(connection(**{option: str(file)}))
    assert caught.value.option == option
    assert str(file) in caught.value.message
    assert "in PEM" in caught.value.message


def test_a_file_of_the_environment_that_holds_no_certificate(tmp_path: Path) -> None:
    file = tmp_path / "some.pem"
    file.write_text("no certificate", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        _tls.platform_context(connection({"SSL_CERT_FILE": str(file)}))
    assert caught.value.option == "SSL_CERT_FILE"


def test_a_file_of_the_environment_that_is_not_there_is_passed_over() -> None:
    given = connection({"SSL_CERT_FILE": "/none/such.pem"})
    assert _tls.platform_context(given).verify_mode is ssl.CERT_REQUIRED


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


def context(environ: dict[str, str] | None = None, **params: Any) -> ssl.SSLContext:
    return _tls.platform_context(connection(environ, **params))


def trusted(made: ssl.SSLContext) -> int:
    assert made.check_hostname is True
    assert made.verify_mode is ssl.CERT_REQUIRED
    return made.cert_store_stats()["x509_ca"]


def test_a_file_of_certificates(bundle: Path) -> None:
    assert trusted(context(ca_path=str(bundle))) == 1


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_file_that_the_environment_of_the_task_names(bundle: Path, variable: str) -> None:
    assert trusted(context({variable: str(bundle)})) == 1


def test_the_option_wins_over_the_environment(bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "none.pem"
    other.write_text("", encoding="ascii")
    environ = {"SSL_CERT_FILE": str(other), "REQUESTS_CA_BUNDLE": str(other)}
    assert trusted(context(environ, ca_path=str(bundle))) == 1


@pytest.mark.usefixtures("untrusting")
def test_a_variable_that_names_no_file_is_passed_over_as_openssl_does(tmp_path: Path) -> None:
    assert trusted(context({"SSL_CERT_FILE": str(tmp_path / "none.pem")})) == 0


@pytest.mark.usefixtures("untrusting")
@pytest.mark.parametrize("suffix", [".pem", ".cer", ".crt"])
def test_folders_in_which_ansible_looks(
    bundle: Path, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "of ansible"
    folder.mkdir()
    folders = {"linux": (str(tmp_path / "none"), str(folder)), "darwin": (str(folder),)}
    monkeypatch.setattr(_tls, "ANSIBLES_FOLDERS", {**folders, "freebsd": folders["darwin"]})
    (folder / f"a{suffix}").write_text("no certificate", encoding="ascii")
    (folder / f"b{suffix}").symlink_to(tmp_path / "none")
    (folder / "b.txt").write_bytes(bundle.read_bytes())
    assert trusted(context()) == 0
    (folder / f"c{suffix}").write_bytes(bundle.read_bytes())
    assert trusted(context()) == 1
    empty = tmp_path / "empty.pem"
    empty.write_text(AUTHORITY, encoding="ascii")
    # A bundle of one's own is all that counts.
    assert trusted(context(ca_path=str(empty))) == 1


def test_whoever_wants_no_certificates_gets_none_read(bundle: Path) -> None:
    made = context(validate_certs=False, ca_path=str(bundle))
    assert made.check_hostname is False
    assert made.verify_mode is ssl.CERT_NONE
    assert made.cert_store_stats()["x509"] == 0


def test_a_proxy_gets_no_client_certificate(tmp_path: Path) -> None:
    file = tmp_path / "client.pem"
    file.write_text(CERT + KEY, encoding="ascii")
    made = connection(client_cert=str(file))
    # As if it had gone in the meantime: only the platform's context has need of it.
    file.unlink()
    _tls.proxy_context(made)
    with pytest.raises(InputError, match=r"client_cert: .* does not exist"):
        _tls.platform_context(made)
