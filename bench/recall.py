"""Measures `kit recall` as whole processes on a committed repository, beside click + Whoosh + the same query."""

from __future__ import annotations

import json
import re
import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench.index import notes, queries
from bench.process import KIT, PYTHON, figure, medians, run, seconds
from kit.records import record
from kit.store.tokens import terms

_FLOOR = """
import json, os, sys
import click
from whoosh import analysis, fields, index, query, scoring
folder = sys.argv[1]
if not os.path.isdir(folder):
    words = analysis.RegexTokenizer(r"[^\\W_]+") | analysis.LowercaseFilter() | analysis.StopFilter()
    words = words | analysis.StemFilter(lang="en", cachesize=50000)
    os.mkdir(folder)
    schema = fields.Schema(path=fields.ID(stored=True), text=fields.TEXT(analyzer=words, phrase=False))
    writer = index.create_in(folder, schema).writer(limitmb=256)
    for note in json.load(open(sys.argv[3])):
        text = " ".join([note["title"], note["description"], *note["tags"], note["body"]])
        writer.add_document(path=note["path"], text=text)
    writer.commit()
searcher = index.open_dir(folder).searcher(weighting=scoring.BM25F())
asked = query.Or([query.Term("text", term) for term in sys.argv[2].split()])
print([hit["path"] for hit in searcher.search(asked, limit=5)])
"""
_TEXT = """---
type: {type}
id: {id}
title: "{title}"
description: "{description}"
status: stable
tags: [{tags}]
---
## Situation
{first}

## Mechanism
{second}

## Unlock
{third}

## Verification
Run it again.

## Guardrails
{rest}
"""


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of recall with their floors and bars."""
    count, runs = (200, 1) if smoke else (10_000, 11)
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = notes(count)
        repository = knowledge(folder / "repository", corpus)
        (folder / "notes.json").write_text(json.dumps(corpus))
        found.append(figure("kit index rebuild", seconds([*KIT, "index", "rebuild"], repository), unit="s", bar=None))
        warm = 0.0
        for words in (3, 10):
            asked = queries(corpus, words, 1)[0]
            floor_command = [*PYTHON, "-c", _FLOOR, str(folder / "floor"), _analysed(asked), str(folder / "notes.json")]
            run(floor_command)
            floor, kit = medians([floor_command, [*KIT, "recall", "--json", asked]], runs=runs, folder=repository)
            found.append(figure(f"kit recall, {words} words, index warm", kit, floor=floor, floor_name="click + Whoosh",
                                bar=1.4 * floor))  # fmt: skip
            warm = warm or kit
        asked = queries(corpus, 3, 1)[0]
        for changed, bar in ((1, 60), (100, 700)):
            took = []
            for turn in range(max(1, runs // 3)):
                _change(repository, corpus, changed, turn)
                took.append(1000 * seconds([*KIT, "recall", "--json", asked], repository))
            found.append(figure(f"kit recall after {changed} changed files, extra", statistics.median(took) - warm,
                                floor=warm, floor_name="nothing changed", bar=bar))  # fmt: skip
    return found


def knowledge(folder: Path, corpus: list[dict[str, Any]]) -> Path:
    """Makes a repository with one block a note, committed, and returns it."""
    run(["git", "init", "--quiet", "--initial-branch=main", str(folder)])
    for note in corpus:
        _write(folder, note)
    _commit(folder)
    return folder


def _write(folder: Path, note: dict[str, Any]) -> None:
    words = note["body"].split()
    first, second, third = (words[at : at + 30] for at in (0, 30, 60))  # the limits of a block's sections
    kind = note["type"]
    identifier = f"n{Path(note['path']).stem}"
    place = folder / f"{kind}s" / Path(note["path"]).parent.name / f"{identifier}.md"
    place.parent.mkdir(parents=True, exist_ok=True)
    text = _approved(
        _TEXT.format(
            type=kind,
            id=identifier,
            title=note["title"][:100].strip(),
            description=note["description"],
            tags=", ".join(sorted({"t" + re.sub("[^a-z0-9]", "", word.lower()) for word in note["tags"]})),
            first=" ".join(first),
            second=" ".join(second),
            third=" ".join(third),
            rest=" ".join(words[90:]) or "None.",
        )
    )
    place.write_text(text)


def _approved(text: str) -> str:
    """Returns a record with an approval of what it says: without one kit validate has something to say of a block."""
    digest = record.parse("blocks/a.md", text.encode()).digest()
    entry = f'verified: [{{by: "human:ana", at: "2026-01-01T00:00:00Z", digest: "{digest}"}}]\n'
    return text.replace("\n---\n", f"\n{entry}---\n", 1)


def _change(folder: Path, corpus: list[dict[str, Any]], count: int, turn: int) -> None:
    for note in corpus[turn * count : (turn + 1) * count]:
        _write(folder, note | {"body": f"{note['body']} changed{turn}"})
    _commit(folder)


def _commit(folder: Path) -> None:
    run(["git", "add", "--all"], folder)
    run(["git", "commit", "--quiet", "--message", "records"], folder)


def _analysed(text: str) -> str:
    return " ".join(sorted(set(terms(text))))
