# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms: the API under its prefix, the control endpoint, and the pages for people."""

from __future__ import annotations

import re
from pathlib import Path

import rest_framework
from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve

from simulator import control, pages, views

NAME = r"(?P<name>[\s\S]+)"  # anything: slashes and line breaks too

api = [
    re_path(r"^inventory_device_name/\Z", views.DeviceList.as_view()),
    re_path(rf"^inventory_device_name/{NAME}/\Z", views.DeviceDetail.as_view()),
    re_path(r"^inventory_type/\Z", views.TypeList.as_view()),
]
prefix = f"^{re.escape(settings.API_PREFIX)}/" if settings.API_PREFIX else "^"

urlpatterns = [
    path("", pages.index),
    path("fleet/", pages.fleet),
    path("fleet/state/", pages.fleet_state),
    path("control/", control.status),
    path("control/reset/", control.reset),
    path("control/seed/", control.seed),
    path("control/clock/", control.clock),
    path("control/faults/", control.faults_view),
    path("control/log/", control.log_view),
    path("control/operations/", control.operations),
    path("control/events/", control.events),
    path("control/tokens/", control.tokens),
    path("control/check_password/", control.check_password),
    path("control/settings/", control.settings_view),
    re_path(rf"^control/device/{NAME}/\Z", control.device),
    path(
        "static/<path:path>",
        serve,
        {"document_root": Path(rest_framework.__file__).parent / "static"},
    ),
    re_path(prefix, include(api)),
]
