"""The limit on requests: what counts as one client, and what counts at all."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from missiongraph import MissionGraph
from missiongraph.server import create_app
from missiongraph.server.http.clients import network_of
from missiongraph.server.settings import Settings

V4, V6 = "192.0.2.1", "2001:db8::/64"


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("192.0.2.1", V4),
        ("192.0.2.1:4711", V4),
        ("::ffff:192.0.2.1", V4),
        ("[::ffff:192.0.2.1]:80", V4),
        ("2001:db8::1", V6),
        ("2001:db8::ffff:ffff", V6),
        ("[2001:db8::1]", V6),
        ("[2001:db8::2]:443", V6),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
        ("_hidden:7", "_hidden"),
    ],
)
def test_a_client_is_known_by_its_address_without_port(address: str, who: str) -> None:
    """RFC 7239, section 6: a node may be given with its port."""
    assert network_of(address) == who


def limited(graph: MissionGraph, proxies: int = 0) -> FlaskClient:
    settings = Settings(requests_per_minute=3, proxies=proxies)
    return create_app(graph, settings).test_client()


def test_one_client_behind_a_proxy_is_one_whatever_its_port(graph: MissionGraph) -> None:
    asking = limited(graph, proxies=1)
    statuses = [
        asking.get("/robots.txt", headers={"X-Forwarded-For": f"192.0.2.1:{port}"}).status_code
        for port in range(5000, 5005)
    ]
    assert statuses == [200, 200, 200, 429, 429]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/id/nothing/at/all/", {}, 404),
        ("PATCH", "/sparql", {}, 405),
        ("GET", "/robots.txt", {"X-Long": "x" * 10_000}, 431),
        ("GET", "/robots.txt", {"Accept": "text/html," * 2_000}, 431),
        ("GET", "/robots.txt", {"Content-Encoding": "gzip"}, 415),
        ("GET", "/sparql?query=%ff", {}, 400),
        ("PUT", "/graphs?default", {}, 403),
    ],
)
def test_every_request_counts_whatever_its_answer(
    graph: MissionGraph, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    asking = limited(graph)
    statuses = [asking.open(path, method=method, headers=headers).status_code for _ in range(5)]
    assert statuses == [status] * 3 + [429] * 2
    assert asking.get("/robots.txt").status_code == 429
