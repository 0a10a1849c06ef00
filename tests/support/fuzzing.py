"""Requests that no one expects, and what must be true of every answer to them.

An answer is no fault of the server's (5xx) unless it names a documented limit; an error is a
problem; and what comes with status 200 is read by a parser that no one here wrote: expat, json,
csv, and rapper, where it is installed, for RDF.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode
from xml.parsers import expat

import pyoxigraph as ox
from flask.testing import FlaskClient
from hypothesis import strategies as st

from missiongraph.server.http.addresses import local, place
from missiongraph.server.http.iris import uri
from missiongraph.server.http.negotiation import MEDIA_TYPES, OTHER_NAMES, SHORT_NAMES
from support import odd

RAPPER = shutil.which("rapper")
SYNTAXES = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/rdf+xml": "rdfxml",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}
NOT_RAPPERS = re.compile(rb"<<\(|@[a-z-]+--(?:rtl|ltr)|\\uFFF[EF]")
"""RDF 1.2, and characters that are none in Unicode's interchange: raptor does not read them."""

WAITS = ("/network", "/own-network", "/rankings", "/validate", "/result", "/dumps", "/dataset")
"""Paths of what takes longer: jobs in processes of their own, and files of all data."""


@dataclass(frozen=True)
class Asked:
    """A request: its address as it is sent, and its headers."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


def _address(path: str, fields: Mapping[str, str] | None = None) -> str:
    return path + (f"?{urlencode(fields, errors='surrogatepass')}" if fields else "")


THINGS = st.sampled_from(odd.things())
OURS = st.sampled_from([iri for iri in odd.things() if iri.startswith(odd.BASE)])
TERMS = st.sampled_from(odd.literals()).map(str) | THINGS.map(lambda iri: f"<{iri}>")
ANYTHING = (
    st.sampled_from([*odd.TEXTS[:-1], *odd.NUMBERS, *odd.TIMES, *odd.SLUGS])
    | THINGS
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
TYPES = [*MEDIA_TYPES, "application/trig", "application/n-quads", "*/*", "text/*", "image/png",
         "application/xml;q=0.1, text/csv", "text/turtle;q=0"]  # fmt: skip
ACCEPT = st.sampled_from(TYPES).map(lambda kind: {"Accept": kind})
QUERIES = st.one_of(
    TERMS.map(lambda term: f"SELECT ({term} AS ?x) (1 AS ?y) {{}}"),
    THINGS.map(lambda iri: f"SELECT * {{ VALUES ?s {{ <{iri}> }} ?s ?p ?o }}"),
    THINGS.map(lambda iri: f"SELECT * {{ GRAPH ?g {{ ?s ?p <{iri}> }} }}"),
    THINGS.map(lambda iri: f"CONSTRUCT {{ ?s ?p ?o }} {{ VALUES ?s {{ <{iri}> }} ?s ?p ?o }}"),
    THINGS.map(lambda iri: f"DESCRIBE <{iri}> FROM <x:g>"),
    TERMS.map(lambda term: f"CONSTRUCT {{ <x:s> <x:p> {term} }} {{}}"),
    THINGS.map(lambda iri: f"CONSTRUCT {{ <x:s> <{iri}> 1 ; a <{iri}> }} {{}}"),
    TERMS.map(lambda term: f"ASK {{ ?s ?p {term} }}"),
    st.just("SELECT ?s (COUNT(*) AS ?n) (SAMPLE(?o) AS ?one) { ?s ?p ?o } GROUP BY ?s"),
    ANYTHING,
)
FORMATS = st.sampled_from(["", *SHORT_NAMES, *OTHER_NAMES, *MEDIA_TYPES, "pdf", "CSV"])
ENDS = st.sampled_from(["ttl", "nt", "rdf", "jsonld", "trig", "nq"])


def _sparql(query: str, format: str, headers: Mapping[str, str], *, post: bool) -> Asked:
    fields = {"query": query} | ({"format": format} if format else {})
    if post:
        return Asked("/sparql", headers, fields)
    return Asked(_address("/sparql", fields), headers)


BY_DATA = st.one_of(
    st.builds(lambda iri: Asked(local(iri), {"Accept": "text/html"}), OURS),
    st.builds(lambda iri, end: Asked(f"/data/{place(iri)}.{end}"), OURS, ENDS),
    st.builds(lambda iri: Asked(f"/linkset/{place(iri)}"), OURS),
    st.builds(
        lambda iri, headers: Asked(uri(iri).removeprefix(odd.BASE[:-1]).partition("#")[0], headers),
        OURS,
        ACCEPT,
    ),
    st.builds(_sparql, QUERIES, FORMATS, ACCEPT, post=st.booleans()),
    st.builds(
        lambda graph, headers: Asked(_address("/graphs", {"graph": graph}), headers),
        st.sampled_from(["x:g", f"{odd.BASE}graph/a?b#c", f"{odd.BASE}graph/source/語"]) | ANYTHING,
        ACCEPT,
    ),
)
"""What asks for what the data hold."""


def by_description(document: Any, *, waits: bool = False) -> st.SearchStrategy[Asked]:
    """What asks for anything that an OpenAPI document describes, with parameters of any sort."""
    paths = {
        path: [each["name"] for each in item["get"].get("parameters", ()) if each["in"] == "query"]
        for path, item in document["paths"].items()
        if "get" in item and (waits or not path.startswith(WAITS))
    }

    @st.composite
    def asked(draw: st.DrawFn) -> Asked:
        path, names = draw(st.sampled_from(sorted(paths.items())))
        filled = re.sub(r"{\w+}", lambda _: quote(draw(ANYTHING), errors="surrogatepass"), path)
        known = st.sampled_from([*names, "format", "page", "q", "thing", "unknown"])
        return Asked(
            _address(filled, draw(st.dictionaries(known, ANYTHING, max_size=3))), draw(ACCEPT)
        )

    return asked()


def ask(client: FlaskClient, asked: Asked) -> list[str]:
    """Send a request as a server would hand it on; what is wrong with the answer."""
    path, mark, query = asked.address.partition("?")
    environ = {
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "REQUEST_URI": path + mark + query,
    }
    given: dict[str, Any] = {"headers": dict(asked.headers), "environ_overrides": environ}
    if asked.form is None:
        reply = client.get(asked.address, **given)
    else:
        reply = client.post(asked.address, data=asked.form, **given)
    with reply:
        return [*faults(reply.status_code, dict(reply.headers), reply.data)]


_PROBLEMS = ("application/problem+json", "application/problem+xml")


def faults(status: int, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    """What is wrong with an answer."""
    kind = headers.get("Content-Type", "").partition(";")[0]
    if not all(str(value).isascii() for value in headers.values()):
        yield "a header that is not ASCII"
    if status >= 400 and kind not in (*_PROBLEMS, "text/html"):
        yield f"{status} of type {kind}"
    if status >= 500 and not (status == 501 or b'"limit"' in body or b"<limit>" in body):
        yield f"{status}: {body[:300]!r}"
    try:
        _read(kind, body if status == 200 or kind in _PROBLEMS else b"")
    except (ValueError, csv.Error, expat.ExpatError, SyntaxError) as error:
        yield f"{kind} that is not: {error}"


def _read(kind: str, body: bytes) -> None:
    """Read a body, if there is one; raises for what is not of its kind."""
    if not body:
        return
    if kind.endswith("xml"):
        expat.ParserCreate(namespace_separator=" ").Parse(body, True)
    if kind.endswith("json"):
        json.loads(body, parse_constant=_no_json)
    elif kind == "text/csv":
        rows = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
        if len({len(row) for row in rows if row}) > 1:
            raise ValueError("rows are not of one length")
    elif kind == "text/tab-separated-values":
        if len({line.count("\t") for line in body.decode().removesuffix("\n").split("\n")}) > 1:
            raise ValueError("rows are not of one length")
    elif kind in SYNTAXES:
        number = len({*ox.parse(body, ox.RdfFormat.from_media_type(kind))})
        if RAPPER and not NOT_RAPPERS.search(body) and number != _rapped(SYNTAXES[kind], body):
            raise ValueError(f"rapper does not read {number} statements")


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _rapped(syntax: str, body: bytes) -> int:
    """How many statements rapper reads."""
    command = [str(RAPPER), "-q", "-i", syntax, "-o", "nquads", "-", "http://base.test/"]
    ran = subprocess.run(command, input=body, capture_output=True, timeout=60, check=False)
    if ran.returncode or ran.stderr:
        raise ValueError(ran.stderr.decode("utf-8", "replace")[:300])
    return len({*ran.stdout.splitlines()})
