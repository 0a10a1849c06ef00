"""A guarded client for the services that queries may ask: it goes nowhere else.

A name is resolved once; every address that it has must be public, and the connection goes to
the one that was checked, whatever the name means a moment later. Redirects pass the same
checks. Proxies of the environment are not asked. Time and size of an answer are limited.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from missiongraph.errors import LimitExceeded, MissionGraphError, Refused, ServiceFailed
from missiongraph.limits import Limits
from missiongraph.resources import version
from missiongraph.sparql.media_types import JSON

REDIRECTS = 2
"""How often a service may send on."""

_CONNECT_SECONDS = 3.0  # for each address, so that the next one gets its turn
_PIECE = 64 * 1024
_SENDS_ON = (301, 302, 307, 308)
_PORTS = {"http": 80, "https": 443}
_UNICAST = ip_network("2000::/3")  # what IPv6 gives to the public; all that embeds IPv4 is apart


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host; raises :class:`OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an address; raises :class:`OSError`."""
    return socket.create_connection((address, port), seconds)


def public(address: str) -> bool:
    """Whether an IP address is one that anybody reaches: no machine or network of ours.

    Refused with private ones are multicast and IPv6 addresses with an IPv4 address in them
    (mapped, 6to4, Teredo, NAT64), which may lead to a private one.
    """
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        embeds = found.sixtofour or found.teredo
        return found.is_global and found in _UNICAST and not embeds
    return found.is_global and not found.is_multicast


def normal(address: str) -> str:
    """An endpoint's address in one spelling; raises :class:`MissionGraphError` if it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise MissionGraphError(f"'{address}' is no address: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname or not address.isascii():
        raise MissionGraphError(f"'{address}' is no address of a SPARQL service: https://…")
    if "@" in parts.netloc or parts.fragment or not address.isprintable() or " " in address:
        raise MissionGraphError(f"'{address}' holds credentials, a fragment or blanks")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return SplitResult(parts.scheme, netloc, parts.path or "/", parts.query, "").geturl()


class EgressClient:
    """Sends queries to the services listed, by their exact addresses.

    ``resolve`` and ``connect`` are :func:`resolve` and :func:`connect`, and ``context`` the
    system's certificates, unless given. Raises :class:`MissionGraphError` for a listed
    address that is none.
    """

    def __init__(
        self,
        services: Iterable[str],
        limits: Limits,
        *,
        resolve: Callable[[str, int], list[str]] = resolve,
        connect: Callable[[str, int, float], socket.socket] = connect,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.services = tuple(dict.fromkeys(normal(address) for address in services))
        self._limits, self._resolve, self._connect = limits, resolve, connect
        self._context = context or ssl.create_default_context()

    def lists(self, address: str) -> bool:
        """Whether a service is listed."""
        try:
            return normal(address) in self.services
        except MissionGraphError:
            return False

    def ask(self, address: str, query: str, until: float) -> bytes:
        """The answer of a service to a query: results in JSON, before the time ``until``.

        The time is that of :func:`time.monotonic`. Raises :class:`Refused` for a service that
        is not listed or not at a public address, :class:`LimitExceeded` naming the limit, and
        :class:`ServiceFailed` for all else.
        """
        for _ in range(REDIRECTS + 1):
            if not self.lists(address):
                raise Refused(f"<{address}> is not one of the services that may be asked")
            try:
                found = self._try(address, query, until)
            except ssl.SSLCertVerificationError as error:
                message = f"the service <{address}> does not prove that it is the one"
                raise ServiceFailed(message) from error
            except (OSError, ValueError, http.client.HTTPException) as error:
                if time.monotonic() >= until:
                    raise self._too_slow(address) from error
                raise ServiceFailed(f"the service <{address}> broke off") from error
            if isinstance(found, bytes):
                return found
            address = urljoin(address, found)
        raise ServiceFailed(f"the service sends on to others more than {REDIRECTS} times")

    def _try(self, address: str, query: str, until: float) -> bytes | str:
        """The answer, or where the service sends on to."""
        parts = urlsplit(normal(address))
        with (
            self._reach(parts, until) as plain,
            self._secure(plain, parts) as sock,
            _broken_off(sock, until),
        ):
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            with closing(_send(sock, parts, query)) as reply:
                if reply.status in _SENDS_ON:
                    return reply.headers.get("Location", "")
                return self._read(address, reply, until)

    def _secure(self, sock: socket.socket, parts: SplitResult) -> socket.socket:
        """The connection with TLS, yet to be negotiated, that proves the host's name."""
        if parts.scheme == "http":
            return sock
        return self._context.wrap_socket(
            sock, server_hostname=parts.hostname, do_handshake_on_connect=False
        )

    def _reach(self, parts: SplitResult, until: float) -> socket.socket:
        """Connect to the host's first address that answers, once all are seen to be public."""
        host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise ServiceFailed(f"the service {host} has no address") from error
        if not addresses or not all(map(public, addresses)):
            raise Refused(f"the service {host} is refused: it is not at a public address")
        for address in addresses:
            left = until - time.monotonic()
            if left <= 0:
                raise self._too_slow(parts.geturl())
            with suppress(OSError):
                sock = self._connect(address, port, min(left, _CONNECT_SECONDS))
                sock.settimeout(left)
                return sock
        raise ServiceFailed(f"the service {host} cannot be reached")

    def _read(self, address: str, reply: http.client.HTTPResponse, until: float) -> bytes:
        """The body, if it is what was asked for and small enough."""
        kind = reply.headers.get_content_type()
        if reply.status != 200:
            raise ServiceFailed(f"the service <{address}> answers with status {reply.status}")
        if kind != JSON or reply.headers.get("Content-Encoding", "identity") != "identity":
            raise ServiceFailed(f"the service <{address}> does not answer with {JSON}")
        most = self._limits.service_megabytes << 20
        body = bytearray()
        while piece := reply.read(_PIECE):
            body += piece
            if len(body) > most:
                allowed = f"{self._limits.service_megabytes} MB"
                message = f"<{address}> answers with more than {allowed}; ask it for less"
                raise LimitExceeded("service_megabytes", message)
        if time.monotonic() >= until:  # a body without a length ends where the connection does
            raise self._too_slow(address)
        return bytes(body)

    def _too_slow(self, address: str) -> LimitExceeded:
        allowed = self._limits.service_seconds
        message = f"<{address}> did not answer within {allowed} s; ask it for less"
        return LimitExceeded("service_seconds", message)


def _send(sock: socket.socket, parts: SplitResult, query: str) -> http.client.HTTPResponse:
    """Send a query as a form (SPARQL 1.1 Protocol, 2.1.2); the reply, whose body is to come."""
    connection = http.client.HTTPConnection(str(parts.hostname))
    connection.sock = sock
    headers = {
        "Host": parts.netloc,
        "Accept": JSON,
        "Accept-Encoding": "identity",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": f"missiongraph/{version('missiongraph')}",
        "Connection": "close",
    }
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", target, urlencode({"query": query}), headers)
    return connection.getresponse()


@contextmanager
def _broken_off(sock: socket.socket, until: float) -> Iterator[None]:
    """Break the connection off when the time is over, however slowly it is used till then."""

    def end() -> None:
        with suppress(OSError):
            # not TLS's own shutdown: the thread that reads may be in the midst of it
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
