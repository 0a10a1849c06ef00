"""The command ``completion``, and the names that shells complete: queries, networks, measures."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from click import Context, Parameter

PROGRAM = "missiongraph"
_VARIABLE = "_MISSIONGRAPH_COMPLETE"  # by which click knows that a shell asks
_FILES = {
    "bash": "~/.local/share/bash-completion/completions/missiongraph",
    "zsh": "~/.zfunc/_missiongraph",
    "fish": "~/.config/fish/completions/missiongraph.fish",
}
_ZSH = "add these lines to ~/.zshrc: fpath+=~/.zfunc; autoload -Uz compinit && compinit"


@click.command()
@click.argument("shell", type=click.Choice([*_FILES]))
@click.option("--install", is_flag=True, help="Write the script to where the shell finds it.")
@click.pass_context
def completion(context: click.Context, shell: str, install: bool) -> None:
    """Complete commands, options and names in SHELL by the tab key.

    Prints the script for the shell, or installs it for your user.

    \b
    Examples:
      missiongraph completion bash --install
      missiongraph completion zsh > ~/.zfunc/_missiongraph
    """
    kind = get_completion_class(shell)
    assert kind
    script = kind(context.find_root().command, {}, PROGRAM, _VARIABLE).source()
    if not install:
        click.echo(script)
        return
    from missiongraph.system.files import replacing

    target = Path(_FILES[shell]).expanduser()
    with replacing(target) as file:
        file.write(script.encode())
    click.echo(f"{target}: written; it works in new shells")
    if shell == "zsh":
        click.echo(_ZSH)


def query_names(context: Context, parameter: Parameter, begun: str) -> list[CompletionItem]:
    """The library's queries whose names begin so, with their questions; else files."""
    return [*_described("", begun)] or _file(begun)


def network_names(context: Context, parameter: Parameter, begun: str) -> list[CompletionItem]:
    """The networks that ship whose names begin so, with their questions; else files."""
    return [*_described("networks", begun)] or _file(begun)


def measure_names(context: Context, parameter: Parameter, begun: str) -> list[CompletionItem]:
    """The measures whose names begin so, with the meaning of a high score."""
    from missiongraph.networks.measures.registry import MEASURES

    found = (measure for measure in MEASURES.values() if measure.name.startswith(begun))
    return [CompletionItem(measure.name, help=measure.says) for measure in found]


def _described(folder: str, begun: str) -> Iterator[CompletionItem]:
    """The names of queries in a folder, with their first lines, which are the questions."""
    queries = Path(str(resources.files("missiongraph.queries"))) / folder
    for path in sorted(queries.glob("*.rq")):
        if path.stem.startswith(begun):
            with path.open(encoding="utf-8") as file:
                yield CompletionItem(path.stem, help=file.readline().strip("# \n"))


def _file(begun: str) -> list[CompletionItem]:
    return [CompletionItem(begun, type="file")]
