"""Real and published sample sessions, where they lie beside the repository: every known record is understood."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.errors import InvalidInput
from kit.harnesses import HARNESSES, source_of
from tests.harnesses.test_events import check

if TYPE_CHECKING:
    from kit.harnesses.event import Event

SAMPLES = next(
    (each / "shared/sessions" for each in Path(__file__).parents if (each / "shared/sessions").is_dir()), None
)
pytestmark = pytest.mark.skipif(SAMPLES is None, reason="the sample sessions are not beside this repository")
ALL = sorted(path for path in SAMPLES.glob("*/*") if path.is_file()) if SAMPLES else []
# Files of another harness's shape than their folder says, and one that is a test's list of answers, not a session.
STRANGERS = {
    "cass_codex_api_design.jsonl": "claude-code",
    "cass_gemini_debugging.jsonl": "claude-code",
    "gemini-cli-packages_sdk_test-data_agent-resume-session.json": None,
}
# Records that are no JSON object, or of no type: counted in the files by hand.
ODD = {
    "claude-code-log_edge_cases.jsonl": {"not-json": 3, "untyped": 1},
    "pi-mono-root-session.jsonl": {"not-json": 1},
    "polylogue_hermes_atif_nemo_relay_atif_v1.7_real_redacted.json": {"step/<redacted>": 5},
}
# What grep and jq say of the files: users' texts, calls, results, and messages of the model that tell their usage.
COUNTS = {
    "entire-2026-01-25-f736da47-b2ca-4f86-bb32-a1bbe582e464.jsonl": (4, 52, 52, 47),
    "entire-bc3bf53b-19fe-4209-b30a-a1acffaf6703.jsonl": (1, 10, 10, 5),
    "codex-session-view-.sample_session_rollout-2025-11-17T15-30-28-019a93b9-f380-7600-98ff-940e6b99603c.jsonl":
        (1, 39, 39, 39),
    "pi-mono-root-session.jsonl": (43, 190, 190, 213),
    "entire-2026-01-15-f7633853-6663-4dbb-bbf4-6159afa29df8.json": (1, 9, 9, 10),
    "agent-sessions_hermes_large.json": (1, 1, 1, 0),
    "agent-sessions_openclaw_large.jsonl": (1, 2, 2, 0),
}  # fmt: skip


def told(path: Path) -> tuple[str, list[Event]]:
    source = source_of(path)
    chunk = HARNESSES[source.harness].read(source, "", limit=1 << 30)
    return source.harness, list(HARNESSES[source.harness].events(enumerate(chunk.records, 1)))


@pytest.mark.parametrize("path", ALL, ids=lambda each: each.name)
def test_a_sample_is_recognised_and_wholly_understood(path: Path) -> None:
    expected = STRANGERS.get(path.name, path.parent.name)
    if expected is None:
        with pytest.raises(InvalidInput):
            source_of(path)
        return
    harness, events = told(path)
    assert harness == expected
    assert Counter(each.tool for each in events if each.kind == "other") == ODD.get(path.name, {})
    for event in events:
        check(event)


@pytest.mark.parametrize("name", COUNTS)
def test_what_is_told_of_a_sample_is_what_stands_in_it(name: str) -> None:
    (path,) = (each for each in ALL if each.name == name)
    kinds = Counter(each.kind for each in told(path)[1])
    assert (kinds["user"], kinds["tool-call"], kinds["tool-result"], kinds["usage"]) == COUNTS[name]


def test_usage_is_counted_once_a_message() -> None:
    (path,) = (each for each in ALL if each.name.startswith("entire-2026-01-25"))
    usage = [each for each in told(path)[1] if each.kind == "usage"]
    assert len({each.id for each in usage}) == len(usage)


def test_every_call_of_a_real_session_meets_its_result() -> None:
    for path in ALL:
        if path.name.startswith(("entire-", "codex-session-view-.s")) and path.suffix == ".jsonl":
            events = told(path)[1]
            calls = Counter(each.call for each in events if each.kind == "tool-call")
            results = Counter(each.call for each in events if each.kind == "tool-result")
            assert calls == results
            assert all(each.tool for each in events if each.kind == "tool-result")
