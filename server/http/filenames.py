"""ASCII names for downloaded files (RFC 6266)."""

from __future__ import annotations

import re
import unicodedata

from flask import Response

_LONGEST = 80  # characters


def named(response: Response, text: str, suffix: str) -> Response:
    """Name the response after the words of ``text``, such as ``mission-aims-us-apollo.csv``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall("[a-z0-9]+", plain))[:_LONGEST].rstrip("-") or "answer"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{suffix}"'
    return response
