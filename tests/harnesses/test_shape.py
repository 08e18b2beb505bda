"""Whose a transcript is, told by what stands in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.harnesses import HARNESSES, sniff
from tests.harnesses.layouts import fixture
from tests.harnesses.test_events import FILES


@pytest.mark.parametrize(("harness", "name"), FILES, ids=[name for _, name in FILES])
def test_each_fixture_is_recognised(harness: str, name: str) -> None:
    expected = "hermes" if name == "hermes-exports.jsonl" else harness
    assert sniff(b"\n".join(fixture(name))[-60_000:]) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", None),
        (b"just words\n", None),
        (b"{}\n", None),
        (b'{"a": 1}\n', None),
        (b"[1, 2]", None),
        (b"\x28\xb5\x2f\xfd\x00", "codex"),
        (b"SQLite format 3\0" + b" " * 80 + b"CREATE TABLE messages", "hermes"),
        (b"SQLite format 3\0" + b" " * 80 + b"CREATE TABLE transcript_events", "openclaw"),
        (b"SQLite format 3\0", None),
        (b'{\n  "sessionId": "x",\n  "messages": [\n', "gemini"),
        (b'{\n  "history": [\n    {"role":"user","parts":[]},\n', "gemini"),
        (b'{"sessionId":"x","projectHash":"y","messages":[{"type":"user","cont', "gemini"),
        (b'{\n  "session_id": "x",\n  "session_start": "2026', "hermes"),
        (b'{"schema_version":"ATIF-v1.7","steps":[', "hermes"),
        (b'not json\n{"role":"user","content":"x"}\n', "generic"),
        (b'{"kind":"user","text":"x"}\n', "generic"),
        # What is called Gemini's or Codex's can be written in the shape of Claude Code.
        (b'{"sessionId":"x","agent":"gemini","type":"user","message":{"role":"user","content":"x"}}\n', "claude-code"),
    ],
)
def test_a_head_is_enough(head: bytes, expected: str | None) -> None:
    assert sniff(head) == expected


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.text(max_size=9) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "role",
                        "payload",
                        "message",
                        "id",
                        "messages",
                        "kind",
                        "content",
                        "history",
                        "parentId",
                        "$set",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_looked_at_without_a_failure(head: bytes) -> None:
    assert sniff(head) in (None, *HARNESSES)
    assert sniff(b'{"type":' + head) in (None, *HARNESSES)
    for name in HARNESSES:
        list(HARNESSES[name].events([(1, head), (2, head)]))
