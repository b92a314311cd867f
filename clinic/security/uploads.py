"""Files that are sent: to no page but those that say so, in memory, and never to the disk.

Every other page answers 400 to one. Who may not open the page has the file read over, and is then
refused as with any other form.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse

# Of all files of one form together. Twenty thousand visits take three million.
MOST_BYTES = 32_000_000
_TAKES_FILES = "takes_files"


def takes_files(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark the view as one whose form sends files, above the decorator of its audience."""
    vars(view)[_TAKES_FILES] = True
    return view


def is_for_files(view: object) -> bool:
    """Return whether the view takes files."""
    return bool(getattr(view, _TAKES_FILES, False))


def handler_for(request: HttpRequest) -> FileUploadHandler:
    """Return what becomes of files sent to a view that takes them: kept for who gives access."""
    user = request.user
    may_send = user.is_authenticated and user.is_access_admin
    return InMemory(request) if may_send else ReadOver(request)


class NoFiles(FileUploadHandler):
    """Refuses every file: no other form of ours sends one."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise TooManyFilesSent

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        raise TooManyFilesSent

    def file_complete(self, file_size: int) -> None:
        return None


class ReadOver(NoFiles):
    """Reads a file to its end and keeps nothing of it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile


class InMemory(FileUploadHandler):
    """Keeps the files of one form in memory, up to MOST_BYTES of them all."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0
        self.content = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > MOST_BYTES:
            raise RequestDataTooBig
        self.content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.content.seek(0)
        return InMemoryUploadedFile(
            self.content,
            self.field_name,
            # The name of a file may name a person: nobody needs it.
            "file",
            self.content_type,
            file_size,
            self.charset,
        )
