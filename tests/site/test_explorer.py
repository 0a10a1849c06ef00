"""The network explorer in a browser, rankings, and the networks around organisations and people."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from support import browser as browsing

from missiongraph import MissionGraph
from missiongraph.namespaces import ID
from missiongraph.server import create_app
from missiongraph.server.pages.things.star_chart import star

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Position

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
VINNOVA = ID + "organisation/vinnova"
NETWORK = "/network?network=organisations-missions"
DRAWN = "canvas.above[data-drawn]:not([data-drawn='0'])"
INK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let place = 3; place < data.length; place += 4) count += data[place] > 0;
  return count;
}"""


@pytest.fixture
def client(patient_client: FlaskClient) -> FlaskClient:
    return patient_client


@pytest.fixture(scope="module")
def explorer(browser: Browser, site: str) -> Iterator[Page]:
    """The explorer, drawn; each test goes to an address of its own."""
    with browsing.opened(browser, site) as page:
        yield page


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    reply = client.get(path, headers=BROWSER)
    assert reply.status_code == status, path
    return reply.text


def drawn(page: Page, path: str = NETWORK) -> Page:
    page.goto("about:blank")
    page.goto(path)
    page.locator(DRAWN).wait_for()
    page.locator("#found[data-picture]").wait_for(state="attached")
    return page


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def camera(page: Page) -> list[float]:
    """Where the reader looks: the picture says so in the address once it is still."""
    page.wait_for_timeout(400)
    return [float(number) for number in urlsplit(page.url).fragment.split(",") if number]


# --- in the browser


def test_the_canvas_draws_nodes_and_ties(explorer: Page) -> None:
    page = drawn(explorer)
    assert page.locator("canvas.below").evaluate(INK) > 5000
    assert re.search(r"\d+ of [\d,]+ nodes.*ties", page.locator("#told").inner_text())


def test_dragging_moves_the_picture_and_the_address_keeps_where(explorer: Page) -> None:
    page = drawn(explorer)
    box = page.locator(DRAWN).bounding_box()
    assert box and camera(page) == []
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 330, steps=4)
    assert "translate(" in (page.locator("canvas.below").get_attribute("style") or "")
    page.mouse.up()
    x, y, zoom = camera(page)
    assert x < 0.5 and y < 0.5 and zoom == 1
    page.reload()
    page.locator(DRAWN).wait_for()
    assert camera(page) == [x, y, zoom]


def test_the_wheel_zooms_to_what_is_below_it(explorer: Page) -> None:
    page = drawn(explorer)
    page.locator(DRAWN).hover(position={"x": 100, "y": 100})
    page.mouse.wheel(0, -400)
    x, y, zoom = camera(page)
    assert zoom > 1.5 and x < 0.5 and y < 0.5


def test_keys_move_zoom_and_let_go(explorer: Page) -> None:
    page = drawn(explorer, f"{NETWORK}&node=Vinnova")
    page.locator(DRAWN).focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    x, y, zoom = camera(page)
    assert zoom == 1.4 and x > 0.5 and y == 0.5
    page.keyboard.press("0")
    assert camera(page) == []
    page.keyboard.press("Escape")
    page.locator("#card .card").wait_for(state="detached")
    assert "node" not in asked(page)


def test_the_keyboard_reaches_all_from_the_network_to_the_picture(explorer: Page) -> None:
    page = drawn(explorer)
    page.locator("#network").focus()
    reached = []
    for _ in range(70):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.className"))
    assert "above" in reached
    assert page.locator(DRAWN).get_attribute("aria-label")


def test_a_node_is_found_by_name_and_has_a_card(explorer: Page) -> None:
    page = drawn(explorer)
    page.locator("#node").fill("vinnova")
    page.locator("#node").press("Enter")
    card = page.locator("#card .card")
    card.wait_for()
    assert asked(page)["node"] == ["vinnova"]
    assert "Vinnova" in card.inner_text() and "pagerank" in card.inner_text()
    assert page.locator("canvas.above").evaluate(INK) > 5000
    card.locator("h2 a").click()
    page.wait_for_url("**/page/organisation/vinnova")


