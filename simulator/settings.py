# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Django's settings.

The two things that differ from start to start come from the environment, set by server.py.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

DATA_DIR = Path(os.environ.get("ZQ_SIMULATOR_DATA_DIR", os.curdir))
API_PREFIX = os.environ.get("ZQ_SIMULATOR_PREFIX", "/api/v1").strip("/")

SECRET_KEY = secrets.token_urlsafe()
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["rest_framework", "simulator"]
MIDDLEWARE = [
    "simulator.middleware.PlatformMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "simulator.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # a seed may hold a whole fleet
MIGRATION_MODULES = {"simulator": None}  # server.py makes the tables in one go
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "platform.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # Writers wait for each other from their first read on, so that no two decide on the
            # same state.
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,
            # Nothing here must survive a power cut.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
                " PRAGMA mmap_size=536870912; PRAGMA cache_size=-32000;"
            ),
        },
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["simulator.auth.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["simulator.auth.TokenPermission"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # An answer of any status is no news here; an exception of the simulator's own is.
    "filters": {
        "exceptions": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: bool(record.exc_info),
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["exceptions"]}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
