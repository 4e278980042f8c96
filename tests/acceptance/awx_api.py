# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in of the API of AWX 24, with the shapes of its answers, and what it refuses of surveys and prompts.

It keeps what is written to it. It runs no job.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, Any]

ROOT = "/api/v2/"
ENCRYPTED = "$encrypted$"
# What a new object has where nothing is said, of that which the modules of awx.awx compare.
DEFAULTS: dict[str, Object] = {
    "organizations": {"description": "", "max_hosts": 0, "default_environment": None},
    "credential_types": {"description": "", "managed": False},
    "credentials": {"description": "", "inputs": {}},
    "projects": {"description": "", "scm_branch": "", "scm_revision": "", "credential": None},
    "inventories": {"description": "", "kind": "", "host_filter": None, "variables": ""},
    "inventory_sources": {"description": "", "enabled_value": "", "source_vars": ""},
    "job_templates": {
        "description": "",
        "extra_vars": "",
        "limit": "",
        "ask_variables_on_launch": False,
    },
    "workflow_job_templates": {
        "description": "",
        "extra_vars": "",
        "ask_variables_on_launch": False,
    },
    "workflow_job_template_nodes": {
        "extra_data": {},
        "unified_job_template": None,
        "all_parents_must_converge": False,
    },
    "workflow_approval_templates": {"description": "", "timeout": 0},
    "schedules": {"description": "", "extra_data": {}, "enabled": True},
}
TYPES = {
    "inventories": "inventory",
    "inventory_sources": "inventory_source",
}
# Those whose names are one space for workflow nodes and schedules.
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
# Prompts of nodes and schedules, and what must be on in the template so that they are taken.
PROMPTS = {"job_type": "ask_job_type_on_launch", "limit": "ask_limit_on_launch"}
SURVEY_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (float, int),
}


class RefusedError(Exception):
    """Answered with 400."""


@dataclass
class Controller:
    """All that it has: collection → id → object; and the requests that it has got."""

    objects: dict[str, dict[int, Object]] = field(default_factory=dict)
    associated: dict[str, list[int]] = field(default_factory=dict)
    surveys: dict[str, Object] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    token: str = "awx-token-7Hq2"
    ids: int = 0

    def named(self, collection: str, name: str) -> Object:
        return next(one for one in self.all(collection) if one.get("name") == name)

    def all(self, collection: str) -> list[Object]:
        return list(self.objects.get(collection, {}).values())

    def names(self, collection: str) -> list[str]:
        return [one["name"] for one in self.all(collection)]

    def writes(self) -> list[tuple[str, str, Any]]:
        return [request for request in self.requests if request[0] != "GET"]

    def add(self, collection: str, given: Object) -> Object:
        self._check_prompts(given)
        self.ids += 1
        url = f"{ROOT}{collection}/{self.ids}/"
        made: Object = {
            "id": self.ids,
            "type": TYPES.get(collection, collection.removesuffix("s")),
            "url": url,
            "related": {"survey_spec": f"{url}survey_spec/"},
            "summary_fields": {},
            **DEFAULTS.get(collection, {}),
            **given,
        }
        self._check_unique(collection, made)
        if collection == "projects":
            # AWX fetches a new project at once.
            made["summary_fields"]["current_update"] = {"id": self.ids}
        self.objects.setdefault(collection, {})[self.ids] = made
        return made

    def change(self, found: Object, given: Object) -> Object:
        self._check_prompts({**found, **given})
        known = {key: value for key, value in given.items() if key in found}
        if found["type"] == "credential" and "inputs" in given:
            known["inputs"] = {
                name: found["inputs"].get(name) if value == ENCRYPTED else value
                for name, value in given["inputs"].items()
            }
        found.update(known)
        return found

    def _check_unique(self, collection: str, made: Object) -> None:
        keys = ["identifier", "workflow_job_template"]
        if collection != "workflow_job_template_nodes":
            keys = ["name", "organization", "inventory", "credential_type"]
        for other in self.all(collection):
            if all(other.get(key) == made.get(key) for key in keys):
                raise RefusedError(f"{collection}: {made} is there already")

    def _check_prompts(self, given: Object) -> None:
        """As LaunchConfigurationBaseSerializer: what the template does not ask for is refused."""
        if "unified_job_template" not in given or given["unified_job_template"] is None:
            return
        template = self.unified(given["unified_job_template"])
        asked = {question["variable"] for question in self.survey_of(template)}
        for name in given.get("extra_data") or {}:
            if name not in asked and not template.get("ask_variables_on_launch"):
                raise RefusedError(f"Variables {name} are not allowed on launch.")
        for name, prompt in PROMPTS.items():
            if given.get(name) and not template.get(prompt):
                raise RefusedError(f"Field {name} is not configured to prompt on launch.")

    def survey_of(self, template: Object) -> list[Object]:
        return list(self.surveys.get(template["url"], {}).get("spec", []))

    def unified(self, number: int) -> Object:
        for collection in (*UNIFIED, "workflow_approval_templates"):
            if number in self.objects.get(collection, {}):
                return self.objects[collection][number]
        raise RefusedError(f"Invalid pk {number} - object does not exist.")

    def set_survey(self, url: str, spec: Object) -> None:
        """As JobTemplateSurveySpec._validate_spec_data."""
        if set(spec) != {"name", "description", "spec"} or not spec["spec"]:
            raise RefusedError("'spec' doesn't contain any items.")
        names = [question["variable"] for question in spec["spec"]]
        if len(set(names)) < len(names):
            raise RefusedError("A variable is duplicated in the survey.")
        for question in spec["spec"]:
            _check_question(question)
        self.surveys[url] = spec


