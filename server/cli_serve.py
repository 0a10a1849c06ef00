"""The command that serves."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from .cli_common import FILE, data_option, progress_bar
from .settings import Settings, described

_HELP = """Serve the graph: pages, a query library and a SPARQL endpoint at /sparql.

Stops on Ctrl-C, once running requests have ended.

\b
Example:
  missiongraph serve --port 8000

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
    help="Port; 0 takes a free one.",
)
@click.option("--settings", "file", type=FILE, help="Settings file (TOML), see below.")
@data_option
def serve(host: str, port: int, file: Path | None, data: Path | None) -> None:
    """Build if need be, then serve until stopped."""
    from missiongraph.build import build
    from missiongraph.isolated import isolated

    from .app import create_app
    from .serving import is_loopback, listen
    from .serving import serve as run

    settings = Settings.read(file)
    with listen(host, port) as listener:
        if data is None:
            with progress_bar() as advance:
                build(progress=advance)
        if not is_loopback(host):
            click.echo(f"Warning: {host} is open to other machines; anyone may query.", err=True)
        with isolated(data, settings) as graph:
            run(create_app(graph, settings), listener, settings)
