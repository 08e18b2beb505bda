"""The sample sessions, where they lie beside the repository, are accepted by both APIs whole and within a budget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.context.compile import compile_entries
from kit.context.entry import Entry
from kit.context.options import STRATEGIES, Options
from kit.errors import InvalidInput
from kit.harnesses import HARNESSES, event, source_of
from tests.context.histories import name
from tests.context.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.harnesses.event import Event

SAMPLES = next(
    (each / "shared/sessions" for each in Path(__file__).parents if (each / "shared/sessions").is_dir()), None
)
pytestmark = pytest.mark.skipif(SAMPLES is None, reason="the sample sessions are not beside this repository")
ALL = sorted(path for path in SAMPLES.glob("*/*") if path.is_file()) if SAMPLES else []
ROLES = {
    event.USER: ("user", "dialogue"),
    event.ASSISTANT: ("assistant", "dialogue"),
    event.THINKING: ("assistant", "reasoning"),
    event.CALL: ("assistant", "tool-io"),
    event.RESULT: ("tool", "tool-io"),
    event.COMPACTION: ("user", "session"),
}


def events(path: Path) -> Iterator[Event]:
    source = source_of(path)
    harness, cursor = HARNESSES[source.harness], ""
    records: list[bytes] = []
    while True:
        chunk = harness.read(source, cursor, limit=1 << 20)
        records += chunk.records
        cursor = chunk.cursor
        if chunk.is_end:
            return harness.events(enumerate(records, 1))


def entries(path: Path) -> list[Entry]:
    found: list[Entry] = []
    for each in events(path):
        if each.kind in ROLES and each.is_active:
            role, kind = ROLES[each.kind]
            given = each.input if isinstance(each.input, str) else json.dumps(dict(each.input))
            at = len(found)
            text = given if each.kind == event.CALL else each.text
            found.append(Entry(name(at), float(at), role, kind, text, call=each.call, tool=each.tool))
    return found


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name[:60])
def test_a_sample_session_is_accepted_by_both_apis(path: Path) -> None:
    try:
        thread = entries(path)
    except InvalidInput:
        pytest.skip("no session")
    for form, rules in RULES.items():
        for strategy in STRATEGIES:
            made = compile_entries(thread, Options(format=form, strategy=strategy))
            assert rules(json.loads(made.data)) == []
            budget = made.account["tokens"]["total"] // 3
            if budget:
                within = compile_entries(thread, Options(format=form, strategy=strategy, budget=budget))
                assert rules(json.loads(within.data)) == []
                assert within.account["tokens"]["total"] <= budget
