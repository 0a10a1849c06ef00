"""Uploads: data that a client sends, from the request straight into a file.

A form may send data as text or as a file of any size up to that of a body; neither is ever in
memory as a whole. Fields that are short by nature are.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from flask import request
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from missiongraph.limits import MEGABYTE
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import context

_READ = 64 * 1024
_HELD = 1024 * 1024  # bytes of what stands around the parts: heads, and what is before the first
_PARTS = 20  # of one form
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Form:
    """What a form sent: its short fields, and the name and digest of the upload, if any came."""

    fields: Mapping[str, str]
    upload: str = ""
    digest: str = ""


@contextmanager
def received(name: str, most: Mapping[str, int]) -> Iterator[Form]:
    """The form of the current request, whose field or file ``name`` is kept as an upload.

    ``most`` has the other fields that count, and how many bytes each may have. A file called
    ``FIELD-file`` goes before the field. The upload is removed if the block fails, or at once if
    it is blank. Raises :class:`Problem` for what is no such form, is not UTF-8 or is too long, and
    :class:`Busy` when there is no room.
    """
    tickets, short = context().jobs.tickets, _Short(most)
    with tickets.receiving(request.content_length or _most()) as (upload, file):
        data = _Data(file)
        for part, filename, piece in _pieces():
            field = part.removesuffix("-file")
            if field == name:
                data.take(piece, part, filename)
            elif field in most:
                short.take(piece, part)
        data.end()
    try:
        if data.blank:
            tickets.remove_upload(upload)
        yield Form(short.fields(), "" if data.blank else upload, data.digest)
    except BaseException:
        tickets.remove_upload(upload)
        raise


class _Short:
    """Fields that are short."""

    def __init__(self, most: Mapping[str, int]) -> None:
        self._most = most
        self._taken: dict[str, bytes] = {}

    def take(self, piece: bytes, part: str) -> None:
        """The next piece of a field."""
        taken = self._taken.get(part, b"") + piece
        if len(taken) > (most := self._most[part.removesuffix("-file")]):
            detail = f"{part} may have {most:,} bytes."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        self._taken[part] = taken

    def fields(self) -> dict[str, str]:
        """The fields, as text."""
        chosen = {name: self._taken.get(f"{name}-file") for name in self._most}
        return {
            name: _text(name, taken)
            for name, file in chosen.items()
            if (taken := file or self._taken.get(name)) is not None
        }


class _Data:
    """Text on its way into a file; a file that was chosen replaces what came as a field."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begin("", "")

    def take(self, piece: bytes, part: str, filename: str) -> None:
        """The next piece of a part of the form."""
        if piece and part != self._part and not self._part.endswith("-file"):
            self._begin(part, filename)
        if part == self._part:
            self._write(piece)

    def end(self) -> None:
        """All has come."""
        self._write(b"", final=True)

    @property
    def digest(self) -> str:
        """What names these data."""
        return self._hash.hexdigest()

    def _begin(self, part: str, filename: str) -> None:
        self._part, self._called = part, filename or part
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._hash = hashlib.sha256()
        self.blank = True
        self._file.seek(0)

    def _write(self, piece: bytes, *, final: bool = False) -> None:
        try:
            text = self._decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            raise _not_utf8(self._called) from error
        self.blank = self.blank and not text.strip()
        told = text.encode()
        self._hash.update(told)
        self._file.write(told)


def _text(name: str, taken: bytes) -> str:
    try:
        return taken.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(name) from error


def _not_utf8(name: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, f"{name} is not UTF-8 text: save it as UTF-8.")


def _most() -> int:
    """Bytes of the longest body."""
    return context().settings.body_megabytes * MEGABYTE


def _pieces() -> Iterator[tuple[str, str, bytes]]:
    """The parts of the form, piece by piece: name, name of the file if it is one, bytes."""
    if request.mimetype != _MULTIPART:
        for name, value in request.form.items():
            yield name, "", value.encode()
        return
    boundary = request.mimetype_params.get("boundary", "").encode()
    decoder = MultipartDecoder(boundary, _HELD, max_parts=_PARTS)
    name = filename = ""
    try:
        while True:
            event = decoder.next_event()
            if isinstance(event, (Field, File)):
                name = event.name or ""
                filename = event.filename or "" if isinstance(event, File) else ""
            elif isinstance(event, Data):
                yield name, filename, event.data
            elif isinstance(event, Epilogue):
                return
            elif isinstance(event, NeedData):
                decoder.receive_data(request.stream.read(_READ) or None)
    except ValueError as error:
        detail = "The body is not the form that its Content-Type says; nothing was read."
        raise Problem(HTTPStatus.BAD_REQUEST, detail) from error
