"""``python -m missiongraph``: the command line."""

from missiongraph.server.cli.program import main

main()
