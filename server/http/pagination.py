"""The request parameter ``page`` of long lists."""

from __future__ import annotations

from http import HTTPStatus

from flask import request

from .addresses import at
from .problems import Problem


def page_number() -> int:
    """The requested page, from 1, which is the default; raises :class:`Problem` (400)."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 10**8):
        raise Problem(HTTPStatus.BAD_REQUEST, f"page must be a number from 1, not '{text}'.")
    return int(text)


def require_page(page: int, pages: int) -> None:
    """Raise :class:`Problem` (404) for a page after the last."""
    if page > pages:
        detail = f"There is no page {page}; the last is {pages}."
        raise Problem(HTTPStatus.NOT_FOUND, detail, instead=at(request.path))
