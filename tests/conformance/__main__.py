"""Run the suites and print how they went; exit 1 if something went otherwise than expected."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings

from . import report, servers
from .manifest import W3C
from .suites import SUITES, run


def main() -> int:
    """Run; 0 all as expected, 1 a new failure or an unexpected pass, 2 no suites to run."""
    asked = _arguments()
    if not W3C.is_dir():
        print(f"the suites are not at {W3C}", file=sys.stderr)
        return 2
    if names := report.unknown(SUITES):
        print(f"expected.toml names tests that are none: {', '.join(names)}", file=sys.stderr)
        return 2
    chosen = [suite for suite in SUITES if asked.suite.lower() in suite.name.lower()]
    with servers.at(asked.at, asked.token) if asked.at else servers.SERVERS[asked.server]() as it:
        verdicts = [report.verdict(run(suite, it), it.name) for suite in chosen]
        shown = report.markdown(verdicts, it.version, it.name)
    print(shown if asked.markdown else report.text(verdicts))
    return 0 if all(each.good for each in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    add = parser.add_argument
    add("--server", choices=[*servers.SERVERS], default="missiongraph", help="server to start")
    add("--at", metavar="URL", help="a MissionGraph server that runs already, emptied by the tests")
    add("--token", default=servers.TOKEN, help="its token for writing")
    add("--suite", default="", help="only suites whose name holds this")
    add("--markdown", action="store_true", help="print the figures of this folder's README.md")
    return parser.parse_args()


if __name__ == "__main__":
    logging.disable()  # rdflib and pySHACL tell at length of the ill-formed data of the tests
    warnings.simplefilter("ignore")
    sys.exit(main())
