"""Names for files that are downloaded: ASCII words, whatever they are made of (RFC 6266)."""

from __future__ import annotations

import re
import unicodedata

from flask import Response

_LONGEST = 80  # characters


def named(response: Response, text: str, suffix: str) -> Response:
    """The answer, to be saved as the words of ``text``: ``mission-aims-us-apollo.csv``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall("[a-z0-9]+", plain))[:_LONGEST].rstrip("-") or "answer"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{suffix}"'
    return response
