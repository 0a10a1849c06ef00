"""A SPARQL service elsewhere as the engine: for data past one machine's memory.

Results come in the form that our own engine writes, whatever the service makes of it: SELECT
is asked for as JSON or XML, from which CSV and TSV are written here, row by row, because
services differ there (Virtuoso's TSV has neither datatypes nor languages); ASK is read and
written anew, because Virtuoso answers it with a table.
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
"""What the names of the graphs begin with that Virtuoso keeps for itself."""

_ASKED = {TRIG.media_type: TURTLE.media_type, N_QUADS.media_type: N_TRIPLES.media_type}
"""Formats of quads hold those of triples, which more services write."""

_ALSO = {N_TRIPLES.media_type: N_TRIPLES.older_types, JSON: ("application/json",)}
"""Older names that services give to a format."""

_LIMITS = Limits()
_BEGINNINGS = ("BASE", "PREFIX", "VERSION", "SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


class RemoteEngine:
    """Any SPARQL 1.1 service, as the :class:`~missiongraph.sparql.engine.Engine` of a graph.

    ``default_graph`` is the named graph that holds the merged set, for a service whose own
    default graph is something else; it is sent with queries that name no dataset. Credentials
    come from the environment unless given. The data may change at any time, so that the
    fingerprint is empty: unknown.
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
        """Where the service is, without what may follow a question mark."""
        return self._service.name

    @property
    def fingerprint(self) -> str:
        """Nothing: no service says in which state its data are."""
        return ""

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Answer ``query``; see :class:`~missiongraph.sparql.engine.Engine`.

        The chunks of a large answer are lazy; closing it frees the connection. Besides, raises
        :class:`LimitExceeded` and :class:`RemoteError`, from lazy chunks too. A service cannot
        be told to stop: ``gone`` is not asked.
        """
        text = _based(bind(query.text, query.parameters), query.base)
        form = checked(text)
        fields = [("query", text), *self._dataset(query)]
        if form in ("SELECT", "ASK"):
            wanted = _one_of(solutions, SOLUTIONS)
            asked = wanted if form == "SELECT" and wanted.endswith("xml") else JSON
            reply = sound(standard(self._ask(fields, asked)))
        else:
            wanted = _one_of(triples, TRIPLES)
            asked = _ASKED.get(wanted, wanted)
            reply = sound(self._ask(fields, asked))
        if form == "ASK":
            body = boolean(reply, wanted)
            return Answer(wanted, "ask", iter([body]), len(body))
        chunks = table(reply, wanted) if form == "SELECT" and asked != wanted else reply.chunks
        return Answer(wanted, form.lower(), *held(chunks))

    def update(self, text: str) -> None:
        """Send SPARQL Update, with the credentials for updates. Nothing validates it."""
        for _ in self._updates.ask([("update", text)], "*/*").chunks:
            pass  # to its end: the service may still be at work

    def _ask(self, fields: list[tuple[str, str]], asked: str) -> Reply:
        also = _ALSO.get(asked, ())
        accept = ", ".join([asked, *(f"{name};q=0.5" for name in also)])
        reply = self._service.ask(fields, accept)
        if reply.media_type not in (asked, *also):
            reply.chunks.close()
            raise RemoteError(
                f"{reply.service} answers {reply.media_type or 'nothing'} where {asked} was asked"
                " for; is it the address of a SPARQL endpoint?"
            )
        return reply

    def _dataset(self, query: Query) -> list[tuple[str, str]]:
        """The dataset as the protocol names it, or the default graph where nobody names one.

        A dataset of a default graph has no named graphs (SPARQL 1.1, section 13.2), so those that
        the query names are sent too. Virtuoso lets ``GRAPH ?graph`` range over all, if none is
        sent, and takes ``GRAPH <urn:a> { … }`` for true: both kinds in one query go wrong.
        """
        default, named = graph_names(query.default_graphs), graph_names(query.named_graphs)
        found = [*tokens(query.text)]
        if (
            self.default_graph
            and not default
            and not named
            and not any(from_clauses(found, query.base))
        ):
            graphs, variable = graph_clauses(found, query.base)
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
    """What the names of a service's graphs begin with that hold none of our statements."""
    merged = (engine.default_graph,) if isinstance(engine, RemoteEngine) else ()
    return (*SYSTEM_GRAPHS, *filter(None, merged))


def checked(text: str) -> str:
    """The form of a query; raises :class:`QueryError` for what we would not run ourselves.

    Services read more than SPARQL: escapes anywhere (SPARQL 1.1, section 19.2), which could
    hide a SERVICE, and pragmas such as Virtuoso's ``DEFINE get:soft``, which fetches.
    """
    first = next(tokens(text), None)
    if first and first.kind == "word" and not first.is_word(*_BEGINNINGS):
        raise QueryError(f"a query begins with {', '.join(_BEGINNINGS)}, not {first.text}")
    check(unescaped(text))
    return check(text)


def _based(text: str, base: str) -> str:
    """The query with the base that its relative IRIs need; a service would take its own."""
    relative = any(token.kind == "iri" and ":" not in token.text for token in tokens(text))
    return f"BASE {graph_names([base])[0]} {text}" if base and relative else text


def _one_of(wanted: str | None, written: Collection[str]) -> str:
    if wanted is None or wanted not in written:
        raise NotAcceptable(f"results of this query come as {', '.join(written)}")
    return wanted
