"""Measures mirroring sessions: whole processes beside the peer on the same files, peak memory, and growth of git."""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.claim import PEER, peer
from bench.harness import transcript
from bench.process import KIT, environment, figure, run

STEPS = 20
SAMPLES = "KIT_SAMPLES"
_TOKEN = "ghp_" + "k3F9a2C41b7D0eR5tY8uI6oP1zXcVb4nQ7wE"
_CHILD = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True);"
_CHILD += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of a mirror with their peer, floors and bars."""
    folder = Path(tempfile.mkdtemp(prefix="kit-bench-session-"))
    try:
        size, runs = (200_000, 1) if smoke else (10_000_000, 5)
        return [
            *_beside_peer(folder, size, runs),
            _memory(folder, 1_000_000 if smoke else 100_000_000),
            *_growth(folder),
        ]
    finally:
        shutil.rmtree(folder)


def _beside_peer(folder: Path, size: int, runs: int) -> list[dict[str, Any]]:
    home, place = folder / "home", peer(folder) or folder / "peer"
    place.mkdir(exist_ok=True)
    run(["git", "init", "--quiet", str(place)])
    sessions = home / ".claude" / "projects" / re.sub("[^A-Za-z0-9]+", "-", str(place))
    sessions.mkdir(parents=True)
    data, more = _transcript(size, place), _transcript(100_000, place)
    taken: dict[str, dict[str, list[float]]] = {"kit": {}, "peer": {}}
    for turn in range(runs + 1):
        name = f"{turn:08d}-0000-450f-b895-cd5181a28ae5"
        file = sessions / f"{name}.jsonl"
        programs = {"kit": [*KIT, "session", "mirror", "--session", name, "--harness", "claude-code"]}
        if (place / ".tracecraft.json").exists():
            programs["peer"] = [str(PEER / "bin" / "tracecraft"), "session", "mirror", "--session-id", name]
        for what, new in (("all", data), ("more", more), ("nothing", b"")):
            with file.open("ab") as opened:
                opened.write(new)
            for program, words in programs.items():
                started = time.perf_counter()
                run(words, place, HOME=str(home))
                if turn:
                    taken[program].setdefault(what, []).append(1000 * (time.perf_counter() - started))
        file.unlink()
    rows = []
    for what, said, bar in (("all", f"{len(data) / 1e6:.2g} MB new", 3.5), ("more", "100 kB new", 0.8),
                            ("nothing", "nothing new", 0.7)):  # fmt: skip
        kit = statistics.median(taken["kit"][what])
        theirs = statistics.median(taken["peer"][what]) if taken["peer"] else 0.0
        against = (
            f"tracecraft session mirror of the same file {theirs:.0f} ms" if theirs else "tracecraft not installed"
        )
        rows.append(figure(f"kit session mirror, {said}", kit, bar=None, peer=against))
        if theirs:
            rows.append(figure("the same, share of the peer's", kit / theirs, bar=bar, unit="x", peer=against))
    return rows


def _memory(folder: Path, size: int) -> dict[str, Any]:
    home, place = folder / "home-large", folder / "large"
    run(["git", "init", "--quiet", str(place)])
    sessions = home / ".claude" / "projects" / re.sub("[^A-Za-z0-9]", "-", str(place))
    sessions.mkdir(parents=True)
    piece = _transcript(min(size, 10_000_000), place)
    with (sessions / "0a0314fb-b206-450f-b895-cd5181a28ae5.jsonl").open("wb") as file:
        for _ in range(max(1, size // len(piece))):
            file.write(piece)
    words = [sys.executable, "-c", _CHILD, *KIT, "session", "mirror", "--repo", str(place)]
    peak = int(run(words, place, HOME=str(home))) / 1024
    return figure(f"kit session mirror of {size // 1_000_000} MB, peak memory", peak, bar=150, unit="MB")


def _growth(folder: Path) -> list[dict[str, Any]]:
    """Mirrors sessions in 20 steps each; compares the repository with one that holds the same bytes committed once."""
    from kit.harnesses import HARNESSES
    from kit.harnesses.harness import Source
    from kit.sessions import mirror, trace
    from kit.store import repository
    from kit.store.author import Author
    from kit.store.store import Store

    place, once, source = folder / "grown", folder / "once", folder / "source.jsonl"
    for each in (place, once):
        run(["git", "init", "--quiet", str(each)])
    store = Store(repository.find(place, environment=environment()))
    redactor = store.repository.redactor_of()
    settings = mirror.Settings(1_000_000, 500_000_000)
    samples = sorted(Path(os.environ[SAMPLES]).glob("*.jsonl")) if SAMPLES in os.environ else []
    found = [file.read_bytes() for file in samples] or [_transcript(30_000 * (1 + each), place) for each in range(15)]
    for number, data in enumerate(found):
        source.unlink(missing_ok=True)
        read = Source("claude-code", f"session-{number}", source, 0, 0.0)
        for step in range(STEPS):
            with source.open("ab") as file:
                file.write(data[len(data) * step // STEPS : len(data) * (step + 1) // STEPS])
            author = Author("bench", "bench", 1_700_000_000.0 + step)
            mirror.mirror(mirror.Job(store, HARNESSES["claude-code"], read, author, lambda: redactor, settings))
    for each in trace.all(store):
        lines = b"".join(data + b"\n" for _, data in trace.records(store, each))
        (once / f"{each.session}.jsonl").write_bytes(lines)
    run(["git", "add", "--all"], once)
    run(["git", "commit", "--quiet", "--message", "once"], once)
    loose = _size(place) / _size(once)
    for each in (place, once):
        run(["git", "gc", "--quiet"], each)
    named = f"{len(found)} {'sample ' if samples else ''}sessions in {STEPS} steps each"
    floor = f"{_size(once) / 1000:,.0f} kB: the same bytes committed once"
    return [
        figure(f"growth of git, {named}, loose", loose, bar=None, unit="x", peer=floor),
        figure(
            "the same after git gc of both",
            _size(place) / _size(once),
            bar=1.2 if samples else None,
            unit="x",
            peer=floor,
        ),
    ]


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in (place / ".git" / "objects").rglob("*") if file.is_file())


def _transcript(size: int, place: Path) -> bytes:
    """Returns a transcript of a project, with ids on each line and a token on every 25th, as real ones have them."""
    dice = random.Random(size)
    lines = [line.replace(b"/home/dev/project", str(place).encode()) for line in transcript(size)]
    lines = [b'{"uuid":"%032x","requestId":"req_%024x",' % (dice.getrandbits(128), dice.getrandbits(96)) + line[1:]
             for line in lines]  # fmt: skip
    said = f'{{"type":"user","cwd":"{place}","message":{{"role":"user","content":"use {_TOKEN} for it"}}}}\n'.encode()
    for number in range(0, len(lines), 25):
        lines[number] += said
    return b"".join(lines)
