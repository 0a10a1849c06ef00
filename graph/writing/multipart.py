"""Parses the files of a ``multipart/form-data`` body; raises an error if it is incomplete.

https://www.rfc-editor.org/rfc/rfc7578, https://www.rfc-editor.org/rfc/rfc2046#section-5.1
"""

from __future__ import annotations

from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from missiongraph.errors import QueryError

MEDIA_TYPE = "multipart/form-data"

_HEAD = ("content-", "mime-version")


def files(media_type: str, body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """The media type, the name (may be empty) and the bytes of each file in ``body``.

    ``media_type`` is that of the form, with its boundary. Raises :class:`QueryError` if the body
    was cut off; if there is text outside its files, as after a wrong boundary; if a file has a
    header whose name does not begin with ``Content-`` (RFC 2046), as when the empty line after the
    headers is missing; and if there is no file.
    """
    head = f"Content-Type: {media_type}\r\n\r\n".encode("utf-8", "surrogateescape")
    form: Any = BytesParser(policy=HTTP).parsebytes(head + body)
    _require_no_defects(form)
    if (form.preamble or "").strip() or (form.epilogue or "").strip():
        raise QueryError("the form has text outside its files; is the boundary right everywhere?")
    for part in form.iter_parts():
        for name in part.keys():  # noqa: SIM118  # iterating a message does not give names
            if not name.lower().startswith(_HEAD):
                raise QueryError(f"the form is malformed: '{name[:50]}' is not a header of a file")
        if part.is_multipart():
            raise QueryError("the form contains another form; send each file as its own part")
        content = part.get_payload(decode=True)
        _require_no_defects(part)
        yield part.get_content_type(), part.get_filename() or "", content or b""


def _require_no_defects(part: Any) -> None:
    """Raise for the defects that the parser records instead of raising."""
    if part.defects:
        what = type(part.defects[0]).__doc__ or ""
        message = f"the form is malformed: {what.strip().rstrip('.')}; nothing of it was read"
        raise QueryError(message)
