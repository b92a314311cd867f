"""A mail server on loopback that does as it is told: take mail, stall, or refuse."""

import socketserver
import threading
from email import message_from_bytes
from typing import Any


class Sink(socketserver.ThreadingTCPServer):
    """Keeps every message whose end it saw. While `stalls`, it never answers to a message."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages: list[Any] = []
        self.stalls = threading.Event()
        self.refusal = b""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def ids(self) -> list[str]:
        """Return the Message-IDs seen, in order."""
        return [message["Message-ID"] for message in self.messages]


class _Session(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self._message()
            elif verb == b"RCPT" and self.server.refusal:
                self.wfile.write(self.server.refusal + b"\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")

    def _message(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.messages.append(message_from_bytes(b"".join(lines)))
        if self.server.stalls.is_set():
            self.rfile.readline()
            return
        self.wfile.write(b"250 taken\r\n")
