"""An HTTP client for one SPARQL service, with limits, retries and clear errors.

Requests are forms sent by POST (SPARQL 1.1 Protocol, section 2.1.2), which every service accepts
and which have no limit of length.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from missiongraph.errors import (
    LimitExceeded,
    MissionGraphError,
    NotAcceptable,
    QueryError,
    RemoteError,
)
from missiongraph.limits import Limits
from missiongraph.resources import version

from .credentials import Credentials, Login

CONNECT_SECONDS = 5.0
"""Time-out for connecting to a service, in seconds."""

RETRIES = 2
"""How often a request that did not reach the service is sent again."""

_CHUNK = 64 * 1024
_PAUSE_SECONDS = 0.2
_REDIRECTS = (301, 302, 307, 308)
_SHOWN = 300
_OF_QUERY = re.compile(r"Virtuoso (37|22)\w+ Error")  # SQL states: syntax, and bad values
_OF_TIME = re.compile(r"Virtuoso S1T\w+ Error|time[d-]? ?out", re.IGNORECASE)
_MESSAGES = ("detail", "detailedMessage", "exception", "message")


@dataclass(frozen=True)
class Reply:
    """A response: the service's name, the media type, and the body as a stream.

    Closing the chunks, read or not, frees the connection.
    """

    service: str
    media_type: str
    chunks: Generator[bytes, None, None]


class Service:
    """A SPARQL endpoint at an address."""

    def __init__(self, address: str, credentials: Credentials, limits: Limits) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise MissionGraphError(f"'{address}' is not a SPARQL service's address: https://…")
        if "@" in parts.netloc:
            raise MissionGraphError("put credentials into the environment, not into the address")
        self.name = address.partition("?")[0].partition("#")[0]
        self._address, self._limits = address, limits
        self._login = Login(address, credentials)
        self._pool = urllib3.PoolManager(
            maxsize=limits.concurrent_queries,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=limits.query_seconds),
        )

    def __repr__(self) -> str:
        return f"<Service {self.name}>"

    def ask(self, fields: Sequence[tuple[str, str]], accept: str) -> Reply:
        """Send a form; returns when the headers of a successful response have arrived.

        Raises :class:`QueryError` if the service reports an error in the query,
        :class:`NotAcceptable` if it does not support the media types of ``accept``,
        :class:`LimitExceeded` if it takes too long, and :class:`RemoteError` for all else.
        """
        response = self._post(urlencode(fields).encode(), accept)
        try:
            self._check(response)
        except MissionGraphError:
            response.close()
            raise
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        chunks = self._chunks(response)
        next(chunks)
        return Reply(self.name, media_type, chunks)

    def _post(self, body: bytes, accept: str) -> urllib3.BaseHTTPResponse:
        """Send the form; answers a Digest challenge and follows a redirect within the origin."""
        response = self._send(self._address, body, accept, self._login.header())
        if response.status == 401 and "WWW-Authenticate" not in response.headers:
            response.close()  # Virtuoso sends its Digest challenge only without Authorization
            response = self._send(self._address, body, accept, {})
        challenge = response.headers.get("WWW-Authenticate", "")
        if response.status == 401 and self._login.accepts(challenge):
            response.close()
            response = self._send(self._address, body, accept, self._login.header())
        if response.status in _REDIRECTS:
            target = urljoin(self._address, response.headers.get("Location", ""))
            response.close()
            if _origin(target) != _origin(self._address):
                self._fail(f"redirects to {target.partition('?')[0]}; if you trust it, use that")
            response = self._send(target, body, accept, self._login.header())
        return response

    def _send(
        self, address: str, body: bytes, accept: str, login: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        headers = login | {
            "Accept": accept,
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": f"missiongraph/{version('missiongraph')}",
        }
        for left in range(RETRIES, -1, -1):
            try:
                return self._pool.request(
                    "POST",
                    address,
                    body=body,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
            except (NewConnectionError, ConnectTimeoutError):
                if not left:
                    self._fail("cannot be reached; is it running, and is the address right?")
                time.sleep(_PAUSE_SECONDS)
            except ReadTimeoutError:
                self._too_slow()
            except HTTPError as error:
                self._fail(f"cannot be queried: {_short(str(error))}")
        raise AssertionError("the last try returns or fails")

    def _check(self, response: urllib3.BaseHTTPResponse) -> None:
        """Raise the error that fits an unsuccessful response."""
        status, headers = response.status, response.headers
        if status == 200 and (rows := headers.get("X-SPARQL-MaxRows")):
            self._fail(f"cuts results at {rows} rows; ask for fewer, or raise ResultSetMaxRows")
        if status == 206 or (status == 200 and "X-SQL-State" in headers):
            self._too_slow("sent only a part of the result, as it ran out of time")
        if status in (200, 204):
            return
        if status in _REDIRECTS:
            self._fail("redirects in circles")
        message = self._message(response)
        if status == 400 or (status == 500 and _OF_QUERY.match(message)):
            raise QueryError(message or "the service does not accept this query")
        if status == 406:
            raise NotAcceptable("the service does not support this format")
        if status in (401, 403):
            self._fail(f"refuses ({status}): {self._login.advice()}")
        if status in (404, 405):
            self._fail(f"has no SPARQL endpoint there ({status}); check the address")
        if status in (408, 504) or _OF_TIME.search(message):
            self._too_slow(f"ran out of time: {message}")
        if status in (429, 503):
            self._fail(f"is busy ({status}); try again later")
        self._fail(f"failed ({status}): {message or 'it does not say why'}")

    def _chunks(self, response: urllib3.BaseHTTPResponse) -> Generator[bytes, None, None]:
        """The body as a stream, after an empty first chunk, so that closing runs ``finally``."""
        size, waited, whole = 0, 0.0, False
        try:
            yield b""
            while True:
                start = time.monotonic()
                chunk = response.read1(_CHUNK)
                waited += time.monotonic() - start
                size += len(chunk)
                if size > self._limits.result_megabytes << 20:
                    self._too_large()
                if not chunk:
                    whole = True
                    return
                if waited > self._limits.query_seconds:
                    self._too_slow()
                yield chunk
        except ReadTimeoutError:
            self._too_slow()
        except HTTPError as error:
            self._fail(f"broke off its response: {_short(str(error))}")
        finally:
            if not whole:
                response.close()
            response.release_conn()

    def _message(self, response: urllib3.BaseHTTPResponse) -> str:
        """The message in the body of an error, shortened."""
        try:
            text = response.read(_CHUNK).decode("utf-8", "replace")
        except HTTPError:
            return ""
        with suppress(ValueError):
            body = json.loads(text)
            if isinstance(body, dict):
                text = next((str(body[key]) for key in _MESSAGES if key in body), text)
        if "html" in response.headers.get("Content-Type", ""):
            text = re.sub(r"(?s)<(head|style|script)\b.*?</\1>|<[^>]*>", " ", text)
        return _short(text.partition("SPARQL query:")[0])

    def _too_slow(self, what: str = "") -> NoReturn:
        what = what or f"did not respond within {self._limits.query_seconds} s"
        raise LimitExceeded("query_seconds", f"the service {what}; ask for less") from None

    def _too_large(self) -> NoReturn:
        limit = f"{self._limits.result_megabytes:,} MB"
        raise LimitExceeded("result_megabytes", f"the result has over {limit}; ask for less")

    def _fail(self, what: str) -> NoReturn:
        raise RemoteError(f"{self.name} {what}") from None


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def _short(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
