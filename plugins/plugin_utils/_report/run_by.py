# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who ran what: the job, its user and the commit, where the environment tells.

What it tells was written elsewhere: a part that is no short text, or no web address, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ...module_utils._text import escaped
from .values import to_mapping, to_text

MAX_LENGTH = 120
MAX_ADDRESS = 300
SHORT_COMMIT = 12
# Where a report has it: in its context, and so in its JSON.
KEY = "run"


@dataclass(frozen=True)
class System:
    """Where a run can be started from, and what it calls the parts.

    job: without it the run was not started there. Of several names the first that is set counts.
    """

    name: str
    job: tuple[str, ...]
    title: tuple[str, ...]
    user: tuple[str, ...]
    commit: tuple[str, ...]
    address: tuple[str, ...] = ()


# AWX, and Automation Controller, hand these on as extra variables.
AWX = System(
    "AWX",
    job=("awx_job_id", "tower_job_id"),
    title=("awx_job_template_name", "tower_job_template_name"),
    user=("awx_user_name", "tower_user_name", "awx_schedule_name", "tower_schedule_name"),
    commit=("awx_project_revision", "tower_project_revision"),
)
# These are in the environment of the process.
OF_ENVIRONMENT = (
    System(
        "GitHub Actions",
        job=("GITHUB_RUN_ID",),
        title=("GITHUB_WORKFLOW",),
        user=("GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"),
        commit=("GITHUB_SHA",),
    ),
    System(
        "GitLab CI",
        job=("CI_JOB_ID",),
        title=("CI_JOB_NAME",),
        user=("GITLAB_USER_LOGIN",),
        commit=("CI_COMMIT_SHA",),
        address=("CI_JOB_URL",),
    ),
)
LOGIN = ("LOGNAME", "USER")


def run_by(environ: Mapping[str, str], variables: Mapping[str, Any]) -> dict[str, str]:
    """What is known of the run: `system`, `job`, `title`, `user`, `commit` and `address`.

    environ: of the process. variables: of the task. What is not known is left out.
    """
    if _first(variables.get, AWX.job):
        return _parts(AWX, variables.get)
    for system in OF_ENVIRONMENT:
        if _first(environ.get, system.job):
            parts = _parts(system, environ.get)
            return {**parts, **_github_address(environ, parts)}
    user = _first(environ.get, LOGIN)
    return {"user": user} if user else {}


def _parts(system: System, get: Callable[[str], Any]) -> dict[str, str]:
    found = {"system": system.name}
    for part in ("job", "title", "user", "commit"):
        text = _first(get, getattr(system, part))
        if text:
            found[part] = text
    address = _address(to_text(get(system.address[0]))) if system.address else ""
    if address:
        found["address"] = address
    return found


def _first(get: Callable[[str], Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            text = escaped(str(value).strip())[:MAX_LENGTH]
            if text:
                return text
    return ""


def _address(text: str) -> str:
    """A web address without a user or a password in it, else nothing."""
    try:
        parts = urlsplit(text)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        return ""
    if not plain or parts.password or len(text) > MAX_ADDRESS or escaped(text) != text:
        return ""
    return text


def _github_address(environ: Mapping[str, str], parts: Mapping[str, str]) -> dict[str, str]:
    """GitHub tells it in pieces."""
    pieces = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY")]
    if "GITHUB_RUN_ID" not in environ or not all(pieces):
        return {}
    address = _address(f"{pieces[0]}/{pieces[1]}/actions/runs/{parts['job']}")
    return {"address": address} if address else {}


def run_text(context: Mapping[str, Any]) -> str:
    """In a line, such as "Run by anna, AWX job 42 (reconcile), commit 1a2b3c4d5e6f."; or nothing.

    The address is for programs: a line of a report links to nothing that it was told.
    """
    run = to_mapping(context.get(KEY))
    user, job, title = (to_text(run.get(part)) for part in ("user", "job", "title"))
    told = [user] if user else []
    if job:
        job = f"{to_text(run.get('system'))} job {job}"
        told.append(f"{job} ({title})" if title else job)
    if run.get("commit"):
        told.append(f"commit {to_text(run['commit'])[:SHORT_COMMIT]}")
    return f"Run by {', '.join(told)}." if told else ""