def test_a_click_on_a_node_opens_its_card_and_back_closes_it(explorer: Page) -> None:
    page = drawn(explorer)
    canvas = page.locator(DRAWN)
    box = canvas.bounding_box()
    assert box
    found = json.loads(page.request.get(f"{_picture(page)}&format=json").text())
    x, y = max(found["nodes"], key=lambda node: node[5])[2:4]
    unit = min(box["width"], box["height"]) - 72
    place: Position = {
        "x": box["width"] / 2 + (x - 0.5) * unit,
        "y": box["height"] / 2 + (y - 0.5) * unit,
    }
    canvas.hover(position=place)
    assert canvas.evaluate("(canvas) => canvas.style.cursor") == "pointer"
    canvas.click(position=place)
    page.locator("#card .card").wait_for()
    assert asked(page)["node"]
    page.go_back()
    page.locator("#card .card").wait_for(state="detached")


def test_the_card_leads_to_the_network_around_its_node(explorer: Page) -> None:
    page = drawn(explorer, f"{NETWORK}&node=Vinnova")
    page.locator("#card a", has_text="1 step").click()
    page.locator("#told", has_text="within 1 step of Vinnova").wait_for()
    assert asked(page)["focus"] == [VINNOVA]
    page.locator(f'{DRAWN}:not([data-drawn="250"])').wait_for()


def test_what_is_chosen_is_in_the_address_and_comes_back_from_it(explorer: Page) -> None:
    page = drawn(explorer)
    page.locator("#colour").select_option("country")
    page.locator(".legend", has_text="Sweden").wait_for()
    assert asked(page) == {"network": ["organisations-missions"], "colour": ["country"]}
    page.reload()
    page.locator(DRAWN).wait_for()
    assert page.locator("#colour").input_value() == "country"


def test_years_narrow_the_network(explorer: Page) -> None:
    page = drawn(explorer)
    before = page.locator("#told").inner_text()
    page.locator("#to").fill("2015")
    page.locator("#to").press("Enter")
    page.wait_for_function(
        "(before) => document.getElementById('told').innerText !== before", arg=before
    )
    assert asked(page)["to"] == ["2015"]


def test_the_table_is_sorted_where_it_stands(explorer: Page) -> None:
    page = drawn(explorer)
    page.locator("#found th a", has_text="Node").click()
    page.locator("#found th[aria-sort='ascending']", has_text="Node").wait_for()
    assert asked(page)["sort"] == ["name"]


def test_the_picture_is_saved_as_png(explorer: Page) -> None:
    page = drawn(explorer)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_the_canvas_follows_the_dark(browser: Browser, site: str) -> None:
    ink = []
    for scheme in ("light", "dark"):
        with browsing.opened(browser, site, color_scheme=scheme) as page:
            drawn(page)
            ink.append(page.locator("canvas.below").evaluate("(canvas) => canvas.toDataURL()"))
    assert ink[0] != ink[1]


def test_a_screen_of_two_pixels_to_one_is_drawn_sharp(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, device_scale_factor=2) as page:
        canvas = drawn(page).locator(DRAWN)
        width, shown = canvas.evaluate("(canvas) => [canvas.width, canvas.clientWidth]")
    assert width == 2 * shown


def test_paper_has_the_picture_of_the_server(explorer: Page) -> None:
    page = drawn(explorer)
    page.emulate_media(media="print")
    paper = page.locator("img.paper")
    page.wait_for_function("() => document.querySelector('img.paper').naturalWidth > 0")
    assert paper.is_visible() and not page.locator(DRAWN).is_visible()
    page.emulate_media(media="screen")


def test_a_phone_needs_no_scrolling_sideways(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, viewport=browsing.PHONE) as page:
        for path in (f"{NETWORK}&node=Vinnova", "/rankings", "/page/organisation/vinnova"):
            page.goto(path)
            assert page.evaluate("() => document.documentElement.scrollWidth") == 320, path


def test_without_javascript_there_are_picture_card_and_table(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, java_script_enabled=False) as page:
        page.goto(f"{NETWORK}&focus=Vinnova&depth=2&node=Vinnova")
        page.locator("figure#net img").wait_for()
        assert page.locator("#card h2").inner_text() == "Vinnova"
        assert page.locator("#found tbody tr").count() > 10
        page.locator("#found th a", has_text="Node").click()
        assert "sort=name" in page.url


def _picture(page: Page) -> str:
    return page.locator("#found").get_attribute("data-picture") or ""


# --- the same without one


def rows(text: str) -> list[str]:
    found = re.search(r'id="table".*?<tbody>(.*?)</tbody>', text, re.S)
    assert found
    return [unescape(name) for name in re.findall(r'<th scope="row"><a [^>]*>([^<]+)', found[1])]


