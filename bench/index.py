"""Measures the search index against Whoosh itself, in the same run and on the same text.

The floor builds and queries one combined field, the cheapest that Whoosh can do, and is handed its query
already analysed. The text is words of the standard library's docstrings drawn by Zipf's law: the same for
every run of one Python.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from itertools import accumulate
from pathlib import Path
from typing import Any

from whoosh import index, query, scoring

from bench.process import environment, figure
from kit.store.index import Field, Index
from kit.store.tokens import terms

Note = dict[str, Any]

FIELDS = (
    Field("title", "text", 3.0),
    Field("description", "text", 2.0),
    Field("tags", "text", 2.0),
    Field("body", "text"),
    Field("type", "keyword"),
    Field("tag", "keyword"),
)
_KIT = f"""
from pathlib import Path
from kit.store.index import Document, Field, Index
index = Index(Path(sys.argv[1]), {list(FIELDS)!r})
def documents(notes, paths):
    return (Document(path, {{**notes[path], "tag": notes[path]["tags"]}}) for path in paths)
"""
_BUILD_FLOOR = r"""
import json, os, sys
from whoosh import analysis, fields, index
notes = json.load(open(sys.argv[2]))
words = analysis.RegexTokenizer(r"[^\W_]+") | analysis.LowercaseFilter() | analysis.StopFilter()
words = words | analysis.StemFilter(lang="en", cachesize=50000)
schema = fields.Schema(path=fields.ID(stored=True, unique=True), type=fields.ID(), tags=fields.KEYWORD(),
                       text=fields.TEXT(analyzer=words, phrase=False))
os.mkdir(sys.argv[1])
writer = index.create_in(sys.argv[1], schema).writer(limitmb=256)
for note in notes:
    text = " ".join([note["title"], note["description"], *note["tags"], note["body"]])
    writer.add_document(path=note["path"], type=note["type"], tags=" ".join(note["tags"]), text=text)
writer.commit()
"""
_BUILD = f"""
import json, sys
{_KIT}
notes = {{note["path"]: note for note in json.load(open(sys.argv[2]))}}
index.refresh("0", lambda: dict.fromkeys(notes, "0"), lambda paths: documents(notes, paths))
"""
_SEARCH_FLOOR = """
import sys
import click
from whoosh import index, query, scoring
searcher = index.open_dir(sys.argv[1]).searcher(weighting=scoring.BM25F())
asked = query.Or([query.Term("text", term) for term in sys.argv[2].split()])
print([hit["path"] for hit in searcher.search(asked, limit=5)])
"""
_SEARCH = f"""
import sys
import click
{_KIT}
print(index.search(sys.argv[2], k=5).hits)
"""
_UNCHANGED = f"""
import sys
import click
{_KIT}
index.refresh(sys.argv[3], dict, list)
print(index.search(sys.argv[2], k=5).hits)
"""
_CHANGED = f"""
import json, sys
import click
{_KIT}
entries, notes = json.load(open(sys.argv[4]))
index.refresh(sys.argv[3], lambda: entries, lambda paths: documents(notes, paths))
print(index.search(sys.argv[2], k=5).hits)
"""


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of the index with their floors and bars; a smoke run only shows that they run."""
    count, runs = (300, 2) if smoke else (10_000, 15)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = notes(count)
        (folder / "notes.json").write_text(json.dumps(corpus))
        found = _building(folder)
        for words, bar in ((3, 15), (10, 45)):
            found += _searching(folder, queries(corpus, words, 10 * runs), runs=runs, words=words, bar=bar)
        asked = queries(corpus, 3, runs)
        found.append(_unchanged(folder, asked))
        found += _changed(folder, corpus, asked)
    return found


def notes(count: int) -> list[Note]:
    """Returns synthetic notes of 1.45 kB on average, the same ones for the same count."""
    rng = random.Random(1)
    words = _vocabulary()
    rng.shuffle(words)
    zipf = list(accumulate((rank + 1) ** -1.05 for rank in range(len(words))))
    made = []
    for number in range(count):
        drawn = rng.choices(words, cum_weights=zipf, k=rng.randint(105, 215))
        made.append(
            {
                "path": f"blocks/{number % 256:02x}/{number:06d}.md",
                "title": " ".join(drawn[:7]),
                "description": " ".join(drawn[7:22]),
                "tags": drawn[22:25],
                "type": rng.choice(["block", "fact"]),
                "body": " ".join(drawn[25:]),
            }
        )
    return made


