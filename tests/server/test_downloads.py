"""What is shown is what is downloaded: the data, query and citation of every list and table."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

PAGE = {"Accept": "text/html"}
NARROWED = [
    *("/missions?", "/missions?field=health", "/missions?country=FR&name=FRANCE"),
    *("/missions?sdg=13&status=active", "/browse/organisations?name=univ&country=GB"),
    *("/browse/instruments?", "/browse/sources?site=oecd.org", "/browse/targets?name=zzzz"),
]
TABLES = [
    *(
        "/page/mission/us-apollo",
        "/page/mission/eu-mission-cancer",
        "/page/person/mariana-mazzucato",
    ),
    *("/page/organisation/ucl-iipp", "/page/organisation/european-commission"),
    *("/toolkit?mission=eu-mission-cancer", "/rankings?network=funding&measure=degree&first=10"),
    "/compare?one=eu-mission-cancer&other=eu-mission-soil",
    *("/page/organisation/mission-innovation", "/search?q=apollo"),
]


def page(client: FlaskClient, path: str) -> str:
    reply = client.get(path, headers=PAGE)
    assert reply.status_code == 200, (path, reply.status_code)
    return reply.text


def words(html: str) -> str:
    """The text of a piece of a page, without the marks of sources."""
    text = re.sub(r"<br>.*|<sup>.*?</sup>|<title>.*?</title>|<span class=\"[^\"]*muted.*", "", html)
    return unescape(re.sub(r"<[^>]+>", "", text)).strip()


def linked(text: str, name: str) -> list[str]:
    """The addresses of the links under the views of a page that are called so."""
    ends = re.findall(r'<p class="ends small".*?</p>', text, re.S)
    return [unescape(a) for e in ends for a in re.findall(rf'href="([^"]+)">{name}</a>', e)]


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    reply = client.get(address)
    assert reply.status_code == 200, (address, reply.text)
    assert re.fullmatch(r'inline; filename="[a-z0-9-]+\.csv"', reply.headers["Content-Disposition"])
    return list(csv.DictReader(io.StringIO(reply.text)))


def shown(client: FlaskClient, path: str) -> list[tuple[str, str]]:
    """The names and what is said of each, on all pages of a list."""
    entry = r'<a class="name" href="[^"]*">(.*?)</a>\s*<span[^>]*>(.*?)</span>'
    found: list[tuple[str, str]] = []
    for number in count(1):
        text = page(client, f"{path}&page={number}")
        found += [(unescape(a), unescape(b)) for a, b in re.findall(entry, text, re.S)]
        if 'rel="next"' not in text:
            return found
    raise AssertionError


@pytest.mark.parametrize("path", NARROWED)
def test_the_data_of_a_list_are_what_it_shows(client: FlaskClient, path: str) -> None:
    text = page(client, path)
    (address,) = linked(text, r"Data \(CSV\)")
    columns = ("countries", "kinds", "fields", "themes", "sites")
    there = [
        (row["name"], " · ".join(filter(None, (row.get(name, "") for name in columns))))
        for row in rows(client, address)
    ]
    assert there == shown(client, path) and (there or "zzzz" in path)


@pytest.mark.parametrize("path", NARROWED)
def test_json_query_and_citation_of_a_list_are_of_the_same(client: FlaskClient, path: str) -> None:
    text = page(client, path)
    (data,), (json,) = linked(text, r"Data \(CSV\)"), linked(text, "JSON")
    (query,), (cited,) = linked(text, "Query"), linked(text, "Cite")
    asked = parse_qs(urlsplit(data).query)
    assert parse_qs(urlsplit(json).query) == parse_qs(urlsplit(cited).query) == asked
    assert parse_qs(urlsplit(query).query) == asked | {"run": ["1"]}
    found = len(rows(client, data))
    assert len(client.get(json).get_json(force=True)["results"]["bindings"]) == found
    assert f"{found:,} row" in page(client, query)


@pytest.mark.parametrize("path", TABLES)
def test_whatever_a_table_names_is_in_its_data(client: FlaskClient, path: str) -> None:
    pieces = re.split(r'(<p class="ends small".*?</p>)', page(client, path), flags=re.S)
    tables = 0
    for table, ends in zip(pieces[::2], pieces[1::2], strict=False):
        addresses = linked(ends, r"(?:Data|Values|This mission)? ?\(CSV\)")
        names = re.findall(r'<th scope="row">(.*?)</th>', table, re.S)
        names += re.findall(r"<li><a [^>]*>(.*?)</a>", table) if "hits" in table else []
        cells = {
            cell for address in addresses for row in rows(client, address) for cell in row.values()
        }
        missing = [word for name in names if (word := words(name)) and word not in cells]
        assert not missing, (path, addresses, missing)
        tables += bool(names and addresses)
    assert tables


def test_awards_are_downloaded_with_their_money(client: FlaskClient) -> None:
    text = page(client, "/page/mission/us-apollo")
    (address,) = [a for a in linked(text, r"Data \(CSV\)") if "FundingAward" in a]
    (row,) = rows(client, address)
    assert (row["value"], row["unit"], row["measure"]) == (
        "25400000000", "US dollar", "Cumulative total"
    )  # fmt: skip
    assert address.endswith("class=https://w3id.org/missiongraph/ontology%23FundingAward")


def test_a_mission_is_not_compared_with_itself(client: FlaskClient) -> None:
    text = page(client, "/toolkit?mission=eu-mission-cancer")
    for address in linked(text, r"Data \(CSV\)"):
        cells = [cell for row in rows(client, address) for cell in row.values()]
        assert "https://w3id.org/missiongraph/id/mission/eu-mission-cancer" not in cells


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/queries/mission-aims.csv?initiative=mission:us-apollo", "mission-aims-us-apollo.csv"),
        ("/queries/missions.tsv?holds=É/../a%22b", "missions-a-b.tsv"),
        ("/sparql?query=SELECT*{}&format=csv", "answer.csv"),
        ("/sparql?query=CONSTRUCT{}WHERE{}&format=turtle", "answer.ttl"),
        ("/search?q=Apollo%20Program&format=csv", "search-apollo-program.csv"),
    ],
)
def test_files_have_good_names(client: FlaskClient, path: str, name: str) -> None:
    assert client.get(path).headers["Content-Disposition"] == f'inline; filename="{name}"'


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/queries/nope.csv", 404),
        ("/queries/missions.exe", 404),
        ("/queries/missions.csv?colour=red", 400),
        ("/search?q=a&format=exe", 400),
    ],
)
def test_what_there_is_not_is_told(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status
