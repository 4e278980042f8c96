# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and stop: the data folder, the tables, the first fleet, gunicorn; nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shlex
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.parse
from argparse import Namespace
from pathlib import Path
from typing import Any


def serve(options: Namespace) -> None:
    """Returns when it was told to stop."""
    parent, myself = os.getppid(), os.getpid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    temporary = options.data_dir is None
    folder = Path(
        tempfile.mkdtemp(prefix="zq-simulator-") if temporary else options.data_dir
    ).absolute()
    try:
        if options.exit_with_parent:
            threading.Thread(target=_follow, args=(parent,), daemon=True).start()
        token = options.token or secrets.token_urlsafe(24)
        _prepare(folder, options, token)
        _gunicorn(folder, options, token)
    except KeyboardInterrupt:
        pass
    finally:
        if os.getpid() == myself:  # workers leave through here too
            _keep_time()
            if temporary:
                shutil.rmtree(folder, ignore_errors=True)
            if options.facts:
                Path(options.facts).unlink(missing_ok=True)


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGTERM)


def _prepare(folder: Path, options: Namespace, token: str) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"error: --data-dir {options.data_dir}: cannot be made: {error.strerror}")
    os.environ["ZQ_SIMULATOR_DATA_DIR"] = str(folder)
    os.environ["ZQ_SIMULATOR_PREFIX"] = options.prefix
    os.environ["DJANGO_SETTINGS_MODULE"] = "simulator.settings"
    import django

    django.setup()
    from django.apps import apps
    from django.db import connection, connections

    from simulator import first, seed, world

    present = set(connection.introspection.table_names())
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("simulator").get_models():
            if model._meta.db_table not in present:  # noqa: SLF001 (Django's documented way)
                editor.create_model(model)
    config = world.Config()
    config.settings = config.settings.changed(
        {"strict": options.strict, "max_limit": options.max_limit}
    )
    seed.add_token(config, {"token": token})
    new = world.begin(config, options.speed)
    try:
        first.first_fleet(options, new=new)
    except first.StartupError as error:
        if new:  # or the next start would find a platform, without devices
            world.forget()
        sys.exit(f"error: {error}")
    connections.close_all()  # a connection must not be carried into the workers


def _keep_time() -> None:
    """Where the data stays, time goes on from here at the next start."""
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        return
    from django.db import DatabaseError, connections

    from simulator import world

    with contextlib.suppress(
        DatabaseError, TypeError
    ):  # it may not have come so far as to have a clock
        world.save_clock(world.read().clock.moved())
    connections.close_all()


def _gunicorn(folder: Path, options: Namespace, token: str) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

    from simulator import urls  # noqa: F401 (loaded once, before the workers part)
    from simulator.wsgi import application

    def ready(arbiter: Arbiter) -> None:
        # Ctrl-C goes to the workers as well: the arbiter alone decides, and lets them finish what
        # they are at.
        signal.signal(signal.SIGINT, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        _announce(options, token, host, port)

    def worker_ready(_worker: Worker) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    class Application(BaseApplication):
        def load_config(self) -> None:
            memory = Path("/dev/shm")  # noqa: S108 (heartbeat files, made safely by gunicorn)
            values = {
                "bind": f"{options.host}:{options.port}",
                "workers": options.workers,
                "worker_tmp_dir": str(memory if os.access(memory, os.W_OK) else folder),
                "timeout": 600,  # a fault may make a request wait long
                "graceful_timeout": 2,
                "loglevel": "error",
                "limit_request_line": 8190,
                "when_ready": ready,
                "post_worker_init": worker_ready,
                "certfile": options.cert,
                "keyfile": options.key,
                "control_socket_disable": True,  # it would be made in HOME
            }
            for key, value in values.items():
                if key in self.cfg.settings and value is not None:
                    self.cfg.set(key, value)

        def load(self) -> Any:
            return application

    Application().run()


def _announce(options: Namespace, token: str, host: str, port: int) -> None:
    shown = host
    if host == "0.0.0.0":  # noqa: S104 (only told apart here)
        shown = "127.0.0.1"
    elif ":" in host:
        shown = f"[{host}]"
    scheme = "https" if options.cert else "http"
    root = f"{scheme}://{shown}:{port}"
    prefix = options.prefix.strip("/")
    if prefix:
        prefix = f"/{prefix}"
    facts = {
        "url": f"{root}{prefix}",
        "token": token,
        "control_url": f"{root}/control/",
        "pid": os.getpid(),
    }
    if options.facts:
        path = Path(options.facts)
        partial = path.with_name(path.name + ".part")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(facts, file)
        partial.replace(path)
    if not options.quiet:
        print(_welcome(options, facts, root), flush=True)


def _welcome(options: Namespace, facts: dict[str, Any], root: str) -> str:
    """What a person needs: what to hand to Ansible, and an address that opens."""
    from simulator.models import Device
    from simulator.pages import FLEET

    devices = Device.objects
    organizations = devices.values("organization_id").distinct()
    pace = "in real time"
    if options.speed != 1:
        pace = f"{options.speed:g} times as fast as the clock"
    rest = "and removes its data"
    if options.data_dir is not None:
        rest = f"and leaves its data in {options.data_dir}"
    there = f"{_plural(devices.count(), 'device')} in"
    there += f" {_plural(organizations.count(), 'organization')}"
    lines = (
        f"The simulated platform: {there}, {pace}. Ctrl-C stops it {rest}.",
        "",
        f"  export ZQ_URL={shlex.quote(facts['url'])}",
        f"  export ZQ_TOKEN={shlex.quote(facts['token'])}",
        "",
        "The fleet, live, in a browser:",
        f"  {root}{FLEET}?{urllib.parse.urlencode({'token': facts['token']})}",
        "",
        f"The control endpoint, to make devices fail: {facts['control_url']}",
    )
    return "\n".join(lines)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
