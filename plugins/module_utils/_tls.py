# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS: whom a connection trusts, and what to do where the other side is not trusted."""

from __future__ import annotations

import contextlib
import ssl
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ._client_certificate import client_certificate_errors
from ._connection import Connection
from ._errors import InputError

# Where `ansible.builtin.uri` looks beside the places that Python's own OpenSSL was built for, which
# are those of another system where Python did not come with this one.
ANSIBLES_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "linux": (
        "/etc/pki/ca-trust/extracted/pem",
        "/etc/pki/tls/certs",
        "/usr/share/ca-certificates/cacert.org",
        "/etc/ansible",
    ),
    "darwin": ("/usr/local/etc/openssl", "/etc/ansible"),
    "freebsd": ("/usr/local/share/certs", "/etc/ansible"),
}
CERTIFICATES = (".pem", ".cer", ".crt")

# OpenSSL's codes of what is wrong with a certificate (X509_V_ERR_*).
NOT_YET_VALID = 9
EXPIRED = 10
UNKNOWN_ISSUER = (2, 18, 19, 20, 21)  # no issuer's certificate, or one signed by itself
WRONG_HOST = (62, 64)  # a name, an address

ADD_TRUST = (
    "The platform's certificate is from an issuer that is not trusted here: give the CA bundle that"
    " signed it as `ca_path`, or add it to the system's certificates."
)
RENEW = (
    "The platform's certificate is out of date: it has to be renewed there. Where it is not, set"
    " the clock of the machine on which the task runs."
)
WAIT = (
    "The platform's certificate is not valid yet: set the clock of the machine on which the task"
    " runs, or wait."
)
OTHER_NAME = (
    "The certificate is that of another host: give as `url` the name that stands in it, or have"
    " the platform's renewed with this name."
)
PLAIN_HTTP = (
    "The port does not speak TLS, but most likely plain HTTP: give the `url` (or `proxy`) that"
    " begins with http://, or the port on which it speaks TLS."
)
CLIENT_CERTIFICATE = (
    "The platform wants another client certificate: give the right one as `client_cert` and"
    " `client_key`."
)

BY_CODE: Mapping[int, str] = {
    NOT_YET_VALID: WAIT,
    EXPIRED: RENEW,
    **dict.fromkeys(UNKNOWN_ISSUER, ADD_TRUST),
    **dict.fromkeys(WRONG_HOST, OTHER_NAME),
}
# Words of OpenSSL's reasons.
BY_REASON: Mapping[str, str] = {
    "WRONG_VERSION_NUMBER": PLAIN_HTTP,
    "RECORD_LAYER_FAILURE": PLAIN_HTTP,
    "HTTP_REQUEST": PLAIN_HTTP,
    "ALERT_CERTIFICATE": CLIENT_CERTIFICATE,
    "ALERT_BAD_CERTIFICATE": CLIENT_CERTIFICATE,
    "ALERT_UNKNOWN_CA": CLIENT_CERTIFICATE,
}

# TLS that ended without a word of it: what lies below has broken, which may pass.
BROKEN_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class PlainHttpError(OSError):
    """What should speak TLS answers plain HTTP."""


def platform_context(connection: Connection) -> ssl.SSLContext:
    """TLS to the platform. Raises InputError where a file cannot be used."""
    context = _context(connection, connection.url)
    if connection.client_cert:
        _load_client_cert(context, connection.client_cert, connection.client_key)
    return context


def proxy_context(connection: Connection) -> ssl.SSLContext:
    """TLS to a proxy. Raises InputError where a file cannot be used."""
    return _context(connection, connection.proxy or "")


def _context(connection: Connection, address: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not connection.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif connection.ca_path:
        context = _trusting(connection.ca_path)
    else:
        context = _trusting_system(connection)
        _trust_ansibles(context)
    # Whom to expect; of an IP address urllib3 1.26 does not say it, and could not connect.
    wrap_socket = partial(context.wrap_socket, server_hostname=urlsplit(address).hostname)
    context.wrap_socket = wrap_socket  # type: ignore[method-assign]
    return context


def _trusting(path: str) -> ssl.SSLContext:
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise InputError(
            "ca_path",
            path,
            f"cannot be used: {error}",
            "Give a file of certificates in PEM, or a folder of them made by `openssl rehash`.",
        ) from None


def _trusting_system(connection: Connection) -> ssl.SSLContext:
    """As OpenSSL has it: its own files, but for what the environment of the task names."""
    if not connection.ca_file and not connection.ca_folder:
        return ssl.create_default_context()
    system = ssl.get_default_verify_paths()
    file: str | None = connection.ca_file or system.openssl_cafile
    folder = connection.ca_folder or system.openssl_capath
    if not file or not Path(file).exists():
        file = None  # passed over, as OpenSSL does
    try:
        return ssl.create_default_context(cafile=file, capath=folder)
    except OSError as error:
        raise InputError(
            "SSL_CERT_FILE", file, f"cannot be used: {error}", "Correct it, or unset it."
        ) from None


def _trust_ansibles(context: ssl.SSLContext) -> None:
    for system, folders in ANSIBLES_FOLDERS.items():
        if not sys.platform.startswith(system):
            continue
        for folder in map(Path, folders):
            _trust_folder(context, folder)


def _trust_folder(context: ssl.SSLContext, folder: Path) -> None:
    # What cannot be read, or holds no certificate, is passed over, as Ansible does.
    with contextlib.suppress(OSError):
        for file in sorted(folder.iterdir()):
            if file.suffix in CERTIFICATES:
                with contextlib.suppress(OSError):
                    context.load_verify_locations(cafile=file)


def _load_client_cert(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    try:
        # Else OpenSSL would ask the terminal for the password of a key that has one.
        context.load_cert_chain(cert, key, password="")
    except OSError:
        # They were well when the connection was made.
        for error in client_certificate_errors(cert, key):
            raise error from None
        raise


def tls_remedy(error: BaseException, *, connected: bool) -> str | None:
    """What to do about a failure of TLS; "" where nothing special, None where it is none.

    connected: whether TLS was agreed on. What breaks later is a failure of TLS only where the
    other side says so.
    """
    if isinstance(error, PlainHttpError):
        return PLAIN_HTTP
    if not isinstance(error, ssl.SSLError) or isinstance(error, BROKEN_OFF):
        return None
    # A reason that Python has no name for stands in the text alone, and one made by others too.
    reason = f"{getattr(error, 'reason', '')} {error}".upper().replace(" ", "_")
    if connected and "ALERT" not in reason:
        return None
    code = getattr(error, "verify_code", None)
    if code is not None:
        return BY_CODE.get(code, "")
    for words, remedy in BY_REASON.items():
        if words in reason:
            return remedy
    return ""
