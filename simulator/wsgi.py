# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gunicorn calls: Django, and what Django cannot do.

That is: to break a connection off, and to answer in bytes of one's own.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

from simulator.faults import Raw, Reset

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_django = get_wsgi_application()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    response = _django(environ, start_response)
    if isinstance(response, Reset):
        response.close()
        client: socket.socket = environ["gunicorn.socket"]
        # Closed at once with nothing lingering, a socket sends RST.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        raise ConnectionResetError("a fault asked for it")
    if isinstance(response, Raw):
        response.close()
        _send(environ["gunicorn.socket"], response)
        raise ConnectionResetError("a fault asked for it")
    return response


def _send(client: socket.socket, response: Raw) -> None:
    """All of it, or as much as the other end takes."""
    with contextlib.suppress(OSError):
        for piece in response.pieces:
            client.sendall(piece)
            time.sleep(response.pause)
        client.shutdown(socket.SHUT_WR)
    client.close()
