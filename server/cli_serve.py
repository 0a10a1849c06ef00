"""The command that serves."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from .cli_common import data_option, progress_bar
from .settings import Settings, described

_HELP = """Serve the graph: pages, a query library and a SPARQL endpoint at /sparql.

Stops on Ctrl-C, once running requests have ended.

\b
Example:
  missiongraph serve --port 8000

\b
Settings, from the environment:
""" + "\n".join(f"  {name}={default}  {text}" for name, default, text in described())


@click.command(help=_HELP)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port."
)
@data_option
def serve(host: str, port: int, data: Path | None) -> None:
    """Build if need be, then serve until stopped."""
    from missiongraph.build import build

    from .serving import is_loopback, serve

    settings = Settings.from_environment()
    if data is None:
        with progress_bar() as advance:
            build(progress=advance)
    if not is_loopback(host):
        click.echo(f"Warning: {host} is open to other machines; anyone may query.", err=True)
    serve(host, port, settings, data)
