# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bearer tokens. A token may be scoped to organizations, and may be read-only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from simulator import world
from simulator.credentials import token_digest
from simulator.models import Device
from simulator.world import Config

if TYPE_CHECKING:  # DRF's views load this module themselves
    from rest_framework.views import APIView


def cookie_name(port: str) -> str:
    """Browsers keep cookies by host and not by port, and several simulators may run on one."""
    return f"simulator_token_{port}"


@dataclass(frozen=True)
class Bearer:
    """Who asks. DRF wants a user; this is all of one that it looks at."""

    organizations: frozenset[int] | None
    read_only: bool
    is_authenticated: bool = True

    def __str__(self) -> str:  # what the browsable API shows
        return (
            "all organizations"
            if self.organizations is None
            else f"organizations {sorted(self.organizations)}"
        )

    def sees(self, organization: int) -> bool:
        return self.organizations is None or organization in self.organizations

    def devices(self) -> QuerySet[Device]:
        found = Device.objects.all()
        return (
            found
            if self.organizations is None
            else found.filter(organization_id__in=self.organizations)
        )

    def default_organization(self, config: Config) -> int:
        return (
            config.settings.default_organization
            if self.organizations is None
            else min(self.organizations)
        )


def token_of(request: HttpRequest | Request) -> str | None:
    """The token of a request: its header, or the cookie that the page at / sets for a browser."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    cookie = request.COOKIES.get(cookie_name(request.get_port()))
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return cookie if not header else None


def bearer_of(request: Request) -> Bearer:
    """Views are reached with a known token only, see TokenPermission."""
    return cast("Bearer", request.user)


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Bearer, None] | None:
        token = token_of(request)
        if token is None:
            return None
        known = world.of(request).config.tokens.get(token_digest(token))
        if known is None:
            raise AuthenticationFailed("Invalid token.")
        scope = known["organizations"]
        return Bearer(None if scope is None else frozenset(scope), known["read_only"]), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (DRF's signature)
        return "Bearer"


class TokenPermission(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 (DRF's signature)
        if not isinstance(request.user, Bearer):
            return False
        return request.method in SAFE_METHODS or not request.user.read_only
