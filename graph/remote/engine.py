"""An engine that runs queries on a remote SPARQL service, for data larger than local memory.

Results have the same formats as those of the local engine. SELECT is requested as JSON or XML,
from which CSV and TSV are written here, row by row, because services differ there (Virtuoso's TSV
has neither datatypes nor languages). The result of ASK is read and written again, because
Virtuoso sends a table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from missiongraph.errors import NotAcceptable, QueryError, RemoteError
from missiongraph.limits import Limits
from missiongraph.rdf.formats import N_QUADS, N_TRIPLES, TRIG, TURTLE
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.dataset_clause import from_clauses, graph_clauses
from missiongraph.sparql.engine import SOLUTIONS, TRIPLES, Answer, Engine, Query, check, graph_names
from missiongraph.sparql.media_types import JSON
from missiongraph.sparql.scanner import tokens, unescaped

from .conversion import boolean, held, sound, standard, table
from .credentials import UPDATE, Credentials
from .http_client import Reply, Service

SYSTEM_GRAPHS = (
    "http://localuriqaserver/",
    "http://www.openlinksw.com/",
    "http://www.w3.org/ns/ldp#",
    "http://www.w3.org/2002/07/owl#",
    "urn:activitystreams-owl:",
    "urn:core:services:",
)
"""Prefixes of the names of Virtuoso's own graphs."""

_REQUESTED = {TRIG.media_type: TURTLE.media_type, N_QUADS.media_type: N_TRIPLES.media_type}
"""Triple formats to request instead of quad formats, which fewer services write."""

_ALSO = {N_TRIPLES.media_type: N_TRIPLES.older_types, JSON: ("application/json",)}
"""Older media types that services use for a format."""

_LIMITS = Limits()
_BEGINNINGS = ("BASE", "PREFIX", "VERSION", "SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


class RemoteEngine:
    """Any SPARQL 1.1 service, as an :class:`~missiongraph.sparql.engine.Engine`.

    ``default_graph`` is the named graph that holds the merged data, for a service whose own
    default graph does not; it is sent with queries that name no dataset. Credentials come from
    the environment by default. The fingerprint is empty, as the data may change at any time.
    """

    def __init__(
        self,
        address: str,
        *,
        default_graph: str = "",
        update_address: str = "",
        credentials: Credentials | None = None,
        update_credentials: Credentials | None = None,
        limits: Limits = _LIMITS,
    ) -> None:
        self.default_graph = graph_names([default_graph])[0].value if default_graph else ""
        self._service = Service(address, credentials or Credentials.from_environment(), limits)
        self._updates = Service(
            update_address or address,
            update_credentials or Credentials.from_environment(UPDATE),
            limits,
        )

    def __repr__(self) -> str:
        return f"<RemoteEngine {self.address}>"

    @property
    def address(self) -> str:
        """The address of the service, without its query string."""
        return self._service.name

    @property
    def fingerprint(self) -> str:
        """Always empty: services do not publish the state of their data."""
        return ""

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Run ``query``; see :class:`~missiongraph.sparql.engine.Engine`.

        A large answer is streamed; closing it frees the connection. Also raises
        :class:`LimitExceeded` and :class:`RemoteError`, even while an answer is read. A query
        cannot be stopped at the service, so ``gone`` is ignored.
        """
        text = _based(bind(query.text, query.parameters), query.base)
        form = checked(text)
        fields = [("query", text), *self._dataset(query)]
        if form in ("SELECT", "ASK"):
            wanted = _one_of(solutions, SOLUTIONS)
            requested = wanted if form == "SELECT" and wanted.endswith("xml") else JSON
            reply = sound(standard(self._ask(fields, requested)))
        else:
            wanted = _one_of(triples, TRIPLES)
            requested = _REQUESTED.get(wanted, wanted)
            reply = sound(self._ask(fields, requested))
        if form == "ASK":
            body = boolean(reply, wanted)
            return Answer(wanted, "ask", iter([body]), len(body))
        chunks = table(reply, wanted) if form == "SELECT" and requested != wanted else reply.chunks
        return Answer(wanted, form.lower(), *held(chunks))

    def update(self, text: str) -> None:
        """Send a SPARQL Update, with the credentials for updates, without any validation."""
        for _ in self._updates.ask([("update", text)], "*/*").chunks:
            pass  # read to the end, as the service may still be at work

    def _ask(self, fields: list[tuple[str, str]], requested: str) -> Reply:
        also = _ALSO.get(requested, ())
        accept = ", ".join([requested, *(f"{name};q=0.5" for name in also)])
        reply = self._service.ask(fields, accept)
        if reply.media_type not in (requested, *also):
            reply.chunks.close()
            raise RemoteError(
                f"{reply.service} sent {reply.media_type or 'no media type'} instead of"
                f" {requested}; is it the address of a SPARQL endpoint?"
            )
        return reply

    def _dataset(self, query: Query) -> list[tuple[str, str]]:
        """The dataset as parameters of the protocol; ``default_graph`` if the query names none.

        A dataset with only a default graph has no named graphs (SPARQL 1.1, section 13.2), so
        those in the query are sent too. If none is sent, Virtuoso lets ``GRAPH ?graph`` range
        over all and takes ``GRAPH <urn:a> { … }`` for true: one query cannot mix both kinds.
        """
        default, named = graph_names(query.default_graphs), graph_names(query.named_graphs)
        scanned = [*tokens(query.text)]
        if (
            self.default_graph
            and not default
            and not named
            and not any(from_clauses(scanned, query.base))
        ):
            graphs, variable = graph_clauses(scanned, query.base)
            if graphs and variable:
                raise QueryError(
                    f"with a default graph, do not mix GRAPH ?graph and GRAPH <{graphs[0]}>:"
                    f" write VALUES ?other {{ <{graphs[0]}> }} GRAPH ?other {{ … }} instead"
                )
            default, named = graph_names([self.default_graph]), graph_names(graphs)
        return [
            *(("default-graph-uri", graph.value) for graph in default),
            *(("named-graph-uri", graph.value) for graph in named),
        ]


def hidden_graphs(engine: Engine) -> tuple[str, ...]:
    """Prefixes of the names of graphs to leave out: Virtuoso's own, and the merged graph."""
    merged = (engine.default_graph,) if isinstance(engine, RemoteEngine) else ()
    return (*SYSTEM_GRAPHS, *filter(None, merged))


def checked(text: str) -> str:
    """The form of a query; raises :class:`QueryError` for one that the local engine refuses.

    Services accept more than our scanner: escapes anywhere (SPARQL 1.1, section 19.2), which
    could hide a SERVICE, and pragmas such as Virtuoso's ``DEFINE get:soft``, which fetches data.
    """
    first = next(tokens(text), None)
    if first and first.kind == "word" and not first.is_word(*_BEGINNINGS):
        raise QueryError(f"a query must begin with {', '.join(_BEGINNINGS)}, not {first.text}")
    check(unescaped(text))
    return check(text)


def _based(text: str, base: str) -> str:
    """The query with a BASE if it has relative IRIs; a service would use its own base."""
    relative = any(token.kind == "iri" and ":" not in token.text for token in tokens(text))
    return f"BASE {graph_names([base])[0]} {text}" if base and relative else text


def _one_of(wanted: str | None, written: Collection[str]) -> str:
    if wanted is None or wanted not in written:
        raise NotAcceptable(f"results of this query come as {', '.join(written)}")
    return wanted
