"""An HTTP client that contacts only the services listed for SERVICE, at public addresses.

A host name is resolved once; all its addresses must be public, and the connection goes to an
address that was checked, so that a later change of the name has no effect. Redirects pass the same
checks. Proxies of the environment are ignored. Time and size of a response are limited.
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
"""The most redirects that are followed."""

_CONNECT_SECONDS = 3.0  # for each address, to leave time for the next one
_PIECE = 64 * 1024
_REDIRECTS = (301, 302, 307, 308)
_PORTS = {"http": 80, "https": 443}
_UNICAST = ip_network("2000::/3")  # global IPv6 addresses; some embed IPv4 (see public())


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host; raises :class:`OSError`."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an IP address, within ``seconds``; raises :class:`OSError`."""
    return socket.create_connection((address, port), seconds)


def public(address: str) -> bool:
    """Whether an IP address is public: not of this machine or a private network.

    False also for multicast, and for IPv6 addresses that contain an IPv4 address (mapped, 6to4,
    Teredo, NAT64), which may lead to a private one.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        embeds = ip.sixtofour or ip.teredo
        return ip.is_global and ip in _UNICAST and not embeds
    return ip.is_global and not ip.is_multicast


def normal(address: str) -> str:
    """The address of an endpoint in normal form; raises :class:`MissionGraphError` if invalid."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise MissionGraphError(f"'{address}' is not an address: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname or not address.isascii():
        raise MissionGraphError(f"'{address}' is not the address of a SPARQL service: https://…")
    if "@" in parts.netloc or parts.fragment or not address.isprintable() or " " in address:
        raise MissionGraphError(f"'{address}' contains credentials, a fragment or spaces")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return SplitResult(parts.scheme, netloc, parts.path or "/", parts.query, "").geturl()


class EgressClient:
    """Sends queries to the listed ``services``, by their exact addresses.

    ``resolve``, ``connect`` and ``context`` (by default, the system's certificates) replace
    the network in tests. Raises :class:`MissionGraphError` for an invalid address.
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
        """The results of a query, as JSON, by the deadline ``until`` (:func:`time.monotonic`).

        Raises :class:`Refused` for a service that is not listed or not at a public address,
        :class:`LimitExceeded`, which names the limit, and :class:`ServiceFailed` for all else.
        """
        for _ in range(REDIRECTS + 1):
            if not self.lists(address):
                raise Refused(f"<{address}> is not one of the services that queries may use")
            try:
                outcome = self._try(address, query, until)
            except ssl.SSLCertVerificationError as error:
                message = f"the certificate of the service <{address}> is not valid"
                raise ServiceFailed(message) from error
            except (OSError, ValueError, http.client.HTTPException) as error:
                if time.monotonic() >= until:
                    raise self._too_slow(address) from error
                raise ServiceFailed(f"the service <{address}> broke off") from error
            if isinstance(outcome, bytes):
                return outcome
            address = urljoin(address, outcome)
        raise ServiceFailed(f"the service redirects more than {REDIRECTS} times")

    def _try(self, address: str, query: str, until: float) -> bytes | str:
        """The body of the response, or the target of a redirect."""
        parts = urlsplit(normal(address))
        with (
            self._reach(parts, until) as plain,
            self._secure(plain, parts) as sock,
            _broken_off(sock, until),
        ):
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            with closing(_send(sock, parts, query)) as reply:
                if reply.status in _REDIRECTS:
                    return reply.headers.get("Location", "")
                return self._read(address, reply, until)

    def _secure(self, sock: socket.socket, parts: SplitResult) -> socket.socket:
        """The connection, wrapped in TLS for https, before its handshake."""
        if parts.scheme == "http":
            return sock
        return self._context.wrap_socket(
            sock, server_hostname=parts.hostname, do_handshake_on_connect=False
        )

    def _reach(self, parts: SplitResult, until: float) -> socket.socket:
        """Connect to the first reachable address of a host, if all its addresses are public."""
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
        """The body, if it has the requested media type and is small enough."""
        kind = reply.headers.get_content_type()
        if reply.status != 200:
            raise ServiceFailed(f"the service <{address}> responds with status {reply.status}")
        if kind != JSON or reply.headers.get("Content-Encoding", "identity") != "identity":
            raise ServiceFailed(f"the service <{address}> does not respond with {JSON}")
        most = self._limits.service_megabytes << 20
        body = bytearray()
        while piece := reply.read(_PIECE):
            body += piece
            if len(body) > most:
                allowed = f"{self._limits.service_megabytes} MB"
                message = f"<{address}> responds with more than {allowed}; ask it for less"
                raise LimitExceeded("service_megabytes", message)
        if time.monotonic() >= until:  # a body without a length ends when the connection is cut
            raise self._too_slow(address)
        return bytes(body)

    def _too_slow(self, address: str) -> LimitExceeded:
        allowed = self._limits.service_seconds
        message = f"<{address}> did not answer within {allowed} s; ask it for less"
        return LimitExceeded("service_seconds", message)


def _send(sock: socket.socket, parts: SplitResult, query: str) -> http.client.HTTPResponse:
    """Send a query as a form (SPARQL 1.1 Protocol, 2.1.2); the response, its body unread."""
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
    """Cut the connection at the deadline ``until``, however slowly data arrive."""

    def end() -> None:
        with suppress(OSError):
            # not TLS's own shutdown, as another thread may be reading
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
