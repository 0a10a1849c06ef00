"""Pictures of every page, for a person to look at.

    python tests/support/screenshots.py FOLDER [NAME …]

Each is ``NAME-light-1280.png`` and so on: light and dark, on a desk and on a phone, of the whole
length of the page. Names are those in ``tests/support/browser.py``; without any, all are taken.
``--address`` is that of a server that runs already; else one is started.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from support.browser import DESK, ERRORS, PHONE, PLACES, running_browser, started, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def take(browser: Browser, address: str, folder: Path, names: Iterable[str]) -> None:
    """Write the pictures of some pages to ``folder``."""
    for scheme in SCHEMES:
        for size in (DESK, PHONE):
            context = browser.new_context(viewport=size, color_scheme=scheme)
            page = context.new_page()
            for name in names:
                visit(page, address, (PLACES | ERRORS)[name])
                path = folder / f"{name}-{scheme}-{size['width']}.png"
                page.screenshot(path=path, full_page=True)
            context.close()


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", default=[*PLACES, *ERRORS])
    parser.add_argument("--address")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    server = nullcontext(given.address) if given.address else started()
    with server as address, running_browser() as browser:
        take(browser, address, given.folder, given.names)
    print(f"{len(given.names)} pages: {given.folder}")


if __name__ == "__main__":
    main()
