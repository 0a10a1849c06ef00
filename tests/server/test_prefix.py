"""Below a prefix: whatever the site leads to lies there, too, however it came there."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

import missiongraph
from missiongraph import MissionGraph
from missiongraph.server import create_app
from missiongraph.server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HERE = "https://kg.example.org:8443"
PREFIX = "/mg"
EXAMPLES = sorted(Path(str(files("missiongraph.ontology"))).glob("examples/valid/*.t*"))
FORWARDED = {
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "kg.example.org",
    "HTTP_X_FORWARDED_PORT": "8443",
    "HTTP_X_FORWARDED_PREFIX": PREFIX,
}
KINDS = ("text/html", "text/turtle", "application/ld+json", "application/json")
STARTS = (
    *("/", "/sitemap.xml", "/robots.txt", "/networks", "/search?q=mission", "/own-network"),
    *("/dataset", "/dataset.ttl", "/.well-known/sparql-examples", "/query/missions"),
    *("/ontology", "/ontology/0.1.0", "/shapes", "/shapes.ttl", "/id/mission/us-apollo"),
    *("/vocab/example-scheme", "/vocab/example-scheme/example", "/graph/source/ukri-faraday"),
    *("/page/vocab/example-scheme", "/network/shared-missions"),
    *("/health/live", "/health/ready", "/metrics", "/compare", "/cite?query=ASK%7B%7D"),
)
UNLINKED = {
    *("/jobs/<id>", "/jobs/<id>/result", "/validate/<id>", "/.well-known/security.txt"),
    *("/graphs/<path:path>", "/networks/<name>/paths"),
    "/context.jsonld",  # which JSON-LD names by its IRI
}
"""Routes that need something to be sent first, or a setting."""

OF_EACH = 3
"""Addresses of a route, of one kind of things and one format, that are followed."""

_ATTRIBUTES = re.compile(r'\s(?:href|src|action|formaction|poster|data-[a-z]+)="([^"]*)"')
_SHOWN = re.compile(r"<code>(/[^<\s]*)</code>")
_ADDRESSES = re.compile(rf"""{HERE}[^\s"'<>\\{{}}]*(?<![.,;)])""")
_LINKS = re.compile(r"<([^>]*)>;")
_IN_WORDS = re.compile(r"(?<![\w.:/<])/[a-z][\w./-]+")


def mounted(app: Flask) -> WSGIApplication:
    """Below a prefix by WSGI, as PEP 3333 has it."""
    nowhere = Response("nothing is here", status=599)
    return DispatcherMiddleware(nowhere, {PREFIX: app})


def proxied(app: Flask) -> WSGIApplication:
    """Behind a proxy that takes the prefix off and says so."""

    def proxy(environ: WSGIEnvironment, start: StartResponse) -> Any:
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX + "/"):
            return Response("nothing is here", status=599)(environ, start)
        environ |= FORWARDED | {"PATH_INFO": path.removeprefix(PREFIX), "HTTP_HOST": "inside:80"}
        return app(environ, start)

    return proxy


WAYS: dict[str, Callable[[Flask], WSGIApplication]] = {"mounted": mounted, "proxied": proxied}


@pytest.fixture(params=WAYS, scope="module")
def way(request: pytest.FixtureRequest) -> Callable[[Flask], WSGIApplication]:
    return WAYS[request.param]


