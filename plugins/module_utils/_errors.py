# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way in which the collection can fail, each with what happened, where, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ._text import escaped


class ZqError(Exception):
    """The root of all failures.

    status: the HTTP status, or None where no answer came.
    errors: field → list of messages, as the platform or the validation gave them.
    maybe_done: the request may have been carried out although it failed; the caller has to look
        before it goes on.
    story: what happened, where `what` holds another error with its address and remedy.
    partial: what had been done before the failure, merged into the result of the module.
    refused: the collection itself decided not to begin; nothing was written.
    by_api: the answer is JSON, and so the API's own; something else answers below a wrong address,
        and in the platform's place.
    """

    remedy = ""
    refused = False
    by_api = False

    def __init__(
        self,
        what: str,
        *,
        story: str = "",
        method: str | None = None,
        url: str | None = None,
        status: int | None = None,
        errors: Mapping[str, list[str]] | None = None,
        remedy: str | None = None,
        maybe_done: bool = False,
        partial: Mapping[str, Any] | None = None,
    ) -> None:
        self.what = what
        self._story = story
        self.method = method
        self.url = url
        self.status = status
        self.errors = dict(errors or {})
        self.maybe_done = maybe_done
        self.partial = dict(partial or {})
        if remedy is not None:
            self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """One line: where, what, remedy. It may hold text of the platform, and so is escaped."""
        text = self.what
        if self.method:
            text = f"{self.method} {self.url}: {text}"
        if self.remedy:
            text = f"{text.rstrip('. ')}. {self.remedy}"
        return escaped(text)

    @property
    def story(self) -> str:
        """What happened, as a part of a sentence: without the address, and what to do."""
        text = self._story or self.what.rstrip(". ")
        if text.startswith("answered "):
            text = f"the platform {text}"
        return escaped(text)

    def begin_with(self, text: str) -> None:
        """Have it say first what had been before it."""
        self.what = f"{text} {self.what}"
        if self._story:
            self._story = f"{text} {self._story}"

    @property
    def story_and_remedy(self) -> str:
        """What happened, without the address, and what to do about it."""
        return f"{self.story}. {self.remedy}" if self.remedy else self.story

    def to_dict(self) -> dict[str, Any]:
        """What a failed module returns."""
        errors: dict[str, list[str]] = {}
        for field, messages in self.errors.items():
            errors[escaped(field)] = list(map(escaped, messages))
        result = {**self.partial, "msg": self.message, "status": self.status, "errors": errors}
        if self.refused:
            result["refused"] = True
        return result


class InputError(ZqError):
    """An option has a value that cannot be used. Raised before anything is written."""

    def __init__(self, option: str, value: object, problem: str, remedy: str) -> None:
        what = f"{option}: {problem}"
        if value is not None:
            what = f"{option}: {value!r} {problem}"
        super().__init__(what, errors={option: [problem]}, remedy=remedy)
        self.option = option
        self.value = value
        self.problem = problem


class CombinedInputError(InputError):
    """Several things are wrong with what is given. each: at least one."""

    def __init__(self, each: Sequence[InputError]) -> None:
        super().__init__(each[0].option, None, "is wrong", "")
        self.errors = {}
        for error in each:
            for field, messages in error.errors.items():
                self.errors.setdefault(field, []).extend(messages)
        self.what = " | ".join(error.message for error in each)
        self.each = each


class RefusedError(ZqError):
    """What was asked for is not begun, although every option is valid. Nothing was written."""

    refused = True
    remedy = "Nothing was written."


class ReadOnlyError(ZqError):
    """A write was asked of a client that only reads: a fault of the collection, not of the user."""

    remedy = "Check mode sends nothing but GET. Please report this as a bug of zequenze.control."


class UnreachableError(ZqError):
    """No complete answer came: refused, timed out, reset, cut."""

    remedy = (
        "See that `url` and `proxy` are right and that the platform can be reached from where the"
        " task runs."
    )


class StoppedError(ZqError):
    """The run was ended from outside: nothing more is sent."""


class TlsError(ZqError):
    """The TLS connection could not be made."""

    remedy = (
        "Give the CA bundle that signed the platform's certificate as `ca_path`, or see that the"
        " host name is right."
    )


class UnauthorizedError(ZqError):
    """401."""

    remedy = (
        "Give a valid API token as `token` or in the environment variable ZQ_TOKEN; tokens are made"
        " in the platform's web interface, in the settings of the API user."
    )


class ForbiddenError(ZqError):
    """403."""

    remedy = (
        "The token is valid, but its user may not do this: ask the platform's administrator for"
        " the permission."
    )


class NotFoundError(ZqError):
    """404."""

    remedy = (
        "See that the name is right, that `url` ends in the API's own path (/api/v1), and that the"
        " token may see the device."
    )


class InvalidError(ZqError):
    """400: the platform refuses the data. `errors` names the fields."""

    remedy = "Correct what the platform names."


class ConflictError(ZqError):
    """409."""

    remedy = "Something else changed the device at the same time: run the task again."


class ThrottledError(ZqError):
    """429, after all retries, or with a longer Retry-After than is waited for."""

    remedy = "Run it again later, give `rate_limit`, or raise `retries`."


class ServerError(ZqError):
    """5xx, after the retries that are safe."""

    remedy = (
        "The platform, or a proxy before it, has a problem: run the task again when it is well."
    )


class ProtocolError(ZqError):
    """An answer that is not the API's.

    HTML, empty, not JSON, of another shape, a redirect, a list that never holds still.
    """

    remedy = (
        "See that `url` is the API's address (it ends in /api/v1) and that no proxy or login page"
        " answers in its place."
    )


class UnknownOutcomeError(ZqError):
    """The answer to a write was lost, and no look at the platform could tell if it was done."""

    remedy = "Look at the device, then run the task again: what is already right is not done again."


class TaskError(ZqError):
    """Some of the devices of a task failed, or their outcome is unknown.

    `partial` holds the result of each.
    """


class InternalError(ZqError):
    """An exception that is none of these: a fault of the collection, not of the user."""

    remedy = "Please report this as a bug of zequenze.control."


def as_zq_error(error: Exception, redact: Callable[[str], str]) -> ZqError:
    """The same error, or one that says what happened. redact: takes secrets out of a text."""
    if isinstance(error, ZqError):
        return error
    text = redact(f"{type(error).__name__}: {error}")
    return InternalError(f"internal error: {text}")


BY_STATUS: Mapping[int, type[ZqError]] = {
    400: InvalidError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: ThrottledError,
}
