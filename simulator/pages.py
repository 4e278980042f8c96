# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages for people. A page has a template under templates/simulator/ and one function here."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from simulator import engine, log, world
from simulator.auth import Bearer, cookie_name, token_of
from simulator.clock import to_text
from simulator.credentials import token_digest
from simulator.fleet import STATES, look
from simulator.models import Device
from simulator.world import Moment

FLEET = "/fleet/"


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Where everything is; and a form that gives a browser the token for the browsable API."""
    prefix = f"/{settings.API_PREFIX}/" if settings.API_PREFIX else "/"
    if request.method == "POST":
        to = f"{prefix}inventory_device_name/"
        if request.POST.get("to") == "fleet":
            to = FLEET
        answer = with_token(request, request.POST.get("token", ""), to)
        if answer is not None:
            return answer
    with engine.turn() as moment:
        context = {
            "api": request.build_absolute_uri(prefix),
            "wrong": request.method == "POST",
            "time": to_text(moment.now),
            "speed": moment.clock.speed,
            "devices": Device.objects.count(),
            "up": Device.objects.filter(status="Up").count(),
            "pending": Device.objects.filter(pending_settings__isnull=False).count(),
        }
    return render(request, "simulator/index.html", context, status=403 if context["wrong"] else 200)


def with_token(request: HttpRequest, given: str, to: str) -> HttpResponse | None:
    """On to another page, with the token in a cookie; None where the token is not known."""
    token = given.strip()
    if token_digest(token) not in world.read().config.tokens:
        return None
    answer = HttpResponseRedirect(to)
    # Lax: an address that is clicked in a web terminal or a chat comes from another site, and a
    # strict cookie would not be sent on to the page.
    answer.set_cookie(cookie_name(request.get_port()), token, httponly=True, samesite="Lax")
    # It may have come in the address, which is to be left behind.
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def bearer_of(request: HttpRequest, moment: Moment) -> Bearer | None:
    """Whose token a request carries, in its header or in the cookie that the first page sets."""
    token = token_of(request)
    known = moment.config.tokens.get(token_digest(token)) if token else None
    if known is None:
        return None
    scope = known["organizations"]
    return Bearer(None if scope is None else frozenset(scope), known["read_only"])


@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    """The fleet while something is done to it. What it shows it fetches by itself, see below.

    `?token=` is for an address that opens it at once: it becomes the cookie.
    """
    if "token" in request.GET:
        return with_token(request, request.GET["token"], FLEET) or HttpResponseRedirect("/")
    if bearer_of(request, world.read()) is None:
        return HttpResponseRedirect("/")
    nonce = secrets.token_urlsafe(16)
    answer = render(request, "simulator/fleet.html", {"nonce": nonce, "states": STATES})
    # Whatever a device is called: nothing runs but the page's own script, which asks only this
    # server.
    allowed = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        f"style-src 'nonce-{nonce}'",
        "connect-src 'self'",
        "img-src data:",
    )
    answer["Content-Security-Policy"] = "; ".join(
        (*allowed, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'")
    )
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def fleet_state(request: HttpRequest) -> HttpResponse:
    """What the page shows, as far as the token sees it.

    `?known=` is the `fleet` of an earlier answer.
    """
    moment = world.read()
    bearer = bearer_of(request, moment)
    if bearer is None:
        return JsonResponse({"error": "a token is needed: give it at /"}, status=401)
    engine.catch_up(moment)
    told = {
        "time": to_text(moment.now),
        "speed": moment.clock.speed,
        "requests": log.count(),
        **look(bearer.devices(), request.GET.get("known", "")),
    }
    return JsonResponse(told, headers={"Cache-Control": "no-store"})
