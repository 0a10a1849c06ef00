"""The seed: all that the news item of 27 June 2018 says is asked of the graph and found there.

Every question is put to the named graph of that one source, so an answer is also proof of
where it comes from.
"""

from __future__ import annotations

import pytest

from missiongraph import MissionGraph
from missiongraph.namespaces import PREFIXES
from missiongraph.sparql.results import Table

ITEM = (
    "https://www.ucl.ac.uk/bartlett/public-purpose/news/2018/jun/"
    "rockefeller-foundation-and-iipp-join-forces-transform-public-sector"
)
IIPP = "UCL Institute for Innovation and Public Purpose (IIPP)"
MOIN = "Mission-Oriented Innovation Network (MOIN)"


def told(graph: MissionGraph, select: str, pattern: str, around: str = "") -> set[tuple[str, ...]]:
    """Rows of what the news item says; names and labels may come from ``around`` it."""
    prefixes = "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items())
    said = f"?item foaf:page <{ITEM}> . ?graph prov:wasDerivedFrom ?item ."
    text = f"{prefixes} SELECT {select} {{ {said} GRAPH ?graph {{ {pattern} }} {around} }}"
    answer = graph.query(text)
    assert isinstance(answer, Table)
    return {tuple(map(str, row)) for row in answer.rows}


def test_a_foundation_and_a_university_institute_are_partners(graph: MissionGraph) -> None:
    pattern = "?partnership a moi:Partnership ; moi:hasPartner ?partner"
    around = "?partner rdfs:label ?name ; org:classification/skos:prefLabel ?kind"
    assert told(graph, "?name ?kind", pattern, around) == {
        ("Rockefeller Foundation", "Foundation"),
        (IIPP, "Research institute"),
    }


def test_the_institute_belongs_to_a_university(graph: MissionGraph) -> None:
    answer = graph.query(
        f"PREFIX org: <{PREFIXES['org']}> PREFIX id: <https://w3id.org/missiongraph/id/>"
        "ASK { <https://w3id.org/missiongraph/id/organisation/ucl-iipp>"
        " org:subOrganizationOf+ <https://w3id.org/missiongraph/id/organisation/ucl> }"
    )
    assert answer is True


def test_the_foundation_funds_two_posts_at_the_institute_to_work_with_a_network(
    graph: MissionGraph,
) -> None:
    pattern = """
        ?award moi:hasFunder ?payer ; moi:hasRecipient ?body ; moi:paysFor ?post, ?net .
        ?post a org:Post ; org:postIn ?body ; rdfs:label ?title . ?net a moi:Network"""
    around = "?payer rdfs:label ?funder . ?body rdfs:label ?at . ?net rdfs:label ?with"
    assert told(graph, "?funder ?title ?at ?with", pattern, around) == {
        ("Rockefeller Foundation", f"Senior Research Associate, {field}", IIPP, MOIN)
        for field in ("Public Value", "Digital Transformation")
    }


def test_the_award_and_the_network_aim_at_a_policy_toolkit(graph: MissionGraph) -> None:
    found = told(graph, "?aim", "?who moi:pursues ?goal . ?goal a moi:Goal ; rdfs:label ?aim")
    ((aim,),) = found
    assert "policy toolkit" in aim
    assert told(graph, "?who", "?who moi:pursues ?goal", "?who a moi:Network")


def test_the_network_admits_kinds_of_public_organisations(graph: MissionGraph) -> None:
    kinds = told(graph, "?kind", "?net moi:admits ?code", "?code skos:prefLabel ?kind")
    assert kinds == {("State investment bank",), ("Innovation agency",), ("Public agency",)}


@pytest.mark.parametrize(("property", "label"), [("hasScope", "Global"), ("hasTheme", "Learning")])
def test_the_network_is_global_and_for_learning(
    graph: MissionGraph, property: str, label: str
) -> None:
    pattern = f"?net a moi:Network ; moi:{property} ?code"
    assert told(graph, "?label", pattern, "?code skos:prefLabel ?label") == {(label,)}


def test_its_members_have_missions_in_specific_fields_to_achieve_concrete_goals(
    graph: MissionGraph,
) -> None:
    ((words,),) = told(graph, "?words", "?net dcterms:description ?words")
    assert "missions in specific fields to achieve concrete goals" in words
    assert "learn best practices" in words


def test_three_people_hold_their_posts_on_the_day(graph: MissionGraph) -> None:
    pattern = """
        ?membership org:member ?person ; org:organization ?body ; moi:roleLabel ?title ;
            moi:date ?day"""
    around = "?person foaf:name ?name . ?body rdfs:label ?at"
    assert told(graph, "?name ?title ?at ?day", pattern, around) == {
        ("Mariana Mazzucato", "Director", IIPP, "2018-06-27"),
        ("Rainer Kattel", "Deputy Director", IIPP, "2018-06-27"),
        ("Zia Khan", "Vice President, Innovation", "Rockefeller Foundation", "2018-06-27"),
    }


def test_digital_transformation_and_public_value_are_themes(graph: MissionGraph) -> None:
    for kind in ("moi:Partnership", "org:Post"):
        pattern = f"?thing a {kind} ; moi:hasTheme ?code"
        themes = told(graph, "?theme", pattern, "?code skos:prefLabel ?theme")
        assert themes == {("Digital transformation",), ("Public value",)}


def test_the_news_item_has_a_date_and_a_publisher(graph: MissionGraph) -> None:
    pattern = "?item dcterms:issued ?day ; dcterms:publisher ?body ; moi:hasKind ?code"
    around = "?body rdfs:label ?publisher . ?code skos:prefLabel ?kind"
    found = told(graph, "?day ?publisher ?kind", pattern, around)
    assert found == {("2018-06-27", IIPP, "News item")}
