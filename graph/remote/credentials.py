"""Credentials for a SPARQL service, from the environment, never in a log or a repr.

Basic and Bearer (RFC 7617, RFC 6750) send the secret itself, so they are used only over TLS or to
this machine; Digest (RFC 7616), which Virtuoso requires, does not and may be used anywhere.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import (
    AbstractDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from missiongraph.errors import MissionGraphError

QUERY, UPDATE = "MISSIONGRAPH_STORE", "MISSIONGRAPH_STORE_UPDATE"
"""Prefixes of the environment variables, for the query and the update endpoint."""


@dataclass(frozen=True)
class Credentials:
    """A user with a password, or a token."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(
        cls, path: str = QUERY, environment: Mapping[str, str] = os.environ
    ) -> Credentials:
        """Read ``<path>_USER`` and ``<path>_PASSWORD``, or ``<path>_TOKEN``; empty if none is set.

        Raises :class:`MissionGraphError` if both are set, or for a value that does not fit a
        header.
        """
        user, password, token = (
            environment.get(f"{path}_{name}", "") for name in ("USER", "PASSWORD", "TOKEN")
        )
        if token and (user or password):
            raise MissionGraphError(f"{path}: set a token, or a user and a password, not both")
        if ":" in user or not all(value.isprintable() for value in (user, password, token)):
            raise MissionGraphError(
                f"{path}: a user name cannot contain a colon, and no value a line break"
            )
        return cls(user, password, token)


class Login:
    """The authentication of requests to one service."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        self._address, self._credentials = address, credentials
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, address, credentials.user, credentials.password)
        self._digest = AbstractDigestAuthHandler(passwords)
        self._challenge: dict[str, str] = {}

    def header(self) -> dict[str, str]:
        """The ``Authorization`` header: Digest after a challenge, else Bearer or Basic."""
        known = self._credentials
        if self._challenge:
            request = Request(self._address, method="POST")
            answer = self._digest.get_authorization(request, self._challenge)
            return {"Authorization": f"Digest {answer}"} if answer else {}
        if not _is_private(self._address):
            return {}
        if known.token:
            return {"Authorization": f"Bearer {known.token}"}
        if known.user:
            pair = f"{known.user}:{known.password}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode()}"}
        return {}

    def accepts(self, challenge: str) -> bool:
        """Whether :meth:`header` can answer a ``WWW-Authenticate`` header: Digest with MD5 or SHA.

        (SHA-256 needs support in Python's standard library.)
        """
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() != "digest" or not self._credentials.user:
            return False
        parameters = parse_keqv_list(parse_http_list(rest))
        try:
            self._digest.get_algorithm_impls(parameters.get("algorithm", "MD5"))
        except ValueError:
            return False
        self._challenge = parameters
        return True

    def advice(self) -> str:
        """What to do when the service refuses a request, for an error message."""
        if self._credentials == Credentials():
            return "set credentials in the environment"
        if not _is_private(self._address):
            return "its address is plain http, so no password or token is sent; use https"
        return "check the credentials in the environment"


def _is_private(address: str) -> bool:
    """Whether requests cannot be read on their way: over TLS, or to this machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" or ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
