# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages for people. A page has a template under templates/simulator/ and one function here."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from simulator import engine, world
from simulator.auth import COOKIE
from simulator.clock import to_text
from simulator.credentials import token_digest
from simulator.models import Device


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Where everything is; and a form that gives a browser the token, as the browsable API needs one."""
    prefix = f"/{settings.API_PREFIX}/" if settings.API_PREFIX else "/"
    if request.method == "POST":
        token = request.POST.get("token", "").strip()
        if token_digest(token) in world.read().config.tokens:
            answer = HttpResponseRedirect(f"{prefix}inventory_device_name/")
            answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
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
