"""Which process of xdist runs which tests: a file has one, and so have all files of the site."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

AT_THE_SITE = frozenset(
    (
        *("test_browser.py", "test_explorer.py", "test_editor_in_browser.py", "test_journeys.py"),
        *("test_clients.py", "test_sections.py", "test_schemaorg.py"),
    )
)
"""Files whose tests ask the server of the fixture ``site``, most of them in a browser. Each process
that has tests of them starts both, which takes five seconds of processor time."""


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # has no types
    """Gives the tests of a file to one process, and those of all files ``AT_THE_SITE``."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "site" if file.rpartition("/")[2] in AT_THE_SITE else file
