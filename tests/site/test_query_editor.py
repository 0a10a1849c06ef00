"""The query page without a browser: what the editor is told, and texts for use elsewhere."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from html import unescape

import pytest
from flask.testing import FlaskClient

from missiongraph.namespaces import PREFIXES

BROWSER = {"Accept": "text/html"}
AWKWARD = """\
SELECT ?a {
  VALUES ?a { "it's $HOME `x` \\\\d" }
}"""
QUOTED = 'SELECT ("""a""" AS ?a) {}'


def asked(client: FlaskClient, query: str) -> str:
    return client.get("/query", query_string={"query": query}, headers=BROWSER).text


def snippet(client: FlaskClient, query: str, label: str) -> str:
    found = re.search(f'aria-label="{label}"[^>]*><code>(.*?)</code>', asked(client, query), re.S)
    assert found
    return unescape(found[1])


def test_the_editor_is_told_terms_and_prefixes(client: FlaskClient) -> None:
    reply = client.get("/terms.json")
    told = json.loads(reply.data)
    terms = {term["name"]: term for term in told["terms"]}
    assert told["prefixes"] == PREFIXES and reply.cache_control.max_age
    assert terms["moi:Mission"]["kind"] == "class" and terms["moi:Mission"]["says"]
    assert terms["moi:hasField"]["label"] == "has field"


def test_it_is_told_of_borrowed_terms_that_the_library_asks_for(client: FlaskClient) -> None:
    kinds = {
        term["name"]: term["kind"] for term in json.loads(client.get("/terms.json").data)["terms"]
    }
    assert kinds["rdfs:label"] == "property" and kinds["org:Membership"] == "class"
    assert kinds["xsd:date"] == "datatype" and "mission:us" not in kinds


@pytest.mark.parametrize("query", [AWKWARD, QUOTED])
def test_python_reads_the_query_as_it_is(client: FlaskClient, query: str) -> None:
    tree = ast.parse(snippet(client, query, "In Python"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert query in [text.strip() for text in texts if isinstance(text, str)]


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
@pytest.mark.parametrize("query", [AWKWARD, QUOTED])
def test_a_shell_reads_the_query_as_it_is(client: FlaskClient, query: str) -> None:
    script = "curl() { cat; }\n" + snippet(client, query, "With curl")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == query


def test_lines_of_forms_are_lines(client: FlaskClient) -> None:
    assert "SELECT ?a {\n" in asked(client, AWKWARD.replace("\n", "\r\n"))


def test_an_altered_query_of_the_library_is_drawn_as_before(client: FlaskClient) -> None:
    query = 'SELECT ?a ?b ?c { VALUES (?a ?b ?c) { ("x" 1 2) ("y" 3 4) } }'
    assert '<figure class="picture">' not in asked(client, query)
    assert '<figure class="picture">' in asked(client, f"# Which?\n# chart: bar\n{query}")


def test_a_problem_says_line_and_column(client: FlaskClient) -> None:
    reply = client.get("/sparql", query_string={"query": "SELECT ?s {\n  ?s ?p }"})
    told = json.loads(reply.data)
    assert (told["line"], told["column"]) == (2, 10)


def test_a_problem_without_a_place_has_none(client: FlaskClient) -> None:
    page = client.get("/nowhere", headers=BROWSER).text
    assert "data-line" not in page and "<script" not in page


def test_the_page_of_a_fault_shows_its_place(client: FlaskClient) -> None:
    page = asked(client, "SELECT ?s {\n  ?s ?p }")
    assert 'data-line="2" data-column="10"' in page and f"\n{' ' * 9}▲" in page
