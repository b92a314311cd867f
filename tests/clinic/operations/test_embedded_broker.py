"""The broker in a folder: a message is there whole or not at all, in the order of sending."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from clinic.operations import embedded_broker


@pytest.fixture
def channel(tmp_path: Path) -> Generator[Any, None, None]:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection(
        "filesystem://localhost",
        transport="clinic.operations.embedded_broker:Transport",
        transport_options=options,
    ) as connection:
        yield connection.default_channel


def test_a_worker_that_looks_while_a_message_is_written_finds_none(
    channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Any] = []
    give = embedded_broker.os.replace

    def look_first(*names: Any) -> None:
        try:
            found.append(channel._get("work"))
        except Empty:
            found.append("nothing yet")
        give(*names)

    monkeypatch.setattr(embedded_broker.os, "replace", look_first)
    channel._put("work", {"number": 1})
    assert found == ["nothing yet"]
    assert channel._get("work") == {"number": 1}


def test_messages_come_in_order_and_each_queue_has_its_own(channel: Any) -> None:
    for number in range(20):
        channel._put("work", {"number": number})
        channel._put("other", {"other": number})
    assert [channel._get("work")["number"] for _ in range(20)] == list(range(20))
    with pytest.raises(Empty):
        channel._get("work")
    assert channel._get("other") == {"other": 0}


def test_worker_and_clock_use_it_where_there_is_no_redis(tmp_path: Path) -> None:
    say = (
        "import django; django.setup(); from clinic.celery import app;"
        "print(type(app.connection_for_write().transport).__module__)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    said = subprocess.run(
        [sys.executable, "-c", say],
        env={**environment, "RUN_READY_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "clinic.operations.embedded_broker"
