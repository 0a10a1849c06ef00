"""Reads the ``Prefer`` header (RFC 7240): whether and how long a client waits for its answer."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request
from werkzeug.http import parse_list_header, unquote_header_value


@dataclass(frozen=True)
class Preference:
    """The preferences ``respond-async`` and ``wait=SECONDS`` of a request.

    Other and malformed preferences are ignored (section 2).
    """

    asynchronous: bool = False
    wait: int | None = None

    @classmethod
    def read(cls) -> Preference:
        """The preferences of the current request; of repeated ones, the first counts."""
        values: dict[str, str] = {}
        for each in parse_list_header(",".join(request.headers.getlist("Prefer"))):
            name, _, value = each.partition(";")[0].partition("=")
            values.setdefault(name.strip().lower(), unquote_header_value(value.strip()))
        wait = values.get("wait", "")
        whole = wait.isascii() and wait.isdigit() and len(wait) < 10
        return cls("respond-async" in values, int(wait) if whole else None)

    def seconds(self, usual: int, most: int) -> int:
        """Seconds to wait: as preferred, else ``usual``, and never longer than ``most``."""
        return min(usual if self.wait is None else self.wait, most)

    def applied(self, response: Response, *, later: bool = False) -> Response:
        """The response with ``Preference-Applied`` and ``Vary: Prefer`` (section 3)."""
        applied = ["respond-async"] if later else []
        applied += [] if self.wait is None else [f"wait={self.wait}"]
        if applied:
            response.headers["Preference-Applied"] = ", ".join(applied)
        response.vary.add("Prefer")
        return response
