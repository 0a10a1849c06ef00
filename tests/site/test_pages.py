"""Pages: what they show, where they lead, and that each view ends in data, query and cite."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from support.asking import table

from missiongraph import MissionGraph
from missiongraph.namespaces import MOI, VOCAB
from missiongraph.publishing.statistics import Info
from missiongraph.server.answers.chart_guess import Bars, Column, Points, guess
from missiongraph.server.pages.lists.browse import KINDS
from missiongraph.server.pages.lists.missions import CLASSES, path, title

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PLACES = [
    *("/", "/missions", "/browse", "/toolkit", "/toolkit?mission=eu-mission-cancer", "/query"),
    "/compare?one=eu-mission-cancer&other=eu-mission-soil",
    *("/browse/local-missions", "/page/strategy/de-energiewende"),
    *("/terms", "/about", "/sure", "/network-limits", "/search?q=apollo", "/cite"),
    "/page/mission/us-apollo",
    "/reconcile/help",
    *("/page/organisation/ucl-iipp", "/page/person/mariana-mazzucato", "/page/vocab/country/GB"),
]


@pytest.fixture(scope="module")
def info(graph: MissionGraph) -> Info:
    """The numbers of the graph, which take half a second to count."""
    return graph.info()


def page(client: FlaskClient, path: str) -> str:
    reply = client.get(path, headers=BROWSER)
    assert reply.status_code == 200, path
    return reply.text


@pytest.mark.parametrize("path", PLACES)
def test_a_page_has_one_heading_and_a_title(client: FlaskClient, path: str) -> None:
    text = page(client, path)
    assert text.count("<h1") == 1
    assert re.search(r"<title>[^<]+MissionGraph[^<]*</title>|<title>MissionGraph: ", text)


CRAWLED = [PLACES[0], *(pytest.param(path, marks=pytest.mark.long) for path in PLACES[1:])]


@pytest.mark.parametrize("path", CRAWLED)
def test_links_lead_somewhere(client: FlaskClient, path: str) -> None:
    found = {unescape(href) for href in re.findall(r'<a [^>]*href="(/[^"#]*)', page(client, path))}
    unbuilt = ("/network", "/validate")
    for href in sorted(found - {path})[:40]:
        if not href.startswith(unbuilt):
            with client.get(href, headers=BROWSER) as reply:
                assert reply.status_code in (200, 302, 303), href


@pytest.mark.parametrize("path", PLACES)
def test_no_page_asks_for_anything_from_elsewhere(client: FlaskClient, path: str) -> None:
    text = page(client, path)
    loaded = re.findall(
        r'<(?:script|img|link rel="(?:stylesheet|icon)")[^>]*(?:src|href)="([^"]+)', text
    )
    assert loaded and all(re.match("/[^/]", address) for address in loaded)
    assert "style=" not in text and not re.search(r" on\w+=", text)


@pytest.mark.parametrize(
    "path", ["/missions", "/browse", "/browse/organisations", "/page/mission/us-apollo"]
)
def test_a_view_ends_in_data_query_and_cite(client: FlaskClient, path: str) -> None:
    text = page(client, path)
    assert "Data" in text and ">Query</a>" in text and ">Cite</a>" in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_browsed(client: FlaskClient, kind: str) -> None:
    there_are = f'href="/browse/{kind}"' in page(client, "/browse")
    assert ("/page/" in page(client, f"/browse/{kind}")) == there_are


@pytest.mark.parametrize("kind", CLASSES)
def test_a_list_of_initiatives_has_those_of_other_classes_one_click_away(
    client: FlaskClient, info: Info, kind: str
) -> None:
    text = page(client, path(kind))
    for other, (name, _) in CLASSES.items():
        here = ' aria-current="page"' if other == kind else ""
        count = f'<span class="muted">{info.classes[f"moi:{name}"]}</span>'
        assert f'<a href="{path(other)}"{here}>{title(other)} {count}</a>' in text
    listed = info.classes[f"moi:{CLASSES[kind][0]}"]
    assert f'role="status">{listed} {title(kind).lower()}' in text


def test_the_start_page_counts_missions_apart_from_local_missions(
    client: FlaskClient, info: Info
) -> None:
    text = page(client, "/")
    for name, count in {
        "missions": info.missions,
        "mission frameworks": info.mission_frameworks,
        "local missions": info.local_missions,
        "programmes": info.programmes,
    }.items():
        assert re.search(rf'<dt><a href="[^"]+">{name}</a></dt><dd>{count}</dd>', text), name


def test_a_local_mission_whose_targets_have_no_value_yet_has_a_page(client: FlaskClient) -> None:
    assert "Pact signatory" in page(client, "/page/local-mission/city-porto-climate-neutral")


def test_an_initiative_of_another_class_shows_its_aims_and_why_it_has_its_class(
    client: FlaskClient,
) -> None:
    text = page(client, "/page/strategy/de-energiewende")
    assert "Goals and targets" in text and ">Strategy</a>" in text
    assert "Why this class, in our reading: long-term policy of a whole sector" in text
    assert "Compare with another mission" not in text


def test_facets_narrow_and_say_how_much_is_left(client: FlaskClient) -> None:
    text = page(client, "/missions?field=health&country=GB")
    found = int(re.search(r'role="status">(\d+) missions', text)[1])  # type: ignore[index]
    assert 0 < found < 30 and text.count('class="name"') == found
    assert "Show all" in text


def test_a_name_narrows_too(client: FlaskClient) -> None:
    text = page(client, "/missions?name=apollo")
    assert text.count('class="name"') == 1 and "Apollo programme" in text


def test_a_long_list_has_pages(client: FlaskClient) -> None:
    first, second = page(client, "/browse/sources"), page(client, "/browse/sources?page=2")
    assert 'rel="next"' in first and 'rel="prev"' in second and first != second


def test_a_mission_shows_its_way_and_its_sources(client: FlaskClient) -> None:
    text = page(client, "/page/strategy/de-energiewende")
    assert 'class="bar"' in text and "of the way from baseline to target" in text
    assert "way-chart" in text and 'id="source-1"' in text and "replaces: " in text


def test_a_mission_says_in_words_what_a_state_rests_on(client: FlaskClient) -> None:
    text = page(client, "/page/mission/int-polio")
    assert "33, 0 wanted by 2020, value of 2018" in text and "missed" in text


def test_the_states_of_all_targets_add_up_to_the_targets(client: FlaskClient) -> None:
    states, targets = page(client, "/progress").split('id="targets"')
    counts = [int(count) for count in re.findall(r'<td class="n">(\d+)</td>', states)]
    assert sum(counts) == targets.count('<th scope="row">') > 0


def test_targets_of_one_state_are_listed_alone_on_a_day(client: FlaskClient) -> None:
    text = page(client, "/progress?state=missed&day=2026-11-29").split('id="targets"')[1]
    assert "Eradicate polio by 2020" in text and "as of" not in text
    assert set(re.findall(r'<span class="st \w*">. ([\w ]+)</span>', text)) == {"missed"}


def test_numbers_of_sources_lead_to_the_list(client: FlaskClient) -> None:
    text = page(client, "/page/organisation/ucl-iipp")
    marks = set(re.findall(r'href="#(source-\d+)"', text))
    assert marks and all(f'id="{mark}"' in text for mark in marks)


def test_a_thing_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/page/mission/none", headers=BROWSER).status_code == 404
    assert client.get("/page/nothing/none", headers=BROWSER).status_code == 404


def test_the_toolkit_offers_the_fields_to_start_from(client: FlaskClient) -> None:
    text = page(client, "/toolkit")
    assert '<a href="/toolkit?field=health">Health</a>' in text


def test_a_question_offers_what_a_parameter_may_be(client: FlaskClient) -> None:
    text = page(client, "/queries/network-members")
    assert '<option value="organisation:mission-innovation">Mission Innovation</option>' in text
    text = page(client, "/queries/comparable-missions")
    assert f'<option value="{VOCAB}field/health">Health</option>' in text


def test_a_question_offers_no_list_that_nobody_would_read(client: FlaskClient) -> None:
    assert "<datalist" not in page(client, "/queries/positions-on-date")


def test_the_toolkit_compares_with_missions_that_share_two_of_three(client: FlaskClient) -> None:
    text = page(client, "/toolkit?mission=eu-mission-cancer")
    assert "EU Mission A Soil Deal for Europe" in text and "EU Mission; European" in text
    assert "in use" in text and "Organisations worth talking to" in text


def test_a_mission_need_not_exist_to_be_compared(client: FlaskClient) -> None:
    text = page(client, "/toolkit?field=health&scope=national")
    assert "Similar missions" in text and "This mission" not in text


def test_a_citation_gives_the_same_rows_again(client: FlaskClient, graph: MissionGraph) -> None:
    query = "SELECT ?s { ?s a <https://w3id.org/missiongraph/ontology#Challenge> } ORDER BY ?s"
    text = page(client, f"/cite?query={query.replace('#', '%23')}")
    address = unescape(re.search(r'class="mono" href="([^"]+)"', text)[1])  # type: ignore[index]
    assert (
        graph.fingerprint[:12] in address
        and graph.fingerprint in text
        and "@misc{" in text
        and "cff-version" in text
    )
    rows = len(table(graph, query))
    assert f"{rows} row" in page(client, address.removeprefix("https://w3id.org/missiongraph"))


def test_a_citation_of_another_state_says_that_it_is_gone(client: FlaskClient) -> None:
    reply = client.get("/result?query=ASK{}&state=abc", headers=BROWSER)
    assert reply.status_code == 410 and "state" in reply.text


def test_terms_are_where_their_iris_lead(client: FlaskClient) -> None:
    assert client.get("/ontology", headers=BROWSER).headers["Location"] == "/terms"
    assert 'id="Mission"' in page(client, "/terms")


def test_answers_show_names_and_lead_to_pages(client: FlaskClient) -> None:
    query = "SELECT ?m { VALUES ?m { <https://w3id.org/missiongraph/id/mission/us-apollo> } }"
    text = page(client, f"/query?query={query}")
    assert 'href="/page/mission/us-apollo"' in text and ">Apollo programme</a>" in text


def a_column(name: str, *texts: str, number: bool = False) -> Column:
    return Column(name, list(texts), [""] * len(texts), number)


def test_a_name_and_a_number_make_bars() -> None:
    found = guess([a_column("who", "a", "b"), a_column("n", "1", "3", number=True)])
    assert isinstance(found, Bars) and [row[0] for row in found.rows] == ["b", "a"]


def test_bars_that_one_name_does_not_tell_apart_have_two() -> None:
    kinds, countries = a_column("kind", "loan", "loan", "prize"), a_column("country", "A", "B", "")
    found = guess([kinds, countries, a_column("n", "3", "2", "1", number=True)], "bar")
    assert isinstance(found, Bars) and found.says == "n by kind and country"
    assert [row[0] for row in found.rows] == ["loan, A", "loan, B", "prize"]


def test_a_query_that_declares_a_table_has_no_picture(client: FlaskClient) -> None:
    assert guess([a_column("who", "a", "b"), a_column("n", "1", "3", number=True)], "table") is None
    told = "SELECT ?who ?n { VALUES (?who ?n) { ('a' 1) ('b' 2) } }"
    assert 'class="picture"' in page(client, f"/query?query={quote(told)}")
    assert 'class="picture"' not in page(client, "/query?query=" + quote("# chart: table\n" + told))


def test_years_and_a_number_make_a_line() -> None:
    found = guess([a_column("year", "2019", "2021"), a_column("n", "1", "3", number=True)])
    assert isinstance(found, Points) and found.joined and found.across == ("2019", "2021")


def test_two_numbers_make_dots() -> None:
    columns = [a_column(name, "1.5", "4", number=True) for name in ("x", "y")]
    found = guess(columns)
    assert isinstance(found, Points) and not found.joined


@pytest.mark.parametrize(
    "columns",
    [
        [a_column("who", "a", "b")],
        [a_column("who"), a_column("n", number=True)],
        [a_column("who", "a"), a_column("n", "-1", number=True)],
        [a_column("x", "1", number=True), a_column("y", "2", number=True)],
    ],
    ids=["no number", "no rows", "negative", "one point"],
)
def test_what_makes_no_picture_has_none(columns: list[Column]) -> None:
    assert guess(columns) is None


@pytest.mark.parametrize("mission", ['"><script>', "a b", "a>b"])
def test_a_mission_that_is_no_key_is_refused(client: FlaskClient, mission: str) -> None:
    reply = client.get("/toolkit", query_string={"mission": mission}, headers=BROWSER)
    assert reply.status_code == 404 and "<script>" not in reply.text


def test_only_addresses_of_the_web_are_cited(client: FlaskClient) -> None:
    assert client.get("/cite?thing=javascript:alert(1)", headers=BROWSER).status_code == 400


def test_two_missions_stand_side_by_side_and_shared_kinds_come_first(client: FlaskClient) -> None:
    text = page(client, "/compare?one=eu-mission-cancer&other=eu-mission-soil")
    assert "2 of 8 kinds are used by both" in text and "none recorded" in text
    assert text.index("Public budget") < text.index("Coordination body")


def test_a_mission_that_there_is_not_cannot_be_compared(client: FlaskClient) -> None:
    reply = client.get("/compare?one=us-apollo&other=none", headers=BROWSER)
    assert reply.status_code == 404 and "no mission &#39;none&#39;" in reply.text


def test_a_network_can_be_asked_who_was_in_it(client: FlaskClient) -> None:
    text = page(client, "/page/organisation/moin")
    assert "/queries/network-members-on-date?run=1&amp;body=" in text


def test_a_page_that_is_kept_is_the_same(client: FlaskClient) -> None:
    path = "/page/organisation/moin"
    assert page(client, path) == page(client, path) != page(client, path + "-usa")


def test_a_page_that_is_kept_is_for_readers_of_pages_only(client: FlaskClient) -> None:
    page(client, "/missions")
    assert client.get("/missions", headers={"Accept": "text/csv"}).status_code == 406


def test_each_footnote_tells_kind_date_and_strength_of_its_source(client: FlaskClient) -> None:
    text = page(client, "/page/mission/us-apollo")
    notes = re.findall(r'<li id="source-\d+">.*?</li>', text)
    assert notes
    assert all(
        re.search(r'<span class="muted">[A-Z][^<]+ · [a-z ]+</span>', note) for note in notes
    )


def test_a_weak_source_is_marked_where_it_is_cited(client: FlaskClient) -> None:
    text = page(client, "/page/programme/fr-minitel")
    weak = set(re.findall(r'<li id="source-(\d+)">[^\n]*· weak</span></li>', text))
    cited = re.findall(r'aria-label="Source (\d+)(, weak)?">\[\d+( weak)?\]', text)
    assert weak and cited
    assert all((number in weak) == bool(said) == bool(seen) for number, said, seen in cited)


def test_every_value_of_a_mission_has_a_footnote(client: FlaskClient) -> None:
    text = page(client, "/page/mission/us-sunshot")
    cells = re.findall(
        r'<td class="n">([^<]+)<br><span class="small muted">[^<]*</span>(.*?)</td>', text
    )
    assert cells
    assert [value for value, mark in cells if "#source-" not in mark] == []


def test_a_mission_tells_how_many_of_its_numbers_can_be_trusted(client: FlaskClient) -> None:
    text = page(client, "/page/mission/us-apollo")
    assert "8 of its 12 numbers rest on official or scholarly sources, 1 on weak ones alone" in text


def test_the_least_trusted_missions_are_listed_with_the_quality_of_the_graph(
    client: FlaskClient,
) -> None:
    text = page(client, "/about")
    assert 'id="trust"' in text and "On weak sources alone" in text


def test_two_missions_compared_tell_the_strength_of_their_sources(client: FlaskClient) -> None:
    text = page(client, "/compare?one=eu-mission-cancer&other=eu-mission-soil")
    assert re.search(r'<li id="source-1">.*<span class="muted">[^<]+ · [a-z ]+</span></li>', text)


def test_sources_can_be_chosen_by_strength(client: FlaskClient, graph: MissionGraph) -> None:
    weak = table(
        graph,
        f"SELECT (COUNT(?s) AS ?n) {{ ?s <{MOI}hasStrength> <{VOCAB}source-strength/weak> }}",
    )[0]["n"]
    text = page(client, "/browse/sources?strength=weak")
    assert f"{weak} sources" in text and text.count("· Weak ·") > 10
    assert "· Official ·" not in text


def test_the_page_of_a_source_says_why_it_is_weak(client: FlaskClient) -> None:
    text = page(client, "/page/source/donsnotes-com--science-engineering-moon-landing")
    assert "personal page or blog" in text and "Weak" in text


def test_a_source_that_was_taken_out_leads_to_a_better_one(client: FlaskClient) -> None:
    reply = client.get("/page/source/longform-ie--icons-concorde", headers=BROWSER)
    assert reply.status_code == 410
    assert "hef-ru-nl--aircraft-manufacturer-concorde-php" in reply.text


def test_of_a_long_list_ten_rows_show_and_the_rest_opens(client: FlaskClient) -> None:
    text = page(client, "/page/local-mission/city-porto-climate-neutral")
    shown, _, rest = text.partition('id="participation"')[2].partition('<details class="more">')
    more = re.search(r"<summary>Show (\d+) more</summary>", rest)
    folded = rest.partition("</details>")[0]
    assert shown.count("<tr>\n<td>") == 10
    assert more and folded.count("<tr>\n<td>") == int(more[1]) > 100
