# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the API of AWX 24: lists, details, associations, surveys and nodes, in the shapes of its serializers.

It keeps what it is sent, and judges of it what AWX does of surveys and prompts, and that a related object is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

API = "/api/v2/"
TEMPLATES = ("job_templates", "workflow_job_templates", "workflow_approval_templates", "projects")
# What AWX gives an object that is sent without it, as far as awx.awx compares it.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "credential_types": {"description": "", "managed": False},
    "inventories": {"kind": "", "host_filter": None},
    "workflow_job_template_nodes": {"extra_data": {}, "unified_job_template": None},
}
RELATED = {
    "project": "projects",
    "inventory": "inventories",
    "organization": "organizations",
    "credential": "credentials",
    "source_project": "projects",
    "credential_type": "credential_types",
    "workflow_job_template": "workflow_job_templates",
}
# What a survey's question may have as its default, and what is asked of a template's launch before a node or a schedule may give it.
SURVEY_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "multiplechoice": str,
    "integer": int,
    "float": (float, int),
}
PROMPTS = {
    "job_type": "ask_job_type_on_launch",
    "diff_mode": "ask_diff_mode_on_launch",
    "limit": "ask_limit_on_launch",
}
Item = dict[str, Any]


class AwxApi(ThreadingHTTPServer):
    """tables: kind → id → object. writes: what was sent, (method, path, body)."""

    daemon_threads = True

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = token
        self.ids = count(1)
        self.tables: dict[str, dict[int, Item]] = {}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[str, Any] = {}
        self.writes: list[tuple[str, str, Any]] = []
        self.add("organizations", {"name": "Default"})
        self.add("credentials", {"name": "Ansible Galaxy"})

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, kind: str, given: Mapping[str, Any]) -> Item:
        """Keep a new object, and give it what each has."""
        number = next(self.ids)
        url = f"{API}{kind}/{number}/"
        item: Item = {**DEFAULTS.get(kind, {}), **given}
        item.update(id=number, url=url, type=kind.removesuffix("s"), summary_fields={}, related={})
        if kind in ("job_templates", "workflow_job_templates"):
            item["related"]["survey_spec"] = f"{url}survey_spec/"
        if kind == "projects":
            item["scm_revision"] = ""
            item["summary_fields"]["current_update"] = {"id": number, "status": "pending"}
        self.tables.setdefault(kind, {})[number] = item
        return item

    def shown(self, item: Item) -> Item:
        """As AWX shows it: never a token."""
        inputs = item.get("inputs")
        if item["type"] == "credential" and isinstance(inputs, dict):
            hidden = {key: "$encrypted$" if key == "token" else inputs[key] for key in inputs}
            return {**item, "inputs": hidden}
        return item

    def named(self, kind: str) -> dict[str, Item]:
        return {item["name"]: item for item in self.tables.get(kind, {}).values()}

    def names_of(self, kind: str, ids: list[int]) -> list[str]:
        return [self.tables[kind][one].get("name", "") for one in ids]

    def find(self, kind: str, query: Mapping[str, str]) -> list[Item]:
        """The objects that a list shows for a query of equalities."""
        kinds = TEMPLATES if kind == "unified_job_templates" else (kind,)
        items = [item for one in kinds for item in self.tables.get(one, {}).values()]
        return [item for item in items if all(str(item.get(key)) == query[key] for key in query)]

    def get(self, parts: list[str], query: Mapping[str, str]) -> tuple[int, Any]:
        if parts == ["me"]:
            return 200, _listing([{"id": 1, "username": "admin", "type": "user"}])
        if parts[0] == "project_updates":
            return 200, {"id": int(parts[1]), "status": "successful"}
        if len(parts) == 1:
            return 200, _listing([self.shown(item) for item in self.find(parts[0], query)])
        item = self.tables.get(parts[0], {}).get(int(parts[1]))
        if item is None:
            return 404, {"detail": "Not found."}
        if len(parts) == 2:
            return 200, self.shown(item)
        if parts[2] == "survey_spec":
            return 200, self.surveys.get(item["url"], {})
        ids = self.links.get((parts[0], item["id"], parts[2]), [])
        return 200, _listing([{"id": one} for one in ids])

    def post(self, parts: list[str], body: Item) -> tuple[int, Any]:
        if len(parts) == 1:
            wrong = self._missing(body) or self._not_asked(body)
            if wrong:
                return 400, wrong
            return 201, self.shown(self.add(parts[0], body))
        item = self.tables.get(parts[0], {}).get(int(parts[1]))
        if item is None:
            return 404, {"detail": "Not found."}
        if parts[2] == "survey_spec":
            if error := survey_error(body):
                return 400, {"error": error}
            self.surveys[item["url"]] = body
            return 200, {}
        if parts[2] == "create_approval_template":
            approval = self.add("workflow_approval_templates", {"timeout": 0, **body})
            item["unified_job_template"] = approval["id"]
            item["related"]["unified_job_template"] = approval["url"]
            return 201, approval
        if parts[0] == "workflow_approval_templates":
            return 404, {"detail": "Not found."}
        linked = self.links.setdefault((parts[0], item["id"], parts[2]), [])
        if body.get("disassociate"):
            linked.remove(body["id"])
        else:
            linked.append(body["id"])
        return 204, None

    def patch(self, parts: list[str], body: Item) -> tuple[int, Any]:
        item = self.tables[parts[0]][int(parts[1])]
        item.update({key: value for key, value in body.items() if key != "type"})
        return 200, self.shown(item)

    def _missing(self, body: Item) -> Item:
        return {
            field: ["Object does not exist."]
            for field, kind in RELATED.items()
            if body.get(field) is not None and body[field] not in self.tables.get(kind, {})
        }

    def _not_asked(self, body: Item) -> Item:
        """What a node or a schedule gives to a template that does not ask for it."""
        template = self._template(body.get("unified_job_template"))
        if template is None:
            return {}
        spec = self.surveys.get(template["url"], {"spec": []})["spec"]
        asked = {question["variable"] for question in spec}
        wrong: Item = {
            field: [f"Field is not configured to prompt on launch: {prompt}"]
            for field, prompt in PROMPTS.items()
            if body.get(field) is not None and not template.get(prompt)
        }
        unknown = sorted(set(body.get("extra_data") or {}) - asked)
        if unknown and not template.get("ask_variables_on_launch"):
            wrong["extra_vars"] = [f"Variables {', '.join(unknown)} are not allowed on launch."]
        return wrong

    def _template(self, number: int | None) -> Item | None:
        for kind in TEMPLATES:
            if number in self.tables.get(kind, {}):
                return self.tables[kind][number]
        return None


