"""A mail server on loopback that can be told to accept mail, stall, hang up, or refuse."""

import math
import socketserver
import threading
from email import message_from_bytes
from typing import Any


class Sink(socketserver.ThreadingTCPServer):
    """A mail server that stores every message it received to the end.

    While `stalls` is set, and from message number `stalls_from` on, it does not answer to a
    message. While `hangs_up` is set, it closes the connection instead. To the text it answers with
    `text_refusal` if there is one. To RCPT it answers with the
    entry of `refusals` for that address, else with `refusal` if there is one, and to an address in
    `deaf_to` not at all.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages: list[Any] = []
        self.stalls = threading.Event()
        self.stalls_from = math.inf
        self.hangs_up = threading.Event()
        self.refusal = self.text_refusal = b""
        self.refusals: dict[str, bytes] = {}
        self.deaf_to: set[str] = set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def ids(self) -> list[str]:
        """Return the Message-IDs of the messages, in the order they came."""
        return [message["Message-ID"] for message in self.messages]


class _Session(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                if not self._message():
                    return
            elif verb == b"RCPT":
                self._recipient(line.decode().partition("<")[2].partition(">")[0])
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")

    def _recipient(self, address: str) -> None:
        if address in self.server.deaf_to:
            return
        answer = self.server.refusals.get(address) or self.server.refusal or b"250 ok"
        self.wfile.write(answer + b"\r\n")

    def _message(self) -> bool:
        """Read a message; return whether the connection stays open."""
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.messages.append(message_from_bytes(b"".join(lines)))
        if self.server.stalls.is_set() or len(self.server.messages) >= self.server.stalls_from:
            # Waits until the sender gives up.
            self.rfile.readline()
            return False
        if not self.server.hangs_up.is_set():
            self.wfile.write((self.server.text_refusal or b"250 taken") + b"\r\n")
        return not self.server.hangs_up.is_set()
