"""Refuses requests whose end is ambiguous, as a proxy could split them differently (smuggling).

https://www.rfc-editor.org/rfc/rfc9112#section-6.1
"""

from __future__ import annotations

from waitress.parser import HTTPRequestParser, ParsingError


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """Waitress's parser; a request of ambiguous length is an error and closes the connection."""

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the head of a request; an error closes the connection after the response."""
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Send Content-Length or Transfer-Encoding, not both")
        if "TRANSFER_ENCODING" in self.headers:  # waitress removes it for HTTP/1.1 alone
            raise ParsingError("Transfer-Encoding is for HTTP/1.1 only")