class Crawl:
    """Follows all that answers lead to, and notes what lies outside the prefix."""

    def __init__(self, app: Flask, way: Callable[[Flask], WSGIApplication]) -> None:
        self.app, self.client = app, Client(way(app), Response)
        self.routes = app.url_map.bind("")
        self.asked: set[str] = set()
        self.seen: Counter[tuple[object, ...]] = Counter()
        self.rules: set[str] = set()
        self.outside: list[str] = []
        self.broken: list[str] = []

    def from_(self, *paths: str) -> None:
        """Begin at some paths below the prefix."""
        waiting = deque(PREFIX + path for path in paths)
        while waiting:
            path = waiting.popleft()
            for kind in self._kinds(path):
                reply = self.get(path, kind)
                found = {urljoin(HERE + path, there) for there in addresses(reply)}
                ours = [there for there in sorted(found) if there.startswith(HERE)]
                for there in ours:
                    if (urlsplit(there).path + "/").startswith(PREFIX + "/"):
                        waiting.append(there.removeprefix(HERE).partition("#")[0])
                    else:
                        self.outside.append(f"{path} as {kind}: {there}")

    def get(self, path: str, kind: str) -> TestResponse:
        reply = self.client.get(path, HERE, headers={"Accept": f"{kind}, */*;q=0.1"})
        reply.get_data()
        reply.close()
        if reply.status_code >= 500:
            self.broken.append(f"{path} as {kind}: {reply.status}")
        return reply

    def _kinds(self, path: str) -> tuple[str, ...]:
        """The media types to ask for: all of them the first time that a route comes up."""
        if path in self.asked or path == PREFIX or "*" in path:
            return ()
        self.asked.add(path)
        parts = urlsplit(path.removeprefix(PREFIX))
        try:
            rule, values = self.routes.match(parts.path, return_rule=True)
        except MethodNotAllowed:
            return ()  # where forms are sent
        except HTTPException:
            self.broken.append(f"{path}: no route")
            return ()
        is_first = rule.rule not in self.rules
        self.rules.add(rule.rule)
        shape = (rule.rule, values.get("kind"), "".join(re.findall(r"format=\w+", parts.query)))
        self.seen[shape] += 1
        if rule.rule.startswith("/networks/<name>/"):
            return ()  # worked out in a process that knows of no addresses
        return KINDS if is_first else KINDS[:1] if self.seen[shape] <= OF_EACH else ()


def addresses(reply: TestResponse) -> Iterator[str]:
    """All addresses that an answer names: in its headers, its text, its parts."""
    for header in ("Location", "Content-Location"):
        yield from reply.headers.getlist(header)
    yield from _LINKS.findall(reply.headers.get("Link", ""))
    if (reply.content_length or 0) > 10**6 or reply.mimetype == "application/gzip":
        return
    kind = reply.mimetype or ""
    text = reply.text if kind != "application/octet-stream" else ""
    yield from _ADDRESSES.findall(unescape(text))
    if kind == "text/html":
        yield from map(unescape, _of_this_host(_ATTRIBUTES.findall(text)))
        yield from map(unescape, _SHOWN.findall(text))
    elif kind.endswith("json"):
        yield from _of_this_host(strings(json.loads(text)))
    elif kind == "text/plain" and "Disallow" in text:
        yield from re.findall(r"Disallow: (\S+)", text)
    if reply.status_code >= 400:
        yield from _IN_WORDS.findall(text if kind.endswith("json") else "")


def _of_this_host(found: Iterator[str] | list[str]) -> Iterator[str]:
    return (each for each in found if re.match(r"[/?]", each))


def strings(value: Any) -> Iterator[str]:
    """All texts in a value of JSON, but for the paths of an OpenAPI document and what it says."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in ("paths", "components"):
                yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


@pytest.fixture(scope="module")
def crawl(way: Callable[[Flask], WSGIApplication]) -> Crawl:
    settings = Settings(proxies=1 if way is proxied else 0)
    crawl = Crawl(create_app(missiongraph.open(EXAMPLES), settings), way)
    crawl.from_(*STARTS)
    return crawl


def test_nothing_leads_out_of_the_prefix(crawl: Crawl) -> None:
    assert crawl.outside == []


def test_everything_leads_to_an_answer(crawl: Crawl) -> None:
    assert crawl.broken == []


def test_every_route_was_followed(crawl: Crawl) -> None:
    routes = {rule.rule for rule in crawl.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert routes - crawl.rules - UNLINKED == set()


ERRORS = [
    *("/nowhere", "/page/mission/nope", "/data/mission/nope", "/dumps/x", "/queries/nope"),
    *("/missions?field=nope", "/toolkit?mission=nope", "/result?query=ASK{}&state=nope"),
    *("/dumps/nope/missiongraph.nq.gz", "/result/missions?state=nope"),
]


@pytest.mark.parametrize("kind", ["text/html", "application/problem+json"])
@pytest.mark.parametrize("path", ERRORS)
def test_errors_lead_back_below_the_prefix(crawl: Crawl, path: str, kind: str) -> None:
    reply = crawl.get(PREFIX + path, kind)
    assert reply.status_code in (404, 410)
    there = [urljoin(HERE, each) for each in addresses(reply)]
    assert all(each.startswith(f"{HERE}{PREFIX}/") for each in there if each.startswith(HERE))


def test_a_method_that_is_not_taken_names_the_place_for_it(crawl: Crawl) -> None:
    reply = crawl.client.patch(f"{PREFIX}/graphs", HERE, data="x")
    assert reply.status_code == 405 and f"SPARQL Update to {PREFIX}/sparql." in reply.text


def test_scripts_name_no_path_from_the_root() -> None:
    static = Path(create_app.__globals__["__file__"]).parent / "static"
    for script in static.glob("*.js"):
        assert not re.findall(r"""["'`=]/[a-z]""", script.read_text("utf-8")), script.name
    editor = (static / "vendor/editor.js").read_text("utf-8")
    assert not re.findall(r"""(?:fetch|import)\(["'`]/""", editor)