def test_focus_keeps_those_within_so_many_steps(client: FlaskClient) -> None:
    path = "/networks/organisations-missions/picture?format=json&measure=degree&focus=Vinnova"
    near, farther = (json.loads(client.get(f"{path}&depth={n}").data) for n in (1, 2))
    labels = {node[1] for node in near["nodes"]}
    assert near["focus"] == VINNOVA and "Viable Cities: Climate Neutral Cities 2030" in labels
    assert len(labels) == near["all"] < farther["all"]


def test_the_one_in_focus_is_shown_however_few_are(client: FlaskClient) -> None:
    path = "/networks/organisations-missions/picture?format=json&measure=degree&top=1"
    found = json.loads(client.get(f"{path}&focus=city-turin&depth=2").data)
    assert [node[1] for node in found["nodes"]] == ["City of Turin"]


def test_depth_without_focus_is_refused(client: FlaskClient) -> None:
    assert client.get("/networks/funding/picture?depth=2").status_code == 400


def test_a_focus_that_is_not_there_names_near_ones(client: FlaskClient) -> None:
    text = read(client, "/network?network=funding&focus=Novia", 400)
    assert "did you mean" in unescape(text)


def test_a_node_that_is_not_shown_is_looked_for_further(client: FlaskClient) -> None:
    text = unescape(read(client, "/network?network=funding&top=100&node=nobody"))
    assert "No node shown here is called “nobody”" in text and "focus=nobody" in text


def test_the_page_says_how_groups_were_found_and_how_good_they_are(client: FlaskClient) -> None:
    assert re.search(r"groups found by Leiden, modularity Q = 0\.\d", read(client, "/network"))


def test_the_table_is_sorted_both_ways(client: FlaskClient) -> None:
    up = rows(read(client, "/network?network=partnerships&sort=name"))
    down = rows(read(client, "/network?network=partnerships&sort=-name"))
    assert len(up) > 5 and up == sorted(up, key=str.casefold) and up == down[::-1]


def test_years_are_days_of_the_network(client: FlaskClient) -> None:
    text = unescape(read(client, "/network?network=memberships&from=2018&to=2019"))
    assert "since=2018-01-01" in text and "until=2019-12-31" in text


def test_the_page_counts_undated_ties_and_shows_them_if_wanted(client: FlaskClient) -> None:
    address = "/network?network=memberships&from=2023&to=2023"
    without, with_ = (read(client, f"{address}{more}") for more in ("", "&undated=true"))
    assert re.search(r"rests on \d+ statements; left out: \d+ undated, ", without)
    assert re.search(r"rests on \d+ statements, of them \d+ undated \(kept\)", with_)
    box = r'<input type="checkbox" name="undated" value="true"'
    assert re.search(f"{box}>", without) and re.search(f"{box} checked>", with_)
    assert "undated=true" in unescape(with_).partition('data-picture="')[2].partition('"')[0]


def test_a_time_after_all_data_shows_nothing_and_says_so(client: FlaskClient) -> None:
    text = read(client, "/network?network=memberships&from=2035")
    assert ", 0 ties" in text and "nothing is known of that time: the dated ones are from" in text


@pytest.mark.parametrize(
    "query", ["from=soon", "top=0", "depth=9&focus=Vinnova", "page=0", "sort=luck"]
)
def test_what_cannot_be_chosen_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/network?{query}", headers=BROWSER).status_code == 400


def test_the_nodes_of_a_picture_come_as_csv(client: FlaskClient) -> None:
    text = client.get("/networks/funding/picture?format=csv&measure=pagerank&top=5").text
    found = list(csv.DictReader(io.StringIO(text)))
    assert len(found) == 5 and {"node", "label", "community", "pagerank_rank"} <= set(found[0])


def test_a_picture_without_words_has_none(client: FlaskClient) -> None:
    told, bare = (
        client.get(f"/networks/funding/picture?format=svg&measure=degree&words={words}").text
        for words in ("yes", "no")
    )
    assert "<text" in told and "<text" not in bare and bare.count("<circle") > 100


def test_rankings_say_how_far_each_rank_may_move(client: FlaskClient) -> None:
    text = unescape(read(client, "/rankings?measure=pagerank"))
    assert "Vinnova" in text and "1 to 2" in text and "would fall farthest" in text
    ranked = text.partition('aria-labelledby="ranking"')[2].partition("</tbody>")[0]
    assert (
        "Data (CSV)" in text
        and ranked.count('class="span"') == ranked.count('<th scope="row') >= 20
    )