def queries(corpus: list[Note], words: int, count: int) -> list[str]:
    """Returns queries of so many words each drawn from one note, so that common words are common in them."""
    rng = random.Random(words)
    bodies = [re.findall(r"[^\W_]+", rng.choice(corpus)["body"]) for _ in range(count)]
    return [" ".join(rng.sample(body, words)) for body in bodies]


def _vocabulary() -> list[str]:
    seen: set[str] = set()
    for file in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                seen.update(re.findall(r"[A-Za-z_](?:[A-Za-z_.]*[A-Za-z_])", ast.get_docstring(node) or ""))
    return sorted(seen)


def _building(folder: Path) -> list[dict[str, Any]]:
    floor, floor_peak = _run(_BUILD_FLOOR, folder / "floor", folder / "notes.json")
    took, peak = _run(_BUILD, folder / "index", folder / "notes.json")
    return [
        figure("index: full build", took, unit="s", floor=floor, floor_name="Whoosh", bar=1.3 * floor),
        figure("index: full build, peak memory", peak, unit="MB", floor=floor_peak, floor_name="Whoosh", bar=400),
    ]


def _searching(folder: Path, asked: list[str], *, runs: int, words: int, bar: float) -> list[dict[str, Any]]:
    fresh = _medians(
        [
            ((_SEARCH_FLOOR, folder / "floor", _analysed(text)), (_SEARCH, folder / "index", text))
            for text in asked[:runs]
        ]
    )
    searcher = index.open_dir(str(folder / "floor")).searcher(weighting=scoring.BM25F())
    inside = Index(folder / "index", FIELDS)
    times: list[tuple[float, float]] = []
    for text in asked:
        plan = query.Or([query.Term("text", term) for term in _analysed(text).split()])
        started = time.perf_counter()
        searcher.search(plan, limit=5)
        between = time.perf_counter()
        inside.search(text, k=5)
        times.append((between - started, time.perf_counter() - between))
    floor, took = (1000 * statistics.median(each) for each in zip(*times, strict=True))
    return [
        figure(
            f"index: search {words} words, fresh process",
            fresh[1],
            floor=fresh[0],
            floor_name="click + Whoosh",
            bar=1.4 * fresh[0],
        ),
        figure(f"index: search {words} words, in process, p50", took, floor=floor, floor_name="Whoosh", bar=bar),
    ]


def _unchanged(folder: Path, asked: list[str]) -> dict[str, Any]:
    search, refresh = _medians(
        [((_SEARCH, folder / "index", text), (_UNCHANGED, folder / "index", text, "0")) for text in asked]
    )
    return figure(
        "index: refresh, nothing changed, extra", refresh - search, floor=search, floor_name="search alone", bar=10
    )


def _changed(folder: Path, corpus: list[Note], asked: list[str]) -> list[dict[str, Any]]:
    # The process that finds nothing to do reads the same listing, which in real use git provides.
    rng = random.Random(3)
    entries = {note["path"]: "0" for note in corpus}
    done: dict[str, Note] = {}
    found = []
    for changed, bar, texts in ((1, 60, asked), (100, 700, asked[: len(asked) // 3 + 1])):
        pairs = []
        for number, text in enumerate(texts):
            picked = rng.sample(corpus, changed)
            tree = f"{changed}.{number}"
            done |= {note["path"]: note for note in picked}
            entries |= {note["path"]: tree for note in picked}
            state = folder / f"{tree}.json"
            state.write_text(json.dumps([entries, done]))
            again = (_CHANGED, folder / "index", text, tree, state)
            pairs.append((again, again))
        refresh, search = _medians(pairs)
        name = f"index: refresh, {changed} changed, extra"
        found.append(figure(name, refresh - search, floor=search, floor_name="nothing changed", bar=bar))
    return found


def _analysed(text: str) -> str:
    return " ".join(terms(text))


def _medians(pairs: list[tuple[tuple[object, ...], tuple[object, ...]]]) -> list[float]:
    """Returns the median milliseconds of the first and of the second process of each pair, run by turns."""
    times = [[1000 * _run(*each)[0] for each in pair] for pair in pairs]
    return [statistics.median(each) for each in zip(*times, strict=True)]


def _run(script: object, *arguments: object) -> tuple[float, float]:
    """Runs a script in a fresh process; returns seconds of wall time and megabytes at its peak."""
    command = [sys.executable, "-c", str(script), *map(str, arguments)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    if status:
        raise subprocess.CalledProcessError(status, command[:2])
    return took, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