PAGES = (
    *("/page/mission/us-apollo", "/page/person/mariana-mazzucato"),
    *("/page/organisation/mission-innovation", "/rankings", "/network?network=funding"),
    *("/toolkit?mission=us-apollo", "/compare?one=us-apollo&other=eu-mission-soil"),
)


@pytest.mark.parametrize("path", PAGES)
def test_curated_pages_lead_nowhere_else(
    graph: MissionGraph, way: Callable[[Flask], WSGIApplication], path: str
) -> None:
    settings = Settings(proxies=1 if way is proxied else 0)
    crawl = Crawl(create_app(graph, settings), way)
    reply = crawl.get(PREFIX + path, "text/html")
    assert reply.status_code == 200
    found = {urljoin(HERE + PREFIX + path, there) for there in addresses(reply)}
    ours = [there for there in found if there.startswith(HERE)]
    assert len(ours) > 10 and all(there.startswith(f"{HERE}{PREFIX}/") for there in ours)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ({"Prefix": "/mg", "Port": "8443"}, "https://kg.example.org:8443/mg/sparql"),
        ({"Prefix": "/mg/"}, "https://kg.example.org/mg/sparql"),
        ({"Prefix": "/a/b-c/~d.e", "Port": "443"}, "https://kg.example.org/a/b-c/~d.e/sparql"),
        ({"Port": "8443"}, "https://kg.example.org:8443/sparql"),
        ({}, "https://kg.example.org/sparql"),
    ],
)
def test_what_a_trusted_proxy_says_is_in_the_endpoint(
    forwarded: dict[str, str], address: str
) -> None:
    app = create_app(missiongraph.open(EXAMPLES), Settings(proxies=1))
    said = {"Host": "kg.example.org", "Proto": "https"} | forwarded
    headers = {f"X-Forwarded-{name}": value for name, value in said.items()}
    reply = app.test_client().get("/sparql", headers={"Accept": "text/turtle", **headers})
    assert f"sd:endpoint <{address}>" in reply.text


def test_nobody_else_is_believed() -> None:
    app = create_app(missiongraph.open(EXAMPLES), Settings())
    headers = {"X-Forwarded-Prefix": "/mg", "X-Forwarded-Port": "1", "Accept": "text/turtle"}
    reply = app.test_client().get("/sparql", headers=headers)
    assert "sd:endpoint <http://localhost/sparql>" in reply.text


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "evil.example", "/..", "/a/../b", "/a//b", "/\\evil", "/ä", "/a?b"]
)
def test_a_prefix_that_is_no_path_is_refused(prefix: str) -> None:
    app = create_app(missiongraph.open(EXAMPLES), Settings(proxies=1))
    headers = {"X-Forwarded-Prefix": prefix.encode().decode("latin-1"), "Accept": "text/html"}
    reply = app.test_client().get("/", headers=headers)
    assert reply.status_code == 400 and 'href="//' not in reply.text
