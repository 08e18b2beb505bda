"""`kit context compile` and `verify` on real repositories: what is printed, kept, recorded and proved."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.context.rules import RULES
from tests.git import git
from tests.kit import kit, kit_process

if TYPE_CHECKING:
    from pathlib import Path

TALK = [
    {"role": "system", "text": "Be brief."},
    {"role": "user", "text": "Why does the parser fail?"},
    {"role": "assistant", "text": "I look.", "kind": "dialogue"},
    {"role": "assistant", "text": '{"path": "parser.py"}', "kind": "tool-io", "call": "call_1", "tool": "read"},
    {"role": "tool", "text": "def parse(): ...", "call": "call_1", "tool": "read"},
    {"role": "assistant", "text": "It reads before it looks. " * 20},
]


@pytest.fixture
def thread(repo: Path, tmp_path: Path) -> Path:
    """A repository with a thread of six entries."""
    lines = tmp_path / "talk.jsonl"
    lines.write_text("".join(json.dumps(each) + "\n" for each in TALK))
    assert kit(repo, "context", "new", "parser").code == 0
    assert kit(repo, "context", "add", "--jsonl", str(lines)).code == 0
    return repo


def ids(repo: Path) -> list[str]:
    return [each["id"] for each in kit(repo, "context", "show", "--json").json["entries"]]


@pytest.mark.parametrize("form", RULES)
def test_the_output_is_accepted_by_the_api_and_the_account_goes_beside_it(thread: Path, form: str) -> None:
    done = kit(thread, "context", "compile", "--format", form, "--tokens", "estimate")
    assert done.code == 0
    assert RULES[form](json.loads(done.out)) == []
    assert "6 entries" in done.err
    assert "6 by estimate" in done.err


def test_json_is_one_object_with_the_output_and_the_account(thread: Path) -> None:
    done = kit(thread, "context", "compile", "--format", "openai", "--json").json
    assert len(done["output"]["messages"]) == 5
    assert len(done["account"]["entries"]) == 6
    assert done["account"]["commit"] == git(thread, "rev-parse", "refs/kit/context/parser").strip()


def test_a_time_and_a_revision_compile_what_stood_there(thread: Path) -> None:
    kit(thread, "context", "add", "--text", "one more")
    assert "one more" in kit(thread, "context", "compile").out
    assert "one more" not in kit(thread, "context", "compile", "--at", "HEAD~1").out
    assert kit(thread, "context", "compile", "--at", "@2020-01-01").code == 4


def test_what_was_kept_gives_the_same_and_damage_costs_time_only(thread: Path) -> None:
    first = kit(thread, "context", "compile")
    (kept,) = [each for each in (thread / ".kit" / "context").iterdir() if len(each.name) == 64]
    assert kit(thread, "context", "compile").out == first.out
    whole = kept.read_bytes()
    for damaged in (b"", whole[:-9], whole.replace(b"brief", b"rude!"), b"\xff" * 99):
        kept.write_bytes(damaged)
        assert kit(thread, "context", "compile").out == first.out
        assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_stops_nothing_and_through_a_link_nothing_is_written(
    thread: Path, tmp_path: Path
) -> None:
    first = kit(thread, "context", "compile")
    cache = thread / ".kit" / "context"
    shutil.rmtree(cache)
    cache.write_text("a file")
    assert kit(thread, "context", "compile").out == first.out
    cache.unlink()
    cache.symlink_to(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert kit(thread, "context", "compile").code == 5
    assert sorted(tmp_path.iterdir()) == before


def test_a_budget_holds_and_one_below_the_pinned_is_refused_with_7(thread: Path) -> None:
    done = kit(thread, "context", "compile", "--budget", "60", "--json")
    assert done.json["account"]["tokens"]["total"] <= 60
    assert done.json["account"]["cut_by_reason"] == {"budget": 1}
    refused = kit(thread, "context", "compile", "--budget", "1", "--json")
    assert refused.code == 7
    assert refused.error["needed"] > 1


def test_an_order_from_a_file_is_warned_of_and_strict_exits_with_1(thread: Path, tmp_path: Path) -> None:
    names = ids(thread)
    order = tmp_path / "order"
    order.write_text(f"# the answer first\n{names[2]}\n\n{names[1]}\n")
    done = kit(thread, "context", "compile", "--order", str(order))
    assert done.code == 0
    assert "answer-before-question" in done.err
    assert done.out.index("I look.") < done.out.index("Why does")
    assert kit(thread, "context", "compile", "--order", str(order), "--strict").code == 1
    assert kit(thread, "context", "compile", "--strict").code == 0
    assert kit(thread, "context", "compile", "--order", str(tmp_path / "none")).code == 5


def test_what_was_recorded_is_proven_even_after_more_was_added(thread: Path) -> None:
    first = kit(thread, "context", "compile", "--format", "anthropic", "--record", "--json").json
    kit(thread, "context", "add", "--text", "one more")
    kit(thread, "context", "compile", "--budget", "60", "--record")
    proven = kit(thread, "context", "verify", first["record"], "--json")
    assert (proven.code, proven.json["records"][0]["answer"]) == (0, "proven")
    assert proven.json["records"][0]["digest"] == first["digest"]
    everything = kit(thread, "context", "verify", "--all", "--json").json
    assert [each["answer"] for each in everything["records"]] == ["proven", "proven"]
    assert kit(thread, "validate").code == 0


def test_recording_changes_nothing_of_what_is_compiled(thread: Path) -> None:
    first = kit(thread, "context", "compile", "--record").out
    assert kit(thread, "context", "compile").out == first


def test_a_record_that_says_something_else_is_disproved_and_says_what_differs(thread: Path) -> None:
    record = kit(thread, "context", "compile", "--record", "--json").json["record"]
    path = f"context/parser/compiled/{record}.json"
    text = git(thread, "show", f"refs/kit/context/parser:{path}")
    said = json.loads(text)
    name, digest, tokens, by, form = said["entries"][0].split()
    said["entries"][0] = f"{name} {'0' * 16} {tokens} {by} {form}"
    said["digest"] = "sha256:" + "0" * 64
    replace(thread, path, json.dumps(said))
    done = kit(thread, "context", "verify", record)
    assert done.code == 1
    assert f"differs {record}" in done.out
    assert f"{name} has another digest" in done.out
    assert digest not in done.out


def test_a_record_that_is_none_and_one_of_a_commit_that_is_gone_prove_nothing(thread: Path) -> None:
    record = kit(thread, "context", "compile", "--record", "--json").json["record"]
    path = f"context/parser/compiled/{record}.json"
    said = json.loads(git(thread, "show", f"refs/kit/context/parser:{path}"))
    replace(thread, path, json.dumps(said | {"commit": "1" * 40}))
    gone = kit(thread, "context", "verify", "--json")
    assert (gone.code, gone.json["records"][0]["answer"]) == (1, "unproven")
    replace(thread, path, "{}")
    broken = kit(thread, "context", "verify", "--all", "--json")
    assert (broken.code, len(broken.json["unread"])) == (1, 1)


def test_what_a_missing_tokenizer_has_counted_is_unproven(thread: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rs_bpe")
    assert kit(thread, "context", "compile", "--tokens", "rs-bpe", "--record").code == 0
    monkeypatch.setattr("kit.context.installed.find_spec", lambda _: None)
    done = kit(thread, "context", "verify", "--json")
    assert (done.code, done.json["records"][0]["answer"]) == (1, "unproven")
    refused = kit(thread, "context", "compile", "--tokens", "rs-bpe", "--budget", "500", "--json")
    assert (refused.code, refused.error["code"]) == (4, "no_tokenizer")


def test_verify_says_where_there_is_nothing_to_prove(thread: Path) -> None:
    assert kit(thread, "context", "verify").code == 4
    assert kit(thread, "context", "verify", "0193b5c1a2f0-5f1d9c2e").code == 4
    assert kit(thread, "context", "verify", "x", "--all").code == 2


def test_what_leaves_a_process_has_the_recorded_digest_whatever_the_locale(thread: Path) -> None:
    kit(thread, "context", "add", "--text", "na\u00efve \u4f60\u597d")
    told = kit(thread, "context", "compile", "--record", "--json").json
    done = kit_process(thread, "context", "compile", LC_ALL="C", PYTHONIOENCODING="ascii:replace")
    assert "sha256:" + hashlib.sha256(done.out.encode()).hexdigest() == told["digest"]


def replace(repo: Path, path: str, text: str) -> None:
    """Puts a file in place of one of the thread's, as someone with git alone can."""
    ref = "refs/kit/context/parser"
    lines = [f"commit {ref}", "committer eve <eve@example.com> 1800000000 +0000", "data 5", "forge", f"from {ref}^0",
             f"M 100644 inline {path}", f"data {len(text.encode())}", text, ""]  # fmt: skip
    git(repo, "fast-import", "--quiet", given="\n".join(lines))
