"""The program `missiongraph`: its commands, error messages and exit codes."""

from __future__ import annotations

import io
import os
import sys
import warnings
from functools import partial
from typing import Any, NoReturn

import rich_click as click

from missiongraph.errors import MissionGraphError
from missiongraph.system import sandbox

from .ask import queries, query
from .common import BAD_INPUT, FAULT, INTERRUPTED, OK
from .completion import completion
from .directory import backup, restore, token, verify
from .graph import build, export, info, map_, validate
from .groups import brokers, communities
from .importing import import_
from .matching import match
from .networks import centrality, networks, rankings
from .paths import ego, path
from .plot import plot
from .serve import serve
from .tested import backbone, compare, dethrone, statistics

DEBUG = "MISSIONGRAPH_DEBUG"


class Program(click.RichGroup):
    """A command group that turns every failure into a message on stderr and an exit code."""

    def main(self, *args: Any, **options: Any) -> Any:  # Any: as click's
        """Run a command and exit; with ``standalone_mode=False``, raise errors instead."""
        _set_up_output()
        run = partial(super().main, *args, **options | {"standalone_mode": False})
        if not options.get("standalone_mode", True):
            return run()
        try:
            sys.exit(run() or OK)
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted", INTERRUPTED)
        except click.UsageError as error:
            _fail(_usage(error), error.exit_code)
        except click.ClickException as error:
            _fail(error.format_message(), BAD_INPUT)
        except MissionGraphError as error:
            _fail(str(error), BAD_INPUT)
        except OSError as error:
            _fail(_system(error), BAD_INPUT)
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            if isinstance(error, MemoryError) or "can't start new thread" in str(error):
                _fail(f"not enough memory for this{sandbox.scarcity()}", BAD_INPUT)
            name = type(error).__name__
            _fail(f"{name}: {error} (a fault of MissionGraph; {DEBUG}=1 shows where)", FAULT)

    def invoke(self, ctx: click.Context) -> Any:  # Any: as click's
        """Run the command; a closed output pipe, as after `| head`, is not an error."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()
            return done
        except BrokenPipeError:  # click would exit with 1, which here means "no"
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(OK)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="missiongraph", prog_name="missiongraph")
def main() -> None:
    """Build, validate, query, serve and analyse a sourced graph of mission-oriented innovation.

    \b
    Example:
      missiongraph serve

    \b
    Exit codes:
      0    done
      1    the check failed: violations (validate), damage (verify), no path (path) and the like
      2    an error in the command or its input
      3    an error in MissionGraph
      130  interrupted
    """


_ASK = (query, queries, info)
_NETWORKS = (networks, centrality, rankings, communities, brokers, path, ego, plot)
_TESTS = (statistics, backbone, compare, dethrone)
_MAKE = (build, map_, import_, match, validate, export)
_SERVE = (serve, token, backup, restore, verify)
_SHELL = (completion,)

for command in (*_ASK, *_NETWORKS, *_TESTS, *_MAKE, *_SERVE, *_SHELL):
    main.add_command(command)


def _set_up_output() -> None:
    """Print ``?`` for what the output's encoding lacks, and warnings without their place."""
    if sys.stdout is None:  # closed by the shell, as by >&-
        _fail("standard output is closed", BAD_INPUT)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    warnings.showwarning = _warn


def _warn(message: Warning | str, *_place: Any, **_more: Any) -> None:
    click.echo(f"missiongraph: note: {message}", err=True)


def _fail(message: str, code: int) -> NoReturn:
    """Print an error message and exit."""
    click.echo(f"missiongraph: {message.strip()}", err=True)
    sys.exit(code)


def _usage(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "missiongraph"
    return f"{error.format_message()} (see {path} --help)"


def _system(error: OSError) -> str:
    """The message of a system error, with the file it is about."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
