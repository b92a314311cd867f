"""The servers of a test run are its own, and gone when it is over, however it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psycopg2
import pytest
import redis
from django.conf import settings

from tests import servers
from tests.waiting import wait_until

# Starts the servers as a test run does, prints where they are, and goes on running.
RUN = """
import json, time
from tests.services import start_servers
print(json.dumps(start_servers(["postgresql", "redis"])), flush=True)
time.sleep(600)
"""


@pytest.fixture
def a_run() -> Generator[tuple[subprocess.Popen, dict[str, str]], None, None]:
    """Yield a process that behaves like a test run, and the addresses of its servers."""
    command = [sys.executable, "-c", RUN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=settings.BASE_DIR) as run:
        yield run, json.loads(run.stdout.readline())
        run.kill()


def is_gone(addresses: dict[str, str]) -> bool:
    """Return whether neither a server nor the folder is left."""
    try:
        redis.Redis.from_url(addresses["redis"]).ping()
    except redis.ConnectionError:
        return not Path(addresses["folder"]).exists()
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_servers_answer_and_end_with_their_run(a_run, how):
    run, addresses = a_run
    server, _, _ = addresses["postgresql"].rpartition("/")
    psycopg2.connect(f"{server}/postgres").close()
    assert redis.Redis.from_url(addresses["redis"]).ping()
    run.send_signal(how)
    wait_until(lambda: is_gone(addresses))


def test_a_start_that_fails_half_way_prints_why_and_leaves_nothing(monkeypatch):
    created = []

    def no_redis(self):
        created.append(self)
        raise servers.CannotStart("no room for a Redis here")

    monkeypatch.setattr(servers.Servers, "redis", no_redis)
    with pytest.raises(SystemExit, match="no room for a Redis here"):
        servers.serve(["postgresql", "redis"])
    (half_started,) = created
    assert not half_started.folder.exists()
    assert [server.poll() for server in half_started.servers] == [0]
