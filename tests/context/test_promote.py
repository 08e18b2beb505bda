"""An entry becomes a candidate with its provenance, and goes through the same gates as any other."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from kit.distillation import claim
from kit.records import record
from kit.store import repository
from kit.store.store import Store
from kit.workflows import quotations
from tests.git import git
from tests.kit import kit
from tests.review import play

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SAID = "Claims are refs of their own. A shared branch takes 6.6 retries a claim."
DECISION = """Every claim has a ref of its own.

## Context

A shared branch takes 6.6 retries for each claim.

## Consequences

The number of refs grows with the number of tasks.
"""


@pytest.fixture
def thread(repo: Path) -> Path:
    kit(repo, "context", "new", "claims")
    return repo


def store_of(repo: Path) -> Store:
    return Store(repository.find(repo, environment=dict(os.environ)))


def added(repo: Path, text: str, *words: str) -> str:
    return str(kit(repo, "context", "add", "--text", text, "--json", *words).json["entries"][0]["id"])


def test_an_entry_becomes_a_fact_that_quotes_it(thread: Path) -> None:
    name = added(thread, SAID, "--role", "assistant")
    done = kit(thread, "context", "promote", name, "--json").json
    assert (done["id"], done["lacking"]) == ("claims-are-refs-of-their-own", [])
    (source,) = done["record"]["sources"]
    commit = git(thread, "rev-parse", "refs/kit/context/claims").strip()
    assert source["resource"] == f"kit:context/claims@{commit}/{name}"
    assert source["excerpt"] == SAID
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", source["digest"])
    assert (thread / ".kit/candidates/claims-are-refs-of-their-own.md").is_file()
    assert done["record"]["status"] == "draft"
    look = quotations.look
    store = store_of(thread)
    assert look(store, "", source["resource"], SAID).state == "found"
    assert look(store, "", source["resource"], "something else").state == "other"
    assert look(store, "", source["resource"].replace("/claims@", "/other@"), SAID).state == "unchecked"
    assert look(store, "", source["resource"].replace(commit, "0" * 40), SAID).state == "unchecked"
    assert look(store, "", f"kit:context/claims@{commit}", SAID).state == "missing"
    assert look(store, "", f"kit:context/claims@{commit}/0193b5c1a2f0-5f1d9c2e", SAID).state == "missing"


def test_a_commit_that_is_not_of_the_thread_proves_nothing(thread: Path) -> None:
    name = added(thread, SAID)
    commit = git(thread, "rev-parse", "refs/kit/context/claims").strip()
    forged = git(thread, "commit-tree", f"{commit}^{{tree}}", "-m", "forged").strip()
    found = quotations.look(store_of(thread), "", f"kit:context/claims@{forged}/{name}", SAID)
    assert found.state == "unchecked"


def test_a_fold_names_what_it_stands_for(thread: Path) -> None:
    names = [added(thread, f"Word {number} of it.") for number in range(3)]
    lines = thread / "fold.jsonl"
    folds = ", ".join(f'"{each}"' for each in names)
    lines.write_text(f'{{"role": "assistant", "text": "Three words.", "folds": [{folds}]}}\n')
    fold = kit(thread, "context", "add", "--jsonl", str(lines), "--json").json["entries"][0]["id"]
    done = kit(thread, "context", "promote", fold, "--dry-run", "--json").json
    assert [each["resource"].rpartition("/")[2] for each in done["record"]["sources"]] == [fold, *names]
    assert not (thread / ".kit/candidates").exists()


def test_headings_are_sections_and_what_is_lacking_is_named(thread: Path) -> None:
    name = added(thread, DECISION)
    done = kit(thread, "context", "promote", name, "--type", "decision", "--json").json
    assert done["lacking"] == []
    assert done["body"].startswith("## Context\n\nA shared branch")
    assert "## Decision\n\nEvery claim has a ref of its own." in done["body"]
    short = added(thread, "We use TOML.")
    done = kit(thread, "context", "promote", short, "--type", "decision", "--section", "Context=Settings.", "--json")
    assert done.json["lacking"] == ["Consequences"]
    assert kit(thread, "context", "promote", short, "--type", "block").code == 2
    assert kit(thread, "context", "promote", short, "--type", "decision", "--section", "None=x").code == 2
    assert kit(thread, "context", "promote", added(thread, "long " * 50)).code == 2


def test_another_candidate_of_that_id_is_not_overwritten(thread: Path) -> None:
    first, second = added(thread, SAID), added(thread, SAID)
    assert kit(thread, "context", "promote", first).code == 0
    assert kit(thread, "context", "promote", first).code == 0
    assert kit(thread, "context", "promote", second).code == 6
    assert kit(thread, "context", "promote", second, "--id", "another").code == 0


def test_the_gates_hold_its_sources_against_the_thread(clones: Callable[..., list[Path]]) -> None:
    bots, anas = clones(2)
    play.begin(anas)
    git(bots, "pull", "--quiet")
    assert kit(bots, "context", "new", "claims").code == 0
    name = added(bots, DECISION)
    assert kit(bots, "context", "promote", name, "--type", "decision").code == 0
    done = kit(bots, "promote", "every-claim-has-a-ref-of-its-own", "--json")
    assert done.code == 0, done.json["error"]["message"]
    sources = {each["gate"]: each for each in done.json["gates"]}["sources"]
    assert (sources["result"], sources["faults"]) == ("pass", [])
    # A quotation that the entry does not hold is refused, though its digest fits.
    candidate = bots / ".kit/candidates/every-claim-has-a-ref-of-its-own.md"
    parsed = record.parse("decisions/x.md", candidate.read_bytes())
    source = dict(parsed.meta["sources"][0], excerpt="No claim has one.", digest=claim.digest("No claim has one."))
    candidate.write_bytes(parsed.with_fields({"sources": [source]}).dump())
    done = kit(bots, "promote", "every-claim-has-a-ref-of-its-own", "--json")
    assert done.code == 7, done
    assert "does not say what is quoted" in done.json["error"]["message"]
