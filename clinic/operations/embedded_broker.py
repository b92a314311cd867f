"""The broker of a clinic on one machine: messages are files, and each appears whole or not at all.

The library writes a message under its final name, so a worker that looks at that moment takes an
empty file and ends over it.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts messages where the library's own channel finds them."""

    def _put(  # type: ignore[override]  # two bases that do not agree with each other
        self, queue: str, payload: Any, **_options: object
    ) -> None:
        folder = Path(self.data_folder_out)
        # The earliest first: the names are read in order.
        name = f"{time.time_ns()}_{uuid.uuid4()}"
        draft = folder / f"{name}.draft"
        draft.write_bytes(dumps(payload).encode())
        os.replace(draft, folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    """The library's transport with our channel."""

    Channel = Channel
