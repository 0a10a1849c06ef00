"""The command ``serve``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from missiongraph.server.settings import Settings, described, services

from .common import FILE, Source, progress_bar, source_options

if TYPE_CHECKING:
    import pyoxigraph as ox

    from missiongraph import MissionGraph
    from missiongraph.server.state.access import Access

_HELP = """Serve the graph: pages, a query library and a SPARQL endpoint at /sparql.

Ctrl-C stops the server after running requests have finished. SIGHUP reloads a graph without
--directory from its file, or rebuilds the curated graph, while requests go on.

\b
Example:
  missiongraph serve --port 8000

\b
SERVICE in queries is refused, except for the SPARQL services listed in a settings file:
  [federation]
  services = ["https://query.example.org/sparql"]

\b
Settings, from the environment or from the table [server] of a settings file:
""" + "\n".join(f"  {name}={default}  {text}" for name, default, text in described())


@click.command(help=_HELP)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port; 0 for any free port.",
)
@click.option("--settings", "file", type=FILE, help="Settings file (TOML), see below.")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Store the graph here and accept writes. A new directory starts with the curated graph,"
    " or with --data.",
)
@click.option(
    "--dataset",
    type=click.Choice(["merged", "plain"]),
    default="merged",
    show_default=True,
    help="For a new directory. merged: the default graph holds the statements of all named graphs;"
    " plain: it is a graph of its own.",
)
@click.option(
    "--shapes/--no-shapes", default=True, help="Whether writes must conform to the SHACL shapes."
)
@click.option(
    "--networks/--no-networks",
    default=True,
    help="Whether the graph includes the scores of networks. They are computed in the background,"
    " at the lowest priority, and again after writes.",
)
@source_options
def serve(
    host: str,
    port: int,
    file: Path | None,
    directory: Path | None,
    dataset: str,
    shapes: bool,
    networks: bool,
    source: Source,
) -> None:
    """Build the graph if need be, then serve it until stopped."""
    from missiongraph.api import open_isolated
    from missiongraph.ingest.build import build
    from missiongraph.server.app import create_app
    from missiongraph.server.http import logs
    from missiongraph.server.runtime.waitress_server import is_loopback, listen
    from missiongraph.server.runtime.waitress_server import serve as run
    from missiongraph.server.state.access import Access

    if directory and source.store:
        raise click.UsageError("give --directory or --store, not both")
    settings, access, listed = Settings.read(file), Access.read(file), services(file)
    if listed and source.store:
        raise click.UsageError("[federation] lists services; --store does not support SERVICE")
    with logs.only_json(), listen(host, port) as listener:
        if source == Source():
            with progress_bar() as advance:
                build(progress=advance)
        if directory:
            _begin(directory, source.data, merged=dataset == "merged")
            _warn_of_wide_tokens(access)
        if not is_loopback(host):
            logs.say(f"{host} is open to other machines; anyone may query", logging.WARNING)
        if source.store:
            opened: AbstractContextManager[MissionGraph] = nullcontext(source.open(settings))
        else:
            opened = open_isolated(
                source.data,
                settings,
                directory=directory,
                shapes=shapes,
                services=listed,
                networks=networks,
            )
        with opened as graph:
            app = create_app(graph, settings, access, writable=directory is not None)
            run(app, listener, settings, None if directory else _reload(graph, source.data))


def _reload(graph: MissionGraph, data: Path | None) -> Callable[[], str] | None:
    """A function that reloads a graph from files; None for other graphs."""
    from missiongraph.ingest.build import build
    from missiongraph.sparql.engine import SupervisedEngine

    engine = graph.engine
    if not isinstance(engine, SupervisedEngine):
        return None
    return lambda: engine.reload([data or build().path])


def _warn_of_wide_tokens(access: Access) -> None:
    """Warn of tokens without a list of graphs, which may write to all graphs."""
    from missiongraph.server.http import logs

    for token in access.tokens:
        if token.scope == "write" and not token.graphs:
            logs.say(
                f"the token of {token.name} lists no graphs, so it may write to all of"
                " them; add graphs = […], see missiongraph token --help.",
                logging.WARNING,
            )


def _begin(directory: Path, data: Path | None, *, merged: bool) -> None:
    """Fill a new directory; an existing one stays as it is, but must be of the same kind."""
    from missiongraph.derivation import rules
    from missiongraph.errors import MissionGraphError
    from missiongraph.ingest.build import build
    from missiongraph.rdf.store import named, parse
    from missiongraph.writing import directory as store

    if not (directory / store.BASE).exists():
        plain = parse(data, keep_labels=True) if data else ()
        whole = named(data or build().path, keep_labels=True) if merged else plain
        quads = _unmeasured(whole) if merged else plain
        derived_by = rules.fingerprint(rules.shipped()) if merged and not data else ""
        store.create(directory, quads, merged=merged, rules=derived_by)
    elif store.read_head(directory / store.BASE).merged != merged:
        kind = "plain" if merged else "merged"
        raise MissionGraphError(f"{directory} holds a {kind} dataset: use --dataset {kind}")


def _unmeasured(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """The quads without the scores of networks, as in a dump; the server measures its own."""
    import pyoxigraph as ox

    from missiongraph.namespaces import NETWORKS_GRAPH
    from missiongraph.server.http import logs

    measured, left_out = ox.NamedNode(NETWORKS_GRAPH), 0
    for quad in quads:
        if quad.graph_name == measured:
            left_out += 1
        else:
            yield quad
    if left_out:
        message = f"Left out {left_out:,} statements of {measured}: they are computed again."
        logs.say(message, logging.WARNING)
