"""The command line on networks: what each command prints, and how it fails."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import polars as pl
import pytest
from support.asking import output, run

from missiongraph.networks import MEASURES, network_queries

TIES = """# Who is tied to whom?
# network: undirected
SELECT ?source ?target ?strength ?from ?to ?graph {
  VALUES (?source ?target ?strength ?from ?to ?graph) {
    (<x:a> <x:b> 1 "2015" "2016" <x:g/one>) (<x:b> <x:c> 2 "2015" UNDEF <x:g/two>)
    (<x:b> <x:d> 1 UNDEF UNDEF <x:g/two>) (<x:y> <x:z> 1 UNDEF UNDEF <x:g/two>)
    (<x:a> <x:z> "much" UNDEF UNDEF <x:g/one>)
  }
}
"""


def fails(code: int, *arguments: str | Path) -> str:
    """What a command that must fail with ``code`` says on stderr, last."""
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.stderr.splitlines()[-1]


def as_json(*arguments: str | Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(output(*arguments, "--format", "json"))
    return rows


@pytest.fixture
def mine(tmp_path: Path) -> tuple[str | Path, ...]:
    """A network of one's own, over a graph that is quick to load."""
    query, data = tmp_path / "mine.rq", tmp_path / "small.ttl"
    query.write_text(TIES, "utf-8")
    data.write_text("<x:a> <x:b> <x:c> .", "utf-8")
    return query, "--data", data


# --- networks


def test_networks_are_listed_with_what_they_answer() -> None:
    rows = as_json("networks", "list")
    assert [row["name"] for row in rows] == [query.name for query in network_queries()]
    assert all(row["question"] and row["nodes"] and row["strength"] for row in rows)


