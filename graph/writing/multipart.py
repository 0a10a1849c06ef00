"""Forms: the files of a ``multipart/form-data`` body, or an error unless it is whole.

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
    """The media type, the name (empty if it has none) and the bytes of each file in ``body``.

    ``media_type`` is that of the form, with its boundary. Raises :class:`QueryError` if the body
    was cut off, if text stands outside its files, which a wrong boundary leaves there, if a
    file's head has what no head has (RFC 2046: names begin with ``Content-``), as when no empty
    line ends it, and if there is no file.
    """
    head = f"Content-Type: {media_type}\r\n\r\n".encode("utf-8", "surrogateescape")
    form: Any = BytesParser(policy=HTTP).parsebytes(head + body)
    _require_no_defects(form)
    if (form.preamble or "").strip() or (form.epilogue or "").strip():
        raise QueryError("the form has text outside its files; is the boundary right everywhere?")
    for part in form.iter_parts():
        for name in part.keys():  # noqa: SIM118  # a message is no dict: it gives no names
            if not name.lower().startswith(_HEAD):
                raise QueryError(f"the form is not whole: '{name[:50]}' is no header of a file")
        if part.is_multipart():
            raise QueryError("the form holds another form; send each file as a part of its own")
        content = part.get_payload(decode=True)
        _require_no_defects(part)
        yield part.get_content_type(), part.get_filename() or "", content or b""


def _require_no_defects(part: Any) -> None:
    """The parser goes on whatever it meets, and notes it."""
    if part.defects:
        what = type(part.defects[0]).__doc__ or ""
        message = f"the form is not whole: {what.strip().rstrip('.')}; nothing was read of it"
        raise QueryError(message)