def compared(client: FlaskClient, network: str) -> str:
    """The page of rankings, once the job that compares them has ended."""
    for _ in range(120):
        text = unescape(read(client, f"/rankings?network={network}"))
        if "are being computed" not in text:
            return text
        assert f"/networks/{network}/rankings?measure=betweenness&top=10&format=csv" in text
    raise AssertionError("the comparison takes too long")


def test_rankings_stand_beside_those_without_each_large_list(client: FlaskClient) -> None:
    text = compared(client, "shared-missions")
    lists = text.partition('id="lists"')[2].partition('id="networks"')[0]
    assert "Without lead" in lists and "With city-contract" in lists
    assert "EU Cities Mission: contracts of cities with the Mission Label: 102 of 106" in lists
    assert lists.partition("</table>")[0].count("<tr>") > 10
    assert "/networks/shared-missions/rankings?measure=betweenness&top=10&format=csv" in lists
    assert "resting on 1,1" in text and " of a single day" in text
    assert "Projected by newman: each shared node counts 1 / (n - 1)" in text


def test_rankings_of_members_tell_how_many_members_are_held(client: FlaskClient) -> None:
    text = compared(client, "memberships")
    assert "Without Mission-Oriented Innovation Network (MOIN)" in text
    assert "12 of more than 100" in text and "Projected by" not in text


def test_rankings_without_intervals_say_so(client: FlaskClient) -> None:
    assert "is not measured" in read(client, "/rankings?measure=constraint&network=funding")


@pytest.mark.parametrize(
    ("query", "status"), [("network=none", 404), ("measure=fame", 400), ("first=7", 400)]
)
def test_rankings_of_nothing_say_what_there_is(
    client: FlaskClient, query: str, status: int
) -> None:
    read(client, f"/rankings?{query}", status)


def test_rankings_of_nothing_are_none_before_anything_is_measured() -> None:
    client = create_app(MissionGraph(ox.Store())).test_client()
    assert "shared-missions" in read(client, "/rankings?network=none", 404)


@pytest.mark.parametrize(
    ("thing", "network", "other"),
    [
        ("organisation/vinnova", "shared-missions", "Formas"),
        ("person/mariana-mazzucato", "people-organisations", "Rainer Kattel"),
    ],
)
def test_a_page_says_where_its_thing_is_central_and_who_is_near(
    client: FlaskClient, thing: str, network: str, other: str
) -> None:
    text = unescape(read(client, f"/page/{thing}"))
    assert f"/network?network={network}&focus={ID}{thing}" in text
    assert f"/rankings?network={network}" in text
    picture = text[text.index('id="near"') : text.index("</svg>", text.index('id="near"'))]
    assert other in picture


def test_one_without_others_has_no_star(client: FlaskClient) -> None:
    assert 'id="near"' not in read(client, "/page/organisation/air-liquide")


def test_a_star_has_each_other_once_beside_what_it_shares() -> None:
    told: list[dict[str, Any]] = [
        {"other": f"x:{other}", "name": other, "via": via, "viaName": via}
        for other, via in [("a", "m"), ("b", "m"), ("b", "n"), ("c", "n"), ("d", "o")]
    ] + [{"other": "x:e", "name": "e", "via": ID + "partnership/p", "viaName": None}]
    found = star(told)
    assert sorted(spot.label for spot in found.others) == ["a", "b", "c", "d", "e"]
    assert sorted(spot.label for spot in found.shared) == ["m", "n", "o"]
    assert len(found.curves) == 3 + 6
    assert len({(spot.x, spot.y) for spot in (*found.others, *found.shared)}) == 8
    assert all(0 < spot.y < found.height for spot in (*found.others, *found.shared))


def test_home_has_the_picture_once_it_is_drawn(client: FlaskClient) -> None:
    first = read(client, "/")
    assert "<img" in first
    address = re.search(r'src="(/networks/[^"]+)"', _until(client, "/", "/networks/"))
    assert address
    reply = client.get(unescape(address[1]))
    assert reply.mimetype == "image/svg+xml" and "<text" not in reply.text


def _until(client: FlaskClient, path: str, wanted: str) -> str:
    end = time.monotonic() + 30
    while wanted not in (text := read(client, path)):
        assert time.monotonic() < end
        time.sleep(0.1)
    return text