def test_a_network_is_shown_as_a_query_to_start_from(tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text(output("networks", "show", "funding"), "utf-8")
    assert as_json("centrality", path, "--measure", "degree") == as_json(
        "centrality", "funding", "--measure", "degree"
    )


def test_measures_are_listed_with_what_they_say() -> None:
    rows = as_json("networks", "measures")
    assert [row["name"] for row in rows] == list(MEASURES)
    assert all(row["says"] and row["range"] and row["source"] for row in rows)


def test_an_unknown_network_is_told_the_networks_there_are() -> None:
    assert "funding" in fails(2, "networks", "show", "gossip")
    assert "funding" in fails(2, "centrality", "gossip")


# --- centrality


def test_a_ranking_has_a_score_and_a_rank_to_each_measure(mine: tuple[str | Path, ...]) -> None:
    rows = as_json("centrality", *mine, "--measure", "degree", "--measure", "pagerank")
    assert list(rows[0]) == [
        "node", "label", "degree", "degree_rank", "pagerank", "pagerank_rank",
    ]  # fmt: skip
    assert rows[0]["node"] == "x:b" and rows[0]["degree"] == pytest.approx(3 / 5)


def test_the_first_measure_ranks() -> None:
    rows = as_json("centrality", "funding", "--measure", "pagerank", "--measure", "degree")
    ranks = [row["pagerank_rank"] for row in rows]
    assert ranks == sorted(ranks)


def test_only_the_first_so_many(mine: tuple[str | Path, ...]) -> None:
    assert len(as_json("centrality", *mine, "--measure", "degree", "--top", "2")) == 2


def test_a_network_from_standard_input() -> None:
    printed = output("centrality", "-", "--measure", "degree", "--format", "csv", given=TIES)
    assert "x:b" in printed


def test_a_table_for_people_has_ranks_and_short_numbers(mine: tuple[str | Path, ...]) -> None:
    lines = output("centrality", *mine, "--measure", "degree", "--top", "1").splitlines()
    assert lines[0].split() == ["rank", "label", "degree"]
    assert lines[2].split() == ["1", "x:b", "0.6000"]


def test_the_network_of_a_day(mine: tuple[str | Path, ...]) -> None:
    arguments = ("centrality", *mine, "--measure", "strength", "--top", "1", "--at")
    assert as_json(*arguments, "2015-06-01")[0]["strength"] == 3
    assert as_json(*arguments, "2020-06-01")[0]["strength"] == 2
    assert as_json(*arguments, "2020-06-01", "--undated")[0]["strength"] == 3


def test_a_layer_and_a_method() -> None:
    money = ("centrality", "money", "--measure", "strength", "--top", "1")
    euros = as_json(*money, "--layer", "EUR budget")
    assert euros[0]["strength"] > 1_000_000
    assert "EUR" in fails(2, "centrality", "money", "--layer", "shells")
    assert "newman" in fails(2, "centrality", "--method", "magic", "--measure", "degree")


def test_a_projection_says_its_method() -> None:
    done = run("centrality", "--measure", "strength", "--top", "1", "--format", "csv")
    assert "Projected by newman: each shared node counts 1 / (n - 1)" in done.stderr
    done = run("centrality", "--method", "count", "--measure", "strength", "--format", "csv")
    assert "Projected by count: each shared node counts 1" in done.stderr


def test_ranks_with_and_without_each_large_list() -> None:
    arguments = ("rankings", "memberships", "--measure", "degree", "--top", "3", "--lists", "4")
    rows = as_json(*arguments)
    assert rows[0]["rank"] == 1
    assert len([name for name in rows[0] if name.startswith("without ")]) == 4
    assert rows[0].keys() >= {"without node organisation/moin", "without node organisation/taftie"}
    told = run(*arguments, "--format", "csv").stderr
    assert "members: 12 of more than 100" in told and "how much of it is held, is not known" in told


def test_layers_apart_stand_beside_the_ranks() -> None:
    rows = as_json("rankings", "shared-missions", "--top", "1", "--lists", "0")
    assert [*rows[0]] == ["node", "label", "rank", "with layer city-contract"]


def test_what_is_left_out_is_told(mine: tuple[str | Path, ...]) -> None:
    done = run("centrality", *mine, "--measure", "degree", "--format", "csv")
    assert done.stderr.splitlines() == [
        "1 row left out: a strength that is not a number above 0",
        "4 statements, of them 2 undated (kept)",
    ]


def test_rows_go_to_a_file_by_its_name(mine: tuple[str | Path, ...], tmp_path: Path) -> None:
    for name in ("ranks.csv", "ranks.json", "ranks.parquet"):
        assert output("centrality", *mine, "--measure", "degree", "-o", tmp_path / name) == ""
    table = pl.read_parquet(tmp_path / "ranks.parquet")
    assert table.to_dicts() == json.loads((tmp_path / "ranks.json").read_text("utf-8"))
    with (tmp_path / "ranks.csv").open(encoding="utf-8", newline="") as file:
        assert [row["node"] for row in csv.DictReader(file)] == table["node"].to_list()


def test_a_file_that_names_no_format_needs_one(
    mine: tuple[str | Path, ...], tmp_path: Path
) -> None:
    assert "--format" in fails(2, "centrality", *mine, "-o", tmp_path / "ranks.txt")


def test_parquet_on_standard_output(mine: tuple[str | Path, ...]) -> None:
    done = run("centrality", *mine, "--measure", "degree", "--format", "parquet")
    assert len(pl.read_parquet(io.BytesIO(done.stdout_bytes))) == 6


def test_how_sure_a_rank_is_and_which_source_it_rests_on(mine: tuple[str | Path, ...]) -> None:
    rows = as_json("centrality", *mine, "--measure", "degree", "--sure", "sources")
    row = next(row for row in rows if row["node"] == "x:c")
    assert (row["degree_best"], row["degree_worst"]) == (2, 3)
    assert row["degree_cause"] == "x:g/two"
    done = run("centrality", *mine, "--measure", "degree", "--sure", "sources")
    assert "2-3" in done.stdout and "two" in done.stdout and "source left out" in done.stderr


def test_resampling_is_the_same_for_the_same_seed(mine: tuple[str | Path, ...]) -> None:
    arguments = ("--measure", "degree", "--sure", "resampling", "--runs", "20", "--seed", "7")
    assert as_json("centrality", *mine, *arguments) == as_json("centrality", *mine, *arguments)


def test_scores_against_chance(mine: tuple[str | Path, ...]) -> None:
    arguments = ("--measure", "pagerank", "--chance", "--runs", "10")
    rows = as_json("centrality", *mine, *arguments)
    assert any(isinstance(row["pagerank_z"], float) for row in rows)


def test_an_unknown_measure_is_told_near_ones() -> None:
    assert "betweenness" in fails(2, "centrality", "--measure", "betweeness")


def test_a_day_that_is_none_is_bad_input() -> None:
    assert "2022-06-30" in fails(2, "centrality", "--at", "yesterday")


# --- communities and brokers


def test_communities_have_a_row_each_for_people_and_one_to_a_node_for_machines(
    mine: tuple[str | Path, ...],
) -> None:
    done = run("communities", *mine)
    assert done.exit_code == 0 and "foremost" in done.stdout
    assert "Modularity" in done.stderr and "10 runs agree" in done.stderr
    groups = {row["node"]: row["community"] for row in as_json("communities", *mine)}
    assert groups["x:y"] == groups["x:z"] != groups["x:a"]


def test_brokers_stand_between_kinds_or_countries() -> None:
    arguments = ("brokers", "shared-missions", "--top", "3")
    kinds = as_json(*arguments, "--role", "liaison")
    assert [row["liaison"] for row in kinds] == sorted(
        (row["liaison"] for row in kinds), reverse=True
    )
    done = run(*arguments, "--by", "country")
    assert "coordinator" in done.stdout and "country unknown" in done.stderr


def test_a_network_is_described_by_its_figures(mine: tuple[str | Path, ...]) -> None:
    values = {row["name"]: row["value"] for row in as_json("statistics", *mine)}
    assert (values["nodes"], values["ties"], values["components"]) == (6, 4, 2)
    assert values["density"] == pytest.approx(4 / 15) and values["triad 201"] == 3
    assert "share of all possible ones" in run("statistics", *mine).stdout


def test_figures_are_compared_with_random_networks() -> None:
    arguments = ("statistics", "partnerships", "--chance", "--runs", "5")
    rows = {row["name"]: row for row in as_json(*arguments, "--by", "country")}
    assert rows["transitivity"]["low"] <= rows["transitivity"]["high"]
    assert "assortativity by country" in rows
    assert "--by needs --chance" in fails(2, "statistics", "partnerships", "--by", "kind")


# --- tests against chance


def test_a_backbone_lists_ties_with_their_chance_the_least_first() -> None:
    arguments = ("backbone", "shared-missions", "--by", "sdsm", "--level", "0.001")
    rows = as_json(*arguments)
    chances = [row["chance"] for row in rows]
    assert rows and chances == sorted(chances) and chances[-1] < 0.001
    assert len(as_json(*arguments, "--fdr")) < len(rows)
    assert "ties have a chance below 0.001 by sdsm" in run(*arguments).stderr


def test_only_a_projection_is_compared_with_random_affiliations() -> None:
    assert "not a projection" in fails(2, "backbone", "funding", "--by", "fdsm")


def test_networks_are_compared_one_by_one_or_all_at_once() -> None:
    arguments = ("compare", "shared-missions", "partnerships", "--runs", "20")
    (row,) = as_json(*arguments)
    assert row["network"] == "partnerships" and 0 < row["p"] <= 1
    named = [row["predictor"] for row in as_json(*arguments, "--regress", "--by", "steps")]
    assert named == ["intercept", "partnerships"]


def test_the_documents_on_which_a_rank_depends(mine: tuple[str | Path, ...]) -> None:
    done = run("dethrone", "shared-missions", "--limit", "500")
    assert "falls from rank 1 to" in done.stderr and "document" in done.stdout
    rows = as_json("dethrone", "shared-missions", "--limit", "500")
    assert rows and all(row["graph"] and row["source"] and row["target"] for row in rows)
    assert "no withdrawal takes x:b out of the first 1" in run("dethrone", *mine).stderr


# --- paths


def test_a_path_is_found_by_label_or_by_the_end_of_an_iri() -> None:
    rows = as_json("path", "organisations-missions", "city of turin", "vinnova")
    assert rows[0]["label"] == "City of Turin" and rows[-1]["label"] == "Vinnova"
    assert [row["step"] for row in rows] == list(range(len(rows)))


def test_where_no_path_leads_the_answer_is_no(mine: tuple[str | Path, ...]) -> None:
    assert "No path leads from x:a to x:z" in fails(1, "path", *mine, "x:a", "x:z")


def test_a_name_that_is_misspelt_is_told_near_ones() -> None:
    assert "Vinnova" in fails(2, "path", "organisations-missions", "City of Turin", "Vinova")


def test_who_is_around_somebody_the_strongest_first(mine: tuple[str | Path, ...]) -> None:
    rows = as_json("ego", *mine, "x:b")
    assert [(row["node"], row["strength"]) for row in rows] == [
        ("x:c", 2), ("x:a", 1), ("x:d", 1),
    ]  # fmt: skip
    wide = as_json("ego", *mine, "x:a", "--radius", "2")
    assert [(row["node"], row["strength"]) for row in wide] == [
        ("x:b", 1), ("x:c", None), ("x:d", None),
    ]  # fmt: skip


# --- export and plot


def test_a_network_is_exported_with_scores_and_groups(tmp_path: Path) -> None:
    path = tmp_path / "funding.graphml"
    output("export", "--network", "funding", "--measure", "degree", "--group", "kind", "-o", path)
    node = dict(nx.read_graphml(path).nodes(data=True))[
        "https://w3id.org/missiongraph/id/organisation/european-commission"
    ]
    assert node["label"] == "European Commission" and node["degree"] > 0 and node["kind"]


def test_a_network_on_standard_output() -> None:
    printed = output("export", "--network", "money", "--format", "csv")
    assert printed.startswith("source,target,strength,weight\n")
    assert "<graphml" in output("export", "--network", "money")


def test_ties_come_and_go_where_it_is_asked_for(
    mine: tuple[str | Path, ...], tmp_path: Path
) -> None:
    path = tmp_path / "mine.gexf"
    output("export", "--network", *mine, "--dynamic", "-o", path)
    spells = ElementTree.parse(path).getroot().iter("{http://gexf.net/1.3}spell")
    assert [spell.attrib for spell in spells] == [
        {"start": "2015-01-01", "end": "2016-12-31"}, {"start": "2015-01-01"},
    ]  # fmt: skip


def test_a_format_of_networks_needs_a_network() -> None:
    assert "--network" in fails(2, "export", "--format", "gexf")
    assert "graphml" in fails(2, "export", "--network", "money", "--format", "nq")
    assert "--network" in fails(2, "export", "--at", "2020-01-01")
    assert "--network" in fails(2, "export", "--measure", "degree")


@pytest.mark.parametrize("name", ["funding.svg", "funding.png"])
def test_a_picture_of_a_network(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    output("plot", "funding", "--colour", "kind", "--at", "2022-06-30", "-o", path)
    start = path.read_bytes()[:9]
    assert start.startswith(b"<svg") or start.startswith(b"\x89PNG")


def test_a_picture_says_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "money.svg"
    output("plot", "money", "--layer", "EUR budget", "--at", "2022-06-30", "-o", path)
    text = path.read_text("utf-8")
    assert "Who gives whom how much money?" in text
    assert "at 2022-06-30" in text and "layer: EUR budget" in text and "size: degree" in text


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert ".svg" in fails(2, "plot", "money", "-o", tmp_path / "money.bmp")
    assert not list(tmp_path.iterdir())
