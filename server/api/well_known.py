"""Files at fixed addresses: robots.txt (RFC 9309) and security.txt (RFC 9116)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Flask, Response, request

from missiongraph.errors import MissionGraphError
from missiongraph.server.http.addresses import at
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.settings import PREFIX, Settings
from missiongraph.server.state.context import context

blueprint = Blueprint("wellknown", __name__)

TEXT = "text/plain"

_CLOSED = ("/sparql?", "/*?run=", "/graphs", "/metrics", "/health")
_CONTACT = re.compile(r"(?:mailto:|tel:|https://)[!-~]+")
_VALID = timedelta(days=180)


def register(app: Flask, settings: Settings) -> None:
    """Add the routes; raises :class:`MissionGraphError` for an invalid security contact."""
    contact = settings.security_contact
    if contact and not _CONTACT.fullmatch(contact):
        name = f"{PREFIX}SECURITY_CONTACT"
        raise MissionGraphError(f"{name} is '{contact}', not a mailto:, tel: or https:// address")
    app.register_blueprint(blueprint)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let robots read pages, but no queries, which cost too much."""
    acceptable(TEXT)
    lines = ["User-agent: *", *(f"Disallow: {at(path)}" for path in _CLOSED)]
    return Response("\n".join([*lines, ""]), mimetype=TEXT)


@blueprint.get("/.well-known/security.txt")
def security() -> Response:
    """The contact for reports of vulnerabilities; 404 unless the operator has set one."""
    acceptable(TEXT)
    contact = context().settings.security_contact
    if not contact:
        raise Problem(HTTPStatus.NOT_FOUND, "This service has no contact for security reports.")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = {
        "Contact": contact,
        "Expires": (today + _VALID).isoformat().replace("+00:00", "Z"),
        "Preferred-Languages": "en",
        "Canonical": request.base_url,
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return Response(text, mimetype=TEXT)
