"""Files of the site: named by their version, kept and small; the bundle is that of its sources."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

ROOT = Path(__file__).parents[2]
WEB, VENDOR = ROOT / "server" / "web", ROOT / "server" / "static" / "vendor"
BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip, deflate"}
BUDGET = 150_000  # bytes of a first view


def loaded(client: FlaskClient, path: str) -> list[str]:
    """The addresses of what a page loads."""
    page = client.get(path, headers={"Accept": "text/html"}).text
    return sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)))


def hashes(folder: Path, names: list[str]) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def test_the_bundle_was_built_from_the_sources_that_are_here() -> None:
    built = json.loads((VENDOR / "build.json").read_text("utf-8"))
    sources = sorted(path.name for path in WEB.iterdir() if path.is_file())
    assert built["sources"] == hashes(WEB, [name for name in sources if name != "README.md"])
    assert built["outputs"] == hashes(VENDOR, [*built["outputs"]])
    assert {*built["outputs"], "build.json"} == {path.name for path in VENDOR.iterdir()}


def test_packages_are_pinned_and_come_from_wherever_one_gets_them() -> None:
    package = json.loads((WEB / "package.json").read_text("utf-8"))
    lock = (WEB / "package-lock.json").read_text("utf-8")
    assert all(version[0].isdigit() for version in package["devDependencies"].values())
    assert "resolved" not in lock and "://" not in re.sub(r'"url": "[^"]*"', "", lock)


def test_whoever_wrote_what_is_in_the_bundle_is_named() -> None:
    named = re.findall(
        r"^## (\S+) \S+ \(MIT\)$", (VENDOR / "THIRD_PARTY_LICENSES.md").read_text("utf-8"), re.M
    )
    assert {"@codemirror/view", "codemirror-lang-sparql", "style-mod"} <= {*named}


def test_a_file_is_kept_under_its_version_and_not_under_another(client: FlaskClient) -> None:
    (address,) = [each for each in loaded(client, "/query") if "editor.js" in each]
    for path, lasting in ((address, True), (address[:-1] + "x", False)):
        with client.get(path) as reply:
            assert reply.status_code == 200
            assert bool(reply.cache_control.immutable) == lasting
            assert ("max-age=31536000" in reply.headers["Cache-Control"]) == lasting


def test_a_file_that_the_client_holds_is_not_sent_again(client: FlaskClient) -> None:
    address = loaded(client, "/query")[0]
    with client.get(address, headers=BROWSER) as first:
        again = {**BROWSER, "If-None-Match": first.headers["ETag"]}
    with client.get(address, headers=again) as second:
        assert second.status_code == 304 and second.data == b""


@pytest.mark.parametrize("path", ["/query", "/queries/who-funds-whom?run=1"])
def test_a_first_view_is_small(client: FlaskClient, path: str) -> None:
    sent = 0
    for address in [path, *loaded(client, path)]:
        with client.get(address, headers=BROWSER) as reply:
            sent += len(reply.data)
    assert sent <= BUDGET
