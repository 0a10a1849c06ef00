"""Framing: where a request ends must be said in one way, or two servers may see two requests.

https://www.rfc-editor.org/rfc/rfc9112#section-6.1
"""

from __future__ import annotations

from waitress.parser import HTTPRequestParser, ParsingError


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """Reads requests as waitress does; one of doubtful length is an error, and the last."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request; an error here closes the connection after its answer."""
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Send Content-Length or Transfer-Encoding, not both")
        if "TRANSFER_ENCODING" in self.headers:  # which waitress leaves there but for HTTP/1.1
            raise ParsingError("Transfer-Encoding is for HTTP/1.1 only")
