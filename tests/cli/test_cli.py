"""The command line: what each command prints, and how it fails."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
import rich_click as click
from click.testing import CliRunner
from support.asking import output, run

from missiongraph.server.cli.program import main
from missiongraph.sparql.library import queries
from missiongraph.validation.shapes import Report

ONE = "SELECT ?a ?b WHERE { VALUES (?a ?b) { (<x:a> 1) } }"


def fails(code: int, *arguments: str | Path, given: str = "") -> str:
    """The one line on stderr of a command that must fail with ``code``."""
    done = run(*arguments, given=given)
    assert done.exit_code == code, done.output
    assert done.stderr.startswith("missiongraph: ") and done.stderr.count("\n") == 1
    assert "Traceback" not in done.output
    return done.stderr


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "small.ttl"
    path.write_text("<x:a> <x:b> <x:c> .\n", "utf-8")
    return path


# --- help and errors


@pytest.mark.parametrize("path", [(), *commands()])
def test_every_command_has_help_with_an_example(path: tuple[str, ...]) -> None:
    assert "Example" in output(*path, "--help")


def test_the_help_documents_the_exit_codes() -> None:
    assert all(f"\n   {code} " in output("--help") for code in (0, 1, 2, 3, 130))


def test_an_unknown_command_is_bad_usage() -> None:
    assert "--help" in fails(2, "explode")


def test_an_unknown_option_is_bad_usage() -> None:
    assert "--help" in fails(2, "info", "--colour")


def test_a_fault_of_ours_is_one_line_and_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISSIONGRAPH_DEBUG", raising=False)
    monkeypatch.setattr("missiongraph.open", lambda _, **_options: 1 / 0)
    assert "ZeroDivisionError" in fails(3, "info")


@pytest.mark.parametrize("line", ["export --format nq", "info", "queries list --format csv"])
def test_a_reader_that_leaves_is_no_error(line: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code = "from missiongraph.server.cli.program import main; main()"
    command = [sys.executable, "-c", code, *line.split()]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [("query",), ("centrality",)])
def test_a_file_that_is_missing_or_no_text_is_named(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    path = tmp_path / "mine.rq"
    assert f"{path}: No such file" in fails(2, *arguments, path)
    path.write_bytes(b"SELECT \xff")
    assert f"{path}: not UTF-8" in fails(2, *arguments, path)


# --- query


def test_a_query_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "one.rq"
    path.write_text(ONE, "utf-8")
    assert "x:a" in output("query", path)


def test_a_query_from_standard_input() -> None:
    assert output("query", "-", "--format", "csv", given=ONE).split() == ["a,b", "x:a,1"]


@pytest.mark.parametrize("name", [entry.name for entry in queries()][:3])
def test_a_query_of_the_library(name: str) -> None:
    rows = list(csv.reader(io.StringIO(output("query", name, "--format", "csv"))))
    assert len(rows) > 1


def test_a_parameter_binds_a_term(tmp_path: Path) -> None:
    path = tmp_path / "given.rq"
    text = "# What was given?\n# parameter word: text = none\nSELECT ?word WHERE { }"
    path.write_text(text, "utf-8")
    printed = output("query", path, "--format", "json", "--param", 'word=a "b" } #')
    assert json.loads(printed)["results"]["bindings"][0]["word"]["value"] == 'a "b" } #'


def test_an_unknown_parameter_is_named(tmp_path: Path) -> None:
    assert "nothing" in fails(2, "query", "funded-posts", "--param", "nothing=1")
    fails(2, "query", "funded-posts", "--param", "nothing")


@pytest.mark.parametrize(
    ("format_", "start"),
    [("csv", "a,b"), ("tsv", "?a\t?b"), ("json", "{"), ("xml", "<?xml"), ("table", "a")],
)
def test_formats_of_a_table(format_: str, start: str) -> None:
    assert output("query", "-", "--format", format_, given=ONE).strip().startswith(start)


@pytest.mark.parametrize(
    ("format_", "parser"),
    [
        ("turtle", "turtle"),
        ("ntriples", "nt"),
        ("jsonld", "json-ld"),
        ("xml", "xml"),
        ("table", "turtle"),
    ],
)
def test_formats_of_a_graph(format_: str, parser: str) -> None:
    query = "CONSTRUCT { <http://x.test/a> <http://x.test/b> 1 } WHERE { }"
    printed = output("query", "-", "--format", format_, given=query)
    assert len(rdflib.Graph().parse(data=printed, format=parser)) == 1


def test_yes_and_no() -> None:
    assert output("query", "-", given="ASK { }") == "yes\n"
    assert output("query", "-", given="ASK { <x:a> <x:no> <x:b> }") == "no\n"


def test_a_query_over_another_file(data: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    assert output("query", "-", "--data", data, "--format", "csv", given=query).split() == [
        "n",
        "1",
    ]


def test_a_malformed_query_is_bad_input() -> None:
    fails(2, "query", "-", given="SELECT {")


def test_a_format_of_the_other_form_is_bad_input() -> None:
    assert "csv, tsv" in fails(2, "query", "-", "--format", "turtle", given=ONE)


def test_a_query_that_does_not_exist_is_bad_input() -> None:
    fails(2, "query", "no-such-question")
    fails(2, "query", "no-such-file.rq")


# --- queries


def test_queries_are_listed() -> None:
    printed = json.loads(output("queries", "list", "--format", "json"))
    assert [row["name"] for row in printed] == [entry.name for entry in queries()]
    assert "funded-posts" in output("queries", "list")


def test_a_query_is_shown() -> None:
    assert output("queries", "show", "funded-posts").startswith("# ")
    fails(2, "queries", "show", "no-such-question")


# --- build, export, info


def test_a_build_prints_the_hash_of_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "graph.nq"
    printed = output("build", "-o", path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in printed


@pytest.mark.parametrize(
    ("format_", "parser"),
    [("ttl", "turtle"), ("nt", "nt"), ("xml", "xml")],
)
def test_export_of_triples(tmp_path: Path, format_: str, parser: str) -> None:
    data = tmp_path / "small.nt"
    data.write_text("<http://x.test/a> <http://x.test/b> <http://x.test/c> .\n", "utf-8")
    printed = output("export", "--data", data, "--format", format_)
    assert len(rdflib.Graph().parse(data=printed, format=parser)) == 1


@pytest.mark.parametrize("format_", ["nq", "trig", "jsonld"])
def test_export_of_quads_keeps_graphs(tmp_path: Path, format_: str) -> None:
    data, out = tmp_path / "small.nq", tmp_path / f"out.{format_}.gz"
    data.write_text("<x:a> <x:b> <x:c> <x:g> .\n", "utf-8")
    output("export", "--data", data, "-o", out)
    assert b"x:g" in gzip.decompress(out.read_bytes())


def test_info_as_table_and_json() -> None:
    found = json.loads(output("info", "--format", "json"))
    assert found["statements"]["curated"] > 10_000 and found["fingerprint"] in output("info")


def test_data_that_are_no_rdf_are_bad_input(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("this is no Turtle", "utf-8")
    assert "broken.ttl" in fails(2, "info", "--data", broken)
    fails(2, "info", "--data", tmp_path / "missing.ttl")


# --- validate


def test_without_files_the_curated_graph_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report((), rdflib.Graph())
    monkeypatch.setattr("missiongraph.MissionGraph.validate", lambda _: report)
    assert output("validate").startswith("Conforms")


def test_a_violation_is_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttl"
    moi = "https://w3id.org/missiongraph/ontology#"
    bad.write_text(f"<https://w3id.org/missiongraph/id/mission/a> a <{moi}Mission> .", "utf-8")
    done = run("validate", bad)
    assert done.exit_code == 1 and "mission/a" in done.stdout
    assert json.loads(run("validate", bad, "--format", "json").stdout)["conforms"] is False
    report = rdflib.Graph().parse(data=run("validate", bad, "--format", "turtle").stdout)
    assert (None, rdflib.SH.conforms, rdflib.Literal(False)) in report


def test_what_cannot_be_checked_is_2(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("this is no Turtle", "utf-8")
    fails(2, "validate", broken)


# --- map


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "people.rq"
    path.write_text(
        "# column id thing person\n# column name text\n# column born date ?\n"
        "CONSTRUCT { ?id <x:name> ?name ; <x:born> ?born } WHERE {}",
        "utf-8",
    )
    return path


def test_a_table_is_mapped(tmp_path: Path, mapping: Path) -> None:
    table, out = tmp_path / "people.csv", tmp_path / "people.ttl"
    table.write_text("id,name,born\na,Ada,1815\nb,Bo,\n", "utf-8")
    output("map", table, mapping, "-o", out)
    assert len(rdflib.Graph().parse(out)) == 3


def test_a_bad_cell_is_named(tmp_path: Path, mapping: Path) -> None:
    table, out = tmp_path / "people.csv", tmp_path / "people.ttl"
    table.write_text("id,name,born\na,Ada,long ago\n", "utf-8")
    message = fails(2, "map", table, mapping, "-o", out)
    assert all(part in message for part in ("people.csv", "row 2", "born", "long ago"))
    assert not out.exists()


def test_an_empty_table_is_one_fault(tmp_path: Path, mapping: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_bytes(b"")
    assert "people.csv, row 1: is empty" in fails(2, "map", table, mapping, "-o", tmp_path / "a.nt")


# --- serve


def test_serve_takes_a_port_that_exists() -> None:
    fails(2, "serve", "--port", "70000")


def test_serve_refuses_a_setting_that_is_no_number(data: Path) -> None:
    environment = os.environ | {"MISSIONGRAPH_HTML_ROWS": "many"}
    done = CliRunner().invoke(main, ["serve", "--data", str(data)], env=environment)
    assert done.exit_code == 2 and "MISSIONGRAPH_HTML_ROWS" in done.stderr


def test_a_closed_output_is_an_error_in_the_command() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m missiongraph queries list >&-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "missiongraph: standard output is closed\n")


def test_an_encoding_that_lacks_letters_is_no_error() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    command = [sys.executable, "-m", "missiongraph", "query", "missions-by-country"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "?" in done.stdout and not done.stderr
