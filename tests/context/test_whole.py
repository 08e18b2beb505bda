"""Every sample session, the whole way: imported, branched, compressed to a third with its pins, sent to both APIs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from kit.context import compress, installed, new, options, piece, span
from kit.context.compile import compile_entries
from kit.errors import InvalidInput, NotFound
from kit.harnesses import HARNESSES, source_of
from kit.sessions import mirror
from kit.store.author import Author
from kit.workflows import import_session
from tests.context import people
from tests.context.rules import RULES
from tests.context.test_samples import ALL, SAMPLES
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.context.people import Writer

pytestmark = pytest.mark.skipif(SAMPLES is None, reason="the sample sessions are not beside this repository")
#: Those that hold nothing to be imported (metadata and usage alone), and one that is no session.
SILENT = {
    "agent-sessions_codex_050_legacy.jsonl",
    "agent-sessions_codex_051_usage.jsonl",
    "agent-sessions_codex_052_raw.jsonl",
    "ccusage-apps_ccusage_test_fixtures_codex_sessions_project-alpha_session-alpha.jsonl",
    "codex-session-view-public_demos_example-session-metadata.jsonl",
    "entire-29eb990e-c773-4302-a4e7-317f0af0001f.json",
    "gemini-cli-packages_sdk_test-data_agent-resume-session.json",
}
#: The fewest tokens that a fold takes: where what stays in place leaves less of a third, there is no room for one.
LEAST = piece.FRAME + 4


def imported(ana: Writer, path: Path, thread: str) -> None:
    """Mirrors a sample and imports it into a thread, with a rule that is pinned. Raises NotFound when it is silent."""
    source = source_of(path)
    settings = mirror.Settings(10_000_000, 500_000_000)
    author = Author("ana", "one", people.START)
    mirror.mirror(mirror.Job(ana.store, HARNESSES[source.harness], source, author, lambda: ana.redactor, settings))
    ana.begin(thread)
    ana.add("Never push to main.", "system", on=thread)
    import_session.import_session(
        ana.store, thread, f"{source.harness}/{source.session}", author=ana.author, random=people.digits,
        redactor=ana.redactor,
    )  # fmt: skip


def made(ana: Writer, on: str, shape: str) -> Any:
    return compile_entries(ana.state(on).entries, options.Options(format=shape, counter=installed.best()))


def costs(ana: Writer, on: str) -> dict[str, int]:
    """Returns what each entry that is sent takes, with its frame."""
    sent = made(ana, on, "json").account["entries"]
    return {each["id"]: each["tokens"] + piece.FRAME for each in sent}


def summary(told: str, target: int) -> str:
    """Returns what was told in at most so many tokens."""
    words = re.findall(r"\w+", told[:20_000]) or ["nothing"]
    while len(words) > 1 and compress.count(" ".join(words)).count > target:
        words = words[: max(1, len(words) * 3 // 4)]
    return " ".join(words)


@pytest.mark.parametrize("harness", sorted({path.parent.name for path in ALL}))
def test_the_samples_go_the_whole_way(repo: Path, harness: str) -> None:
    ana = people.writer(repo)
    for number, path in enumerate(each for each in ALL if each.parent.name == harness):
        try:
            imported(ana, path, f"t{number}")
        except (NotFound, InvalidInput):
            assert path.name in SILENT
            continue
        assert path.name not in SILENT
        is_a_third = goes_the_whole_way(ana, f"t{number}", f"short{number}")
        # Whatever is longer than a few lines comes down to a third.
        assert is_a_third or sum(costs(ana, f"t{number}").values()) < 100, path.name
    assert git(repo, "fsck", "--strict", "--no-dangling") == ""
    ana.store.objects.close()


def goes_the_whole_way(ana: Writer, thread: str, short: str) -> bool:
    """Pins what was said in the fewest tokens, folds the rest of a branch; returns whether that came to a third."""
    before = costs(ana, thread)
    said = [each for each in ana.state(thread).entries if each.kind == "dialogue" and each.id in before]
    pinned = min(said, key=lambda each: before[each.id], default=None)
    if pinned:
        ana.annotate(pinned.id, priority="pinned", on=thread)
    new.branch(ana.store, short, thread, author=ana.author, redactor=ana.redactor)
    stood = {shape: made(ana, thread, shape).data for shape in RULES}
    state = ana.state(short)
    part = span.span(state)
    stays = {*part.pinned, *part.halves}
    assert not pinned or pinned.id in stays
    left = sum(before.values()) // 3 - sum(cost for name, cost in before.items() if name in stays)
    text = summary(" ".join(each.text for each in part.told), max(left - piece.FRAME, 1))
    compress.fold(ana.store, state, part, text, author=ana.author, random=people.digits, redactor=ana.redactor)
    for shape, wrong in RULES.items():
        done = made(ana, short, shape)
        assert wrong(json.loads(done.data)) == []
        assert wrong(json.loads(stood[shape])) == []
        assert set(part.pinned) <= {each["id"] for each in done.account["entries"]}
        assert not pinned or json.dumps(pinned.text.strip(), ensure_ascii=False)[1:-1] in done.data.decode()
        # The thread that it was branched from is sent what it was sent.
        assert made(ana, thread, shape).data == stood[shape]
    assert {each.id for each in ana.state(thread).entries} <= {each.id for each in ana.state(short).entries}
    is_a_third = 3 * sum(costs(ana, short).values()) <= sum(before.values())
    assert is_a_third or left < LEAST
    return is_a_third