def _check_question(question: Object) -> None:
    for key, kind in {"type": str, "question_name": str, "variable": str, "required": bool}.items():
        if not isinstance(question.get(key), kind):
            raise RefusedError(f"{key!r} in survey question {question} expected to be {kind}.")
    default = question.get("default", "")
    if default != "" and (
        isinstance(default, bool) or not isinstance(default, SURVEY_TYPES[question["type"]])
    ):
        raise RefusedError(
            f"Default value {default} in survey question {question} is of no such type."
        )
    if any(not isinstance(question.get(key, 0), int) for key in ("min", "max")):
        raise RefusedError(f"The limit in survey question {question} expected to be integer.")
    if question["type"].startswith("multi") and any(
        choice not in question["choices"] for choice in str(default).splitlines()
    ):
        raise RefusedError("Default choice must be answered from the choices listed.")


def shown(found: Object) -> Object:
    """As the API gives it: secrets encrypted, and where a node leads to."""
    if found["type"] == "credential":
        inputs = {
            name: ENCRYPTED if name == "token" else value for name, value in found["inputs"].items()
        }
        return {**found, "inputs": inputs}
    if found["type"] == "workflow_job_template_node" and found["unified_job_template"]:
        number = found["unified_job_template"]
        related = {"unified_job_template": f"{ROOT}unified_job_templates/{number}/"}
        return {**found, "related": {**found["related"], **related}}
    return found


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the standard library names it
        """Nothing is printed."""

    def _answer(self, status: int, body: Any = None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.end_headers()
        self.wfile.write(data)

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        url = urlsplit(self.path)
        controller = self.server.controller
        controller.requests.append((self.command, url.path, body))
        if self.headers.get("Authorization") != f"Bearer {controller.token}":
            self._answer(401, {"detail": "Authentication credentials were not provided."})
            return
        try:
            self._answer(*self._found(url.path, dict(parse_qsl(url.query)), body))
        except RefusedError as error:
            self._answer(400, {"detail": str(error)})
        except (KeyError, IndexError):
            self._answer(404, {"detail": "Not found."})

    do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - as http.server names them

    def _found(self, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        controller = self.server.controller
        parts = path.removeprefix(ROOT).strip("/").split("/")
        if len(parts) == 1:
            if self.command == "POST":
                return 201, shown(controller.add(parts[0], body))
            return 200, _listed([shown(one) for one in self._matching(parts[0], query)])
        collection, number = parts[0], int(parts[1])
        if collection == "project_updates":
            controller.objects["projects"][number]["summary_fields"].pop("current_update", None)
            return 200, {"id": number, "status": "successful"}
        found = controller.unified(number) if collection.startswith("unified") else None
        found = found or controller.objects[collection][number]
        if len(parts) == 2:
            if self.command == "PATCH":
                controller.change(found, body)
            return 200, shown(found)
        return self._below(found, parts[2], path, body)

    def _below(self, found: Object, part: str, path: str, body: Any) -> tuple[int, Any]:
        controller = self.server.controller
        if part == "survey_spec":
            if self.command == "POST":
                controller.set_survey(found["url"], body)
            return 200, controller.surveys.get(found["url"], {})
        if part == "create_approval_template":
            made = controller.add("workflow_approval_templates", body)
            found["unified_job_template"] = made["id"]
            return 201, made
        here = controller.associated.setdefault(path, [])
        if self.command == "POST":
            if body.get("disassociate"):
                here.remove(body["id"])
            else:
                here.append(body["id"])
            return 204, None
        return 200, _listed([{"id": number} for number in here])

    def _matching(self, collection: str, query: dict[str, str]) -> list[Object]:
        controller = self.server.controller
        if collection == "me":
            return [{"id": 1, "type": "user", "username": "admin"}]
        collections = UNIFIED if collection == "unified_job_templates" else (collection,)
        among = [one for each in collections for one in controller.all(each)]
        return [
            one for one in among if all(str(one.get(key)) == value for key, value in query.items())
        ]


def _listed(found: list[Object]) -> Object:
    return {"count": len(found), "next": None, "previous": None, "results": found}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        super().__init__(("127.0.0.1", 0), _Handler)


class StandIn:
    """A context manager: the stand-in, on a port of this machine alone."""

    def __init__(self) -> None:
        self.controller = Controller()
        self._server = _Server(self.controller)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> StandIn:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
