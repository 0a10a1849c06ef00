"""Reads uploads: data from a form go straight from the request into a file.

A form may send data as text or as a file, up to the limit on bodies; neither is ever in memory as
a whole. Only the short fields of the form are.
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
_HELD = 1024 * 1024  # most bytes outside the parts' content, such as their heads
_PARTS = 20  # most parts of one form
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Form:
    """A form: its short fields, and the upload's name and SHA-256, empty if nothing was sent."""

    fields: Mapping[str, str]
    upload: str = ""
    digest: str = ""


@contextmanager
def received(name: str, most: Mapping[str, int]) -> Iterator[Form]:
    """Read the form of the current request and store its field or file ``name`` as an upload.

    ``most`` names the other fields that are read, with the most bytes of each. A file
    ``FIELD-file`` overrides the field. The upload is removed if the block raises, or at once if
    it is blank. Raises :class:`Problem` for a form that is malformed, not UTF-8 or too long, and
    :class:`Busy` if there is no room.
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
    """Collects the short fields."""

    def __init__(self, most: Mapping[str, int]) -> None:
        self._most = most
        self._taken: dict[str, bytes] = {}

    def take(self, piece: bytes, part: str) -> None:
        """Add the next piece of a field."""
        taken = self._taken.get(part, b"") + piece
        if len(taken) > (most := self._most[part.removesuffix("-file")]):
            detail = f"{part} may have at most {most:,} bytes."
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
    """Writes text to a file while it comes in; an uploaded file replaces the text field."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begin("", "")

    def take(self, piece: bytes, part: str, filename: str) -> None:
        """Add the next piece of a part of the form."""
        if piece and part != self._part and not self._part.endswith("-file"):
            self._begin(part, filename)
        if part == self._part:
            self._write(piece)

    def end(self) -> None:
        """Finish after the last piece."""
        self._write(b"", final=True)

    @property
    def digest(self) -> str:
        """The SHA-256 of the data, in hexadecimal."""
        return self._hash.hexdigest()

    def _begin(self, part: str, filename: str) -> None:
        self._part, self._label = part, filename or part
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._hash = hashlib.sha256()
        self.blank = True
        self._file.seek(0)

    def _write(self, piece: bytes, *, final: bool = False) -> None:
        try:
            text = self._decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            raise _not_utf8(self._label) from error
        self.blank = self.blank and not text.strip()
        encoded = text.encode()
        self._hash.update(encoded)
        self._file.write(encoded)


def _text(name: str, taken: bytes) -> str:
    try:
        return taken.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(name) from error


def _not_utf8(name: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, f"{name} is not UTF-8 text: save it as UTF-8.")


def _most() -> int:
    """Most bytes of a body."""
    return context().settings.body_megabytes * MEGABYTE


def _pieces() -> Iterator[tuple[str, str, bytes]]:
    """The form piece by piece: (name of the part, name of its file or empty, bytes)."""
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
        detail = "The body is not a form of the type in its Content-Type; nothing was stored."
        raise Problem(HTTPStatus.BAD_REQUEST, detail) from error
