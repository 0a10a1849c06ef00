"""What a client prefers (RFC 7240): to wait for an answer, and how long, or to come back for it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request
from werkzeug.http import parse_list_header, unquote_header_value


@dataclass(frozen=True)
class Preference:
    """What a request says in ``Prefer``: ``respond-async`` and ``wait=SECONDS``.

    Other preferences, and what is not well formed, count for nothing (section 2).
    """

    asynchronous: bool = False
    wait: int | None = None

    @classmethod
    def read(cls) -> Preference:
        """The preferences of the current request; of one said twice, the first counts."""
        said: dict[str, str] = {}
        for each in parse_list_header(",".join(request.headers.getlist("Prefer"))):
            name, _, value = each.partition(";")[0].partition("=")
            said.setdefault(name.strip().lower(), unquote_header_value(value.strip()))
        wait = said.get("wait", "")
        whole = wait.isascii() and wait.isdigit() and len(wait) < 10
        return cls("respond-async" in said, int(wait) if whole else None)

    def seconds(self, usual: int, most: int) -> int:
        """How long to wait: as preferred, else as is ``usual``, and never longer than ``most``."""
        return min(usual if self.wait is None else self.wait, most)

    def applied(self, response: Response, *, later: bool = False) -> Response:
        """The response, which says what was preferred, and that it depends on it (section 3)."""
        applied = ["respond-async"] if later else []
        applied += [] if self.wait is None else [f"wait={self.wait}"]
        if applied:
            response.headers["Preference-Applied"] = ", ".join(applied)
        response.vary.add("Prefer")
        return response
