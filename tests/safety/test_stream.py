"""Streams of any length: nothing is lost or changed at the edges of what is read at once."""

from __future__ import annotations

import io
import json

import pytest

from kit import config
from kit.safety import stream
from kit.safety.redact import redactor
from tests.safety.samples import run

TOKEN = "ghp_" + run("alnum", 36, seed=1)
MARKER = "[REDACTED:github-personal-token]"
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "".join(run("base64plain", 64, seed=n) + "\n" for n in range(25))
KEY += "-----END RSA PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes pieces so small that a short text has many edges."""
    monkeypatch.setattr(stream, "_PIECE", 4000)
    monkeypatch.setattr(stream, "_AFTER", 2500)
    monkeypatch.setattr(stream, "_BEFORE", 200)
    monkeypatch.setattr(stream, "MAX_RECORD", 10_000)


def through(data: bytes, form: str) -> tuple[bytes, list[tuple[int, str]]]:
    file = io.BytesIO(data)
    head = stream.head_of(file)
    parts = list(stream.parts(head, file, redactor(config.defaults()), form=form))
    return b"".join(part.data for part in parts), [one for part in parts for one in part.found]


@pytest.mark.parametrize("shift", range(0, 4000, 371))
def test_a_secret_goes_whole_wherever_the_edge_of_a_piece_falls(shift: int) -> None:
    text = "x y\n" * (shift // 4) + f"a {TOKEN} b\n{KEY}\nlast é line\n" + "z\n" * 3000
    clean, found = through(text.encode(), stream.TEXT)
    assert clean.decode() == text.replace(TOKEN, MARKER).replace(KEY, "[REDACTED:private-key]")
    line = text[: text.index(TOKEN)].count("\n") + 1
    assert found == [(line, "github-personal-token"), (line + 1, "private-key")]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"x", b"\xff\xfe\x00 x\r\ny", "é".encode() * 9000, b"{}\n\n{}\n", b" \n" * 9000]
)
@pytest.mark.parametrize("form", [stream.TEXT, stream.JSONL])
def test_what_holds_no_secret_comes_out_byte_for_byte(data: bytes, form: str) -> None:
    assert through(data, form) == (data, [])


def test_records_keep_their_line_ends_and_findings_their_lines() -> None:
    lines = [json.dumps({"a": 1}), json.dumps({"a": TOKEN}), "", f"torn {TOKEN}"]
    clean, found = through("\r\n".join(lines).encode(), stream.JSONL)
    assert clean.decode() == "\r\n".join(lines).replace(TOKEN, MARKER)
    assert found == [(2, "github-personal-token"), (4, "github-personal-token")]


def test_a_record_that_is_too_long_is_read_as_text_and_the_next_as_a_record() -> None:
    long = json.dumps({"a": "word " * 8000 + TOKEN + " word" * 100, "api_key": run("alnum", 30, seed=3)})
    data = f"{long}\n" + json.dumps({"b": TOKEN}) + "\n"
    clean, found = through(data.encode(), stream.JSONL)
    assert [line for line, _ in found] == [1, 1, 2]
    first, second = clean.decode().splitlines()
    assert json.loads(second) == {"b": MARKER}
    assert json.loads(first)["api_key"] == "[REDACTED:key]"
    assert first.count(MARKER) == 1


def test_one_line_without_an_end_does_not_wait_for_one() -> None:
    data = b"x" * 300_000 + b" " + TOKEN.encode() + b" " + b"y" * 300_000
    assert through(data, stream.TEXT)[0] == data.replace(TOKEN.encode(), MARKER.encode())


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b'{"a": 1}\n', "jsonl"),
        (b'{"a": 1}', "jsonl"),
        (b"{\n", "text"),
        (b"# x\n", "text"),
        (b"", "text"),
        (b"[1]\n", "text"),
        (b'{"a": "' + b"x" * (1 << 16), "jsonl"),
    ],
)
def test_the_beginning_tells_the_form(head: bytes, form: str) -> None:
    assert stream.form_of(head) == form
