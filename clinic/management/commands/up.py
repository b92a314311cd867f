"""`manage.py up`: run web, worker and clock together in the foreground."""

import errno
import hashlib
import http.client
import os
import shlex
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from clinic.before_opening.words import what_is_missing
from clinic.database.sealed import WrongKeys
from clinic.keys.checking import refuse_wrong_keys
from clinic.messages.delivery.held_back import held_back
from clinic.operations.processes import Child, Supervisor
from clinic.people.sample_people import refuse_in_production, sample_sign_ins
from clinic.people.staff_access import people_with_access
from clinic.practice import zone_data

# Where to reach a site that listens on all addresses.
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


class Command(BaseCommand):
    help = "Brings the database up to date, then runs web, worker and clock until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port; 0 takes a free one")
        parser.add_argument(
            "--sample", action="store_true", help="fill an empty database with the sample clinic"
        )
        parser.add_argument(
            "--reload",
            action="store_true",
            help="for developing: run what is saved at once, and show errors on the page",
        )

    def handle(
        self, *args: object, host: str, port: int, sample: bool, reload: bool, **options: object
    ) -> None:
        if reload and not find_spec("watchfiles"):
            raise CommandError("--reload needs what requirements-dev.txt lists.")
        self.stdout.write(f"Zone data: tzdata {zone_data.release()}")
        # First, so that a taken port is known before the database is prepared.
        listener = listen(host, port)
        try:
            self._prepare(sample=sample)
        except KeyboardInterrupt:
            sys.exit(130)
        address = Address(host, listener.getsockname()[1])
        connections.close_all()
        supervisor = Supervisor(
            children(listener.fileno(), reload=reload), environment(address, reload=reload)
        )
        if not supervisor.run(on_tick=once(address.answers, lambda: self._announce(address))):
            sys.exit(1)

    def _prepare(self, *, sample: bool) -> None:
        if migrations_are_pending():
            self.stdout.write("Preparing the database. The first time takes a minute or two.")
            self.stdout.flush()
            call_command("migrate", interactive=False, verbosity=0)
        refuse_in_production()
        try:
            refuse_wrong_keys()
        except WrongKeys as error:
            raise CommandError(str(error)) from None
        if sample:
            call_command("seed", if_empty=True)
        collect_static_files()

    def _announce(self, address: "Address") -> None:
        self.stdout.write(f"\nRun Ready is at {address.url}   (Ctrl-C stops it)\n\n")
        for role, email, password in sample_sign_ins():
            self.stdout.write(f"  {role:<18} {email:<34} {password}")
        if found := what_is_missing():
            self.stdout.write(f"\nBefore you open, {len(found)} missing:\n\n")
            for line in found:
                self.stdout.write(f"  {line}")
            self.stdout.write("\n")
        if not people_with_access().exists():
            self.stdout.write("Nobody can sign in yet. In another terminal, in this folder:\n\n")
            self.stdout.write(f"  {first_user_command(address.url)}\n")
        if held := held_back():
            self.stdout.write(f"\n{held.words}\n")
        self.stdout.flush()
        connections.close_all()


class Address:
    """The address at which this machine can reach the site."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = ANYWHERE.get(host, host), port

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def answers(self) -> bool:
        """Return whether the site answers within a second, with any status."""
        with suppress(OSError, http.client.HTTPException):
            request = http.client.HTTPConnection(self.host, self.port, timeout=1)
            request.request("GET", "/health/live")
            return bool(request.getresponse().status)
        return False


def first_user_command(url: str) -> str:
    """Return the command that adds the first person, for whoever reads it to fill in.

    The link that it prints leads to SITE_URL; if nobody set that, the address of this run is named.
    """
    python = os.path.relpath(sys.executable)
    is_known = "SITE_URL" in os.environ or url == settings.SITE_URL
    site = "" if is_known else f"SITE_URL={url} "
    email, name = "you@clinic.example", '"Your Name"'
    who = f"--email {email} --name {name} --manager --access-admin"
    return f"{site}{python} manage.py first_user {who}"


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket for the web process to inherit; the port is taken from now on.

    Raises CommandError (exit code 2) if the port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        raise CommandError(
            f"Port {port} on {host} is {'taken' if taken else 'not to be had'}. "
            "Choose another with --port.",
            returncode=2,
        ) from error


def children(listener: int, *, reload: bool = False) -> list[Child]:
    """Return the three processes. The web is vital: without it there is no use in the others."""
    python = [sys.executable, "-m"]
    # Celery warns when it runs as root, which a trial may do.
    calm = [sys.executable, "-W", "ignore:You're running", "-m"]
    celery = [*calm, "celery", "--quiet", "--app", "clinic"]
    web = [
        *python,
        "gunicorn",
        "--config",
        "python:clinic.operations.server",
        "--bind",
        f"fd://{listener}",
    ]
    worker = [*celery, "worker", "--loglevel", "warning"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = [*celery, "beat", "--loglevel", "warning"]
    if reload:
        # One worker process: each would ask gunicorn to replace it when a file is saved.
        web = [*web, "--workers", "1", "clinic.operations.reloading"]
        worker, beat = started_anew(worker), started_anew(beat)
    else:
        web = [*web, "clinic.wsgi"]
    return [
        Child("web", web, vital=True, pass_fds=[listener]),
        Child("worker", worker),
        Child("clock", beat),
    ]


def started_anew(command: list[str]) -> list[str]:
    """Return a command that runs the given one and restarts it when Python code is saved."""
    watch = [sys.executable, "-m", "watchfiles", "--verbosity", "warning", "--filter", "python"]
    apps = [str(settings.BASE_DIR / app) for app in ("booking", "clinic", "intake")]
    return [*watch, "--target-type", "command", shlex.join(command), *apps]


def environment(address: Address, *, reload: bool = False) -> dict[str, str]:
    """Return the environment of the children: ours, with SITE_URL as the address of this run.

    A SITE_URL that is set already stays.
    """
    # With DEBUG static files are served from their source folders, under their plain names.
    debug = {"DEBUG": "1"} if reload else {}
    return {"SITE_URL": address.url, **debug, **os.environ}


def migrations_are_pending() -> bool:
    """Return whether `migrate` has anything to do. Asking is faster than running it for nothing."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def collect_static_files() -> None:
    """Collect the static files when one of them changed since the last time."""
    stamp, wanted = settings.VAR_DIR / "static-files", fingerprint_of_static_files()
    if settings.STATIC_ROOT.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def fingerprint_of_static_files() -> str:
    """Return a digest of the name, size and modification time of every static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(None):
            stat = os.stat(storage.path(name))
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def once(ready: Callable[[], bool], act: Callable[[], None]) -> Callable[[], None]:
    """Return a function that, called repeatedly, calls `act` the first time `ready()` is true."""
    done = False

    def tick() -> None:
        nonlocal done
        if not done and ready():
            done = True
            act()

    return tick
