"""Serve the product, or a floor beside it, for as long as something is measured."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clinic.operations import processes
from tests.bench.load import Visitor
from tests.servers import free_port


@dataclass(frozen=True)
class Site:
    """A web process and the port of this machine on which it answers."""

    port: int
    process: subprocess.Popen


@contextmanager
def site(module: str) -> Iterator[Site]:
    """Serve a WSGI module as the clinic is served, and stop it afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:clinic.operations.server"]
    command += ["--bind", f"127.0.0.1:{port}", "--keep-alive", "30", module]
    server = processes.start(command, env=dict(os.environ), stdout=subprocess.DEVNULL)
    try:
        visitor = Visitor(port)
        while visitor.ask("GET", "/health/live", {})[0] == 599:
            if server.poll() is not None:
                raise SystemExit(f"{module} ended before it answered")
            time.sleep(0.1)
        yield Site(port, server)
    finally:
        processes.stop([server])
