"""Measures threads of context: adding, compiling, branching and size, each beside a floor taken in the same run."""

from __future__ import annotations

import json
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.process import KIT, PYTHON, TURN, figure, medians, run

_SOUNDS = ("ba", "con", "der", "fi", "gra", "lo", "men", "nu", "par", "ser", "ti", "ver")


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of threads with their floors and bars."""
    folder = Path(tempfile.mkdtemp(prefix="kit-bench-context-"))
    try:
        many, some, runs = (200, 50, 1) if smoke else (10_000, 1_000, 5)
        return [*_whole(folder / "whole", runs), *_added(folder / "added", some), *_large(folder / "large", many, runs)]
    finally:
        shutil.rmtree(folder)


def _text(dice: random.Random) -> str:
    """Returns about 1 kB of words of two to four syllables: git packs it to some 450 bytes, as it does prose."""
    return " ".join("".join(dice.choices(_SOUNDS, k=dice.randint(1, 4))) for _ in range(150))


def _whole(place: Path, runs: int) -> list[dict[str, Any]]:
    run(["git", "init", "--quiet", str(place)])
    run([*KIT, "context", "new", "bench"], place)
    kit, floor = medians(
        [[*KIT, "context", "add", "--text", f"word {TURN}"], [*PYTHON, "-c", "import click, pygit2"]],
        runs=2 * runs, folder=place,
    )  # fmt: skip
    against = {"floor": floor, "floor_name": "import click, pygit2"}
    return [figure("kit context add, whole process, no remote", kit, bar=2.0 * floor, **against)]


def _added(place: Path, number: int) -> list[dict[str, Any]]:
    from kit import context

    run(["git", "init", "--quiet", str(place)])
    dice = random.Random(7)
    taken = []
    with context.open(place, "bench", agent="bench") as thread:
        for _ in range(number):
            text = _text(dice)
            begun = time.perf_counter()
            thread.add("user", text)
            taken.append(1000 * (time.perf_counter() - begun))
    tenth = max(1, number // 10)
    mean = statistics.mean(taken)
    floor = _hash_objects(place, 20)
    flat = statistics.median(taken[-tenth:]) / statistics.median(taken[:tenth])
    against = {"floor": floor, "floor_name": "git hash-object -w, a process each"}
    return [
        figure(f"{number:,} entries added in process, each", mean, bar=5, **against),
        figure("the same, the last tenth beside the first", flat, bar=1.5, unit="x", peer="medians"),
    ]


def _hash_objects(place: Path, number: int) -> float:
    begun = time.perf_counter()
    for at in range(number):
        file = place / "floor.txt"
        file.write_text(f"text {at}")
        run(["git", "hash-object", "-w", str(file)], place)
    return 1000 * (time.perf_counter() - begun) / number


def _large(place: Path, number: int, runs: int) -> list[dict[str, Any]]:
    from kit import context

    run(["git", "init", "--quiet", str(place)])
    dice = random.Random(7)
    texts = [_text(dice) for _ in range(number)]
    with context.open(place, "bench", agent="bench") as thread:
        for text in texts:
            thread.add("user", text)
    before = _size(place)
    shown = f"{number:,} entries"
    rows = _compiles(place, shown, runs)
    rows += _moves(place, shown, runs)
    plain = place.parent / "plain"
    run(["git", "init", "--quiet", str(plain)])
    for at, text in enumerate(texts):
        (plain / f"{at}.md").write_text(text)
    run(["git", "add", "--all"], plain)
    # Else the commit starts a gc of its own behind it, and the one below fails, or the size is taken in its middle.
    run(["git", "-c", "gc.auto=0", "commit", "--quiet", "--message", "plain"], plain)
    run(["git", "gc", "--quiet"], plain)
    _gc(place)
    after, floor = _size(place), _size(plain)
    single = _one_by_one(place.parent / "single", texts)
    batch = _batch(place.parent / "batch", texts)
    peer = f"{floor / 1e6:,.3g} MB: the same texts as files of one commit after git gc"
    return [
        *rows,
        figure(f"size for {shown} of 1 kB, before gc", before / 1e6, bar=100, unit="MB", peer=peer),
        figure("the same added in commits of 1,000, after kit gc", batch / floor, bar=2.0, unit="x", peer=peer),
        figure("the same, a commit each, after kit gc", after / floor, bar=2.0, unit="x", peer=peer),
        figure("the same beside git's own, a commit each of a plain file", after / single, bar=None, unit="x",
               peer=f"{single / 1e6:,.3g} MB after git gc"),
    ]  # fmt: skip


def _gc(place: Path) -> None:
    run([*KIT, "context", "gc"], place)
    run([*KIT, "gc"], place)


def _batch(place: Path, texts: list[str]) -> int:
    """Returns the bytes of a repository with the texts as entries, added by the thousand."""
    run(["git", "init", "--quiet", str(place)])
    run([*KIT, "context", "new", "bench"], place)
    for first in range(0, len(texts), 1000):
        file = place / "lines.jsonl"
        file.write_text("".join(json.dumps({"role": "user", "text": each}) + "\n" for each in texts[first:][:1000]))
        run([*KIT, "context", "add", "--jsonl", str(file)], place)
    _gc(place)
    return _size(place)


def _one_by_one(place: Path, texts: list[str]) -> int:
    """Returns the bytes of a repository with the texts as files, in as many folders as kit makes, a commit each."""
    run(["git", "init", "--quiet", str(place)])
    lines: list[bytes] = []
    for at, text in enumerate(texts):
        data = text.encode()
        lines.append(b"commit refs/heads/main\ncommitter bench <bench@localhost> %d +0000\n" % (1_700_000_000 + at))
        lines.append(b"data 8\nadd text\nM 644 inline %02x/%02x/%d.md\n" % (at // 1024, at // 32 % 32, at))
        lines.append(b"data %d\n%s\n" % (len(data), data))
    subprocess.run(["git", "fast-import", "--quiet"], input=b"".join(lines), cwd=place, check=True)
    run(["git", "gc", "--quiet"], place)
    return _size(place)


def _compiles(place: Path, shown: str, runs: int) -> list[dict[str, Any]]:
    cold = []
    for _ in range(runs):
        shutil.rmtree(place / ".kit" / "context", ignore_errors=True)
        begun = time.perf_counter()
        run([*KIT, "context", "compile", "--on", "bench", "--tokens", "estimate"], place)
        cold.append(1000 * (time.perf_counter() - begun))
    words = [*KIT, "context", "compile", "--on", "bench", "--tokens", "estimate"]
    cached, floor = medians([words, [*PYTHON, "-c", "import click, pygit2"]], runs=runs, folder=place)
    against = {"floor": floor, "floor_name": "import click, pygit2"}
    return [
        figure(f"kit context compile, {shown}, cold", statistics.median(cold), bar=1500, **against),
        figure("the same, cached", cached, bar=150, **against),
    ]


def _moves(place: Path, shown: str, runs: int) -> list[dict[str, Any]]:
    floor_words = [*PYTHON, "-c", "import click, pygit2"]
    branch, switch, reset, floor = medians(
        [
            [*KIT, "context", "new", f"b{TURN}", "--from", "bench"],
            [*KIT, "context", "switch", "bench"],
            [*KIT, "context", "reset", "HEAD~1", "--on", f"b{TURN}"],
            floor_words,
        ],
        runs=runs, folder=place,
    )  # fmt: skip
    against = {"floor": floor, "floor_name": "import click, pygit2"}
    return [
        figure(f"kit context {name}, {shown}", value, bar=150, **against)
        for name, value in (("new --from", branch), ("switch", switch), ("reset", reset))
    ]


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in (place / ".git" / "objects").rglob("*") if file.is_file())
