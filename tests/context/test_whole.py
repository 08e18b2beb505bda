"""The sample sessions, the whole way: imported, branched, compressed to a third with their pins, sent to both APIs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from kit.context import compress, options, span
from kit.context.compile import compile_entries
from kit.harnesses import HARNESSES, source_of
from kit.sessions import mirror
from kit.store.author import Author
from kit.workflows import import_session
from tests.context import people
from tests.context.rules import RULES
from tests.context.test_samples import ALL, SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.context.people import Writer

pytestmark = pytest.mark.skipif(SAMPLES is None, reason="the sample sessions are not beside this repository")
#: One of each harness: all of them are compiled in test_samples.py.
EACH = list({path.parent.name: path for path in ALL}.values())


def imported(repo: Path, path: Path) -> Writer:
    """Mirrors a sample and imports it into a thread `t`, with a rule that is pinned."""
    ana = people.writer(repo)
    source = source_of(path)
    settings = mirror.Settings(10_000_000, 500_000_000)
    author = Author("ana", "one", people.START)
    job = mirror.Job(ana.store, HARNESSES[source.harness], source, author, lambda: ana.redactor, settings)
    mirror.mirror(job)
    ana.begin()
    ana.add("Never push to main.", "system")
    import_session.import_session(
        ana.store, "t", f"{source.harness}/{source.session}", author=ana.author, random=people.digits,
        redactor=ana.redactor,
    )  # fmt: skip
    return ana


def made(ana: Writer, on: str, shape: str) -> Any:
    return compile_entries(ana.state(on).entries, options.Options(format=shape))


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.parent.name)
def test_a_sample_goes_the_whole_way(repo: Path, path: Path) -> None:
    ana = imported(repo, path)
    pinned = next((each.id for each in ana.state().entries if each.role == "assistant" and not each.call), "")
    if pinned:
        ana.annotate(pinned, priority="pinned")
    people.new.branch(ana.store, "short", "t", author=ana.author, redactor=ana.redactor)
    whole = made(ana, "short", "json").account["tokens"]["total"]
    state = ana.state("short")
    part = span.span(state)
    kept = sum(each.tokens.count for each in state.entries if each.id in part.pinned and each.tokens)
    summary = "What was done: " + " ".join(re.findall(r"\w+", " ".join(each.text for each in part.told)[:20_000]))
    target = max(20, whole // 3 - kept - 50)
    summary = summary[: 2 * target]
    compress.fold(
        ana.store, state, part, summary, author=ana.author, random=people.digits, redactor=ana.redactor, target=target
    )  # fmt: skip
    for shape, wrong in RULES.items():
        done = made(ana, "short", shape)
        assert wrong(json.loads(done.data)) == []
        names = [each["id"] for each in done.account["entries"]]
        assert set(part.pinned) <= set(names)
        assert (pinned in names) or not pinned
        if kept < whole // 4 and whole > 500:
            assert done.account["tokens"]["total"] <= whole / 3
        assert wrong(json.loads(made(ana, "t", shape).data)) == []
    # The one it was branched from says what it said, and the folded entries stand where they stood.
    assert made(ana, "t", "json").account["tokens"]["total"] == whole
    assert {each.id for each in ana.state().entries} <= {each.id for each in ana.state("short").entries}