def survey_error(spec: Item) -> str:
    """What AWX 24 has against a survey, or "": as its view of a survey validates it."""
    for field, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(spec.get(field), kind):
            return f"Expected {kind.__name__} for field '{field}'."
    if not spec["spec"]:
        return "'spec' doesn't contain any items."
    names = [question.get("variable") for question in spec["spec"]]
    if len(set(names)) < len(names):
        return "'variable' duplicated in survey."
    return next(filter(None, map(_question_error, spec["spec"])), "")


def _question_error(question: Item) -> str:
    texts = [question.get(field) for field in ("type", "question_name", "variable")]
    if not all(isinstance(text, str) for text in texts):
        return f"A field of survey question {question} expected to be string."
    if not isinstance(question.get("required"), bool):
        return f"'required' in survey question {question} expected to be boolean."
    kind, default = question["type"], question.get("default", "")
    if kind not in SURVEY_TYPES:
        return f"'{kind}' is not one of the allowed question types."
    if default != "" and not isinstance(default, SURVEY_TYPES[kind]):
        return f"Default value {default} in survey question {question} expected to be {kind}."
    if not all(isinstance(question.get(limit, 0), int) for limit in ("min", "max")):
        return f"The limit in survey question {question} expected to be integer."
    if kind == "multiplechoice":
        return _choice_error(question, default.splitlines())
    return ""


def _choice_error(question: Item, defaults: list[str]) -> str:
    if "choices" not in question:
        return f"Survey question {question} must specify choices."
    if len(defaults) > 1 or any(one not in question["choices"] for one in defaults):
        return f"Default choice must be one of the choices listed: {question}."
    return ""


def _listing(results: list[Item]) -> Item:
    return {"count": len(results), "next": None, "previous": None, "results": results}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: AwxApi

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the standard library names it
        """Nothing is printed."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self._answer(
            *self._checked() or self.server.get(_parts(url.path), dict(parse_qsl(url.query)))
        )

    def do_POST(self) -> None:
        body = self._body()
        self._answer(*self._checked() or self.server.post(_parts(self.path), body))

    def do_PATCH(self) -> None:
        body = self._body()
        self._answer(*self._checked() or self.server.patch(_parts(self.path), body))

    def _checked(self) -> tuple[int, Any] | None:
        if self.headers.get("Authorization") == f"Bearer {self.server.token}":
            return None
        return 401, {"detail": "Authentication credentials were not provided."}

    def _body(self) -> Any:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        self.server.writes.append((self.command, self.path, body))
        return body

    def _answer(self, status: int, body: Any) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.end_headers()
        self.wfile.write(data)


def _parts(path: str) -> list[str]:
    return path.removeprefix(API).strip("/").split("/")
