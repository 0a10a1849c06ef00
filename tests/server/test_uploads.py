"""Forms whose data go into a file: parts of every order and size, and what is no form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph import open as open_graph
from missiongraph.server import create_app
from missiongraph.server.api.uploads import received
from missiongraph.server.settings import Settings
from missiongraph.server.state.context import context

KIND = "multipart/form-data; boundary=part"
MOST = {"format": 20, "mapping": 100}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("uploads")
    data = folder / "small.ttl"
    data.write_text("<x:a> <x:b> <x:c> .", "utf-8")
    made = create_app(open_graph(data), Settings(work_folder=str(folder), body_megabytes=1))
    yield made
    with made.app_context():
        context().jobs.close()


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    called = "" if filename is None else f'; filename="{filename}"'
    return f'--part\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'.encode() + (
        value + b"\r\n"
    )


def read(app: Flask, *parts: bytes) -> tuple[dict[str, str], str | None]:
    """The short fields and the data of a form; no data if they are blank."""
    body = b"".join(parts) + b"--part--\r\n"
    with app.test_request_context("/", method="POST", data=body, content_type=KIND):
        with received("data", MOST) as form:
            path = form.upload and context().jobs.tickets.upload(form.upload)
            kept = Path(path).read_bytes().decode() if path else None
        if form.upload:
            context().jobs.tickets.remove_upload(form.upload)
        return dict(form.fields), kept


def left(app: Flask) -> list[str]:
    with app.app_context():
        return [path.name for path in context().jobs.tickets.folder.path.glob("*.upload*")]


NONE = part("data-file", b"", "")  # what browsers send when no file was chosen
TEXT, FILE = part("data", b"text"), part("data-file", b"file", "a.ttl")


@pytest.mark.parametrize(
    ("parts", "data"),
    [
        ([TEXT], "text"),
        ([FILE], "file"),
        ([NONE, TEXT], "text"),
        ([TEXT, NONE], "text"),
        ([FILE, TEXT], "file"),
        ([TEXT, FILE], "file"),
        ([part("data", b"much longer than a file"), FILE], "file"),
        ([part("data", b" \n"), NONE], None),
        ([], None),
        ([part("data", "\ufefftext".encode())], "text"),  # a byte order mark is no text
        ([part("data", b"a\r\nb\n--par\r\n")], "a\r\nb\n--par\r\n"),
    ],
)
def test_a_file_goes_before_text(app: Flask, parts: list[bytes], data: str | None) -> None:
    assert read(app, *parts) == ({}, data)
    assert not left(app)


def test_short_fields_come_as_text_or_file(app: Flask) -> None:
    sent = (part("format", b"csv"), part("mapping", b"m"), part("mapping-file", "é".encode(), "m"))
    assert read(app, *sent, TEXT, part("else", b"nothing")) == (
        {"format": "csv", "mapping": "é"},
        "text",
    )


@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=50), times=st.integers(1, 2000))
def test_data_of_any_size_arrive_as_they_are(app: Flask, text: str, times: int) -> None:
    sent = "<" + text * times + ">"
    assert read(app, part("data", sent.encode()))[1] == sent.removeprefix("\ufeff")


@pytest.mark.parametrize(
    ("body", "kind", "status", "says"),
    [
        (b"no boundary", KIND, 400, "not a form"),
        (TEXT, KIND, 400, "not a form"),  # cut before its last boundary
        (b"--part\r\n\r\nx\r\n--part--\r\n", KIND, 400, "not a form"),
        (TEXT + b"--part--\r\n", "multipart/form-data", 400, "not a form"),
        (b"", KIND, 400, ""),
        (part("data", "é".encode("latin-1")) + b"--part--\r\n", KIND, 400, "not UTF-8"),
        (FILE.replace(b"file\r", b"\xff\r") + b"--part--\r\n", KIND, 400, "a.ttl is not UTF-8"),
        (part("mapping", b"x" * 500_000) + b"--part--\r\n", KIND, 413, "mapping may have"),
        (part("x", b"") * 30 + b"--part--\r\n", KIND, 413, ""),
        (b"x" * 2_000_000, KIND, 413, ""),
        (b"data=", "application/x-www-form-urlencoded", 400, "Paste data"),
    ],
)
def test_what_is_no_form_is_refused_and_nothing_is_left(
    app: Flask, client: FlaskClient, body: bytes, kind: str, status: int, says: str
) -> None:
    reply = client.post("/validate", data=body, content_type=kind)
    assert reply.status_code == status and says in reply.text, reply.text
    assert not left(app)


def test_no_room_is_said_and_when_to_come_back(tmp_path: Path) -> None:
    data = tmp_path / "small.ttl"
    data.write_text("<x:a> <x:b> <x:c> .", "utf-8")
    tight = Settings(work_folder=str(tmp_path), work_megabytes=1)
    app = create_app(open_graph(data), tight)
    body = part("data", b"x" * 2_000_000) + b"--part--\r\n"
    reply = app.test_client().post("/validate", data=body, content_type=KIND)
    assert reply.status_code == 503 and reply.headers["Retry-After"]
    assert b"work_megabytes" in reply.data
