"""A Celery broker for an installation on one machine. Messages are files.

kombu's filesystem transport writes a message under its final name, so a worker that looks at that
moment reads an empty file and stops. Here each file appears whole or not at all.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """kombu's channel, which writes a file under another name and then renames it."""

    def _put(  # type: ignore[override]  # two bases that do not agree with each other
        self, queue: str, payload: Any, **_options: object
    ) -> None:
        folder = Path(self.data_folder_out)
        # The names are read in order, so they begin with the time.
        name = f"{time.time_ns()}_{uuid.uuid4()}"
        draft = folder / f"{name}.draft"
        draft.write_bytes(dumps(payload).encode())
        os.replace(draft, folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    """kombu's transport with our channel."""

    Channel = Channel
