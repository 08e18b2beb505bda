"""Measures claims: whole processes beside raw git pushes and the peer, and races with what goes wrong in them."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.process import KIT, TURN, environment, figure, medians, run
from tests.race import Act, Race, faults_of, holder, settle, winners
from tests.remotes import Faults, daemon_remote, http_remote, path_remote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remotes import Remote

MANY = 32
PEER = Path(__file__).parent / "out" / "peer"
_TREE_BUILDER = """
import sys, time, pygit2
sys.path.insert(0, sys.argv[2])
pygit2.settings.enable_fsync_gitdir(True)  # as kit has it where no remote decides
repository = pygit2.Repository(sys.argv[1])
from kit.store.author import Author
from kit.store.objects import Objects
from kit.store.repository import Repository
from pathlib import Path
objects = Objects(Repository(Path(sys.argv[1]), {}))
base = str(repository.head.target)
who = pygit2.Signature("bench", "bench@example.invalid", 0, 0)
def raw(number):
    blob = repository.create_blob(b"%d" % number)
    tree = repository[base].tree
    inner = repository.TreeBuilder(tree["f00"])
    inner.insert("new.md", blob, pygit2.enums.FileMode.BLOB)
    outer = repository.TreeBuilder(tree)
    outer.insert("f00", inner.write(), pygit2.enums.FileMode.TREE)
    repository.create_commit(None, who, who, "one", outer.write(), [base])
def kit(number):
    objects.build(base, {"f00/new.md": b"%d" % number}, parents=[base], message="one", author=Author("a", "b", 0))
for each in (raw, kit):
    each(0)
    started = time.perf_counter()
    for number in range(1, 201):
        each(number)
    print((time.perf_counter() - started) / 200 * 1000)
"""


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of claims with their floors, peers and bars."""
    runs, rounds = (1, 1) if smoke else (21, 50)
    with tempfile.TemporaryDirectory() as name, Race() as race:
        top = Path(name)
        found = [
            *_alone(top / "path", "path", runs=runs, smoke=smoke),
            *_alone(top / "http", "HTTP", runs=runs, smoke=smoke),
            *_rate(top / "rate", race, rounds=1 if smoke else 7),
        ]
        for kind in ("path", "git", "http"):
            found.append(_one_winner(top / f"one-{kind}", kind, race, rounds=rounds))
            found.append(_with_faults(top / f"faults-{kind}", kind, race, rounds=1 if smoke else 20))
        found.append(_large(top / "large", files=500 if smoke else 100_000, runs=runs))
        found.append(_commit(top / "commit", files=500 if smoke else 10_000))
    return found


def _alone(folder: Path, kind: str, *, runs: int, smoke: bool) -> list[dict[str, Any]]:
    with _remote(folder, kind) as remote:
        clone = _clones(folder, remote.url, 1)[0]
        commands = [_raw_push(), [*KIT, "claim", f"t{TURN}"]]
        push, kit, *peer = medians(
            [*commands, *([] if smoke or kind != "path" else _peer(folder))], runs=runs, folder=clone
        )
    where = f"kit claim of a free task, {kind} remote"
    if kind == "HTTP":
        return [figure(where, kit, floor=push, floor_name="raw git push", bar=push + 110)]
    against = f"raw git push {push:.0f} ms, tracecraft claim {peer[0]:.0f} ms" if peer else "tracecraft not installed"
    return [
        figure(where, kit, peer=against, bar=130),
        figure(f"{where}, share of tracecraft's", kit / peer[0] if peer else 0.0, unit="x", peer=against,
               bar=0.5 if peer else None),
    ]  # fmt: skip


def _rate(folder: Path, race: Race, *, rounds: int) -> list[dict[str, Any]]:
    """Claims of 32 different tasks by as many processes at once, beside raw pushes of equal commits."""
    with _remote(folder, "path") as remote:
        clones = _clones(folder, remote.url, MANY)
        rates: dict[str, list[float]] = {"claim": [], "push": []}
        pushes = set()
        for number in range(rounds):
            for verb, taken in rates.items():
                acts = [Act(clone, f"a{at}", verb, (f"{verb}{number}-{at}",)) for at, clone in enumerate(clones)]
                outcomes = race.run(acts)
                if {each.state for each in outcomes} != {"won"}:
                    raise RuntimeError(outcomes)
                pushes |= {each.pushes for each in outcomes if verb == "claim"}
                taken.append(MANY / (max(each.ended for each in outcomes) - min(each.began for each in outcomes)))
    claim, push = (sorted(rates[verb])[rounds // 2] for verb in ("claim", "push"))
    row = figure(f"{MANY} processes claim {MANY} tasks, imports done: share of the rate of raw pushes", claim / push,
                 unit="x", peer=f"{claim:.0f} claims, {push:.0f} raw pushes a second", bar=None)  # fmt: skip
    row |= {"bar": ">= 0.6 x", "ok": claim / push >= 0.6}
    return [row, _exact("the same: pushes a claim", str(sorted(pushes)), "[1]")]


def _one_winner(folder: Path, kind: str, race: Race, *, rounds: int) -> dict[str, Any]:
    with _remote(folder, kind) as remote:
        acts = [Act(clone, f"a{at}") for at, clone in enumerate(_clones(folder, remote.url, MANY))]
        seen: Counter[str] = Counter()
        for number in range(rounds):
            outcomes = race.run(act._replace(names=(f"t{number}",)) for act in acts)
            name = (holder(remote.path, f"t{number}") or {}).get("agent")
            told = sum(each.holder == name for each in outcomes if each.state == "lost")
            seen[f"{len(winners(outcomes))} winner, {told} told"] += winners(outcomes) == [name]
    expected = f"1 winner, {MANY - 1} told: {rounds} of {rounds} rounds"
    said = "; ".join(f"{what}: {count} of {rounds} rounds" for what, count in seen.items())
    return _exact(f"{MANY} processes claim one task, {kind}", said, expected)


def _with_faults(folder: Path, kind: str, race: Race, *, rounds: int) -> dict[str, Any]:
    """Every third process is killed at some moment and 30 % of the answers are lost; then anyone may take over."""
    wrong: Counter[str] = Counter()
    with _remote(folder, kind, faulty=True) as remote:
        clones = _clones(folder, remote.url, 12)
        for number in range(rounds):
            remote.inject(Faults(drop_replies=0.3, seed=number))
            acts = [
                Act(clone, f"a{at}", "claim until known", (f"t{number}",),
                    kill_after=0.02 + 0.05 * ((at * 7 + number) % 10) if at % 3 == 0 else None)
                for at, clone in enumerate(clones)
            ]  # fmt: skip
            outcomes = race.run(acts, seconds=120)
            settle(remote)
            name = (holder(remote.path, f"t{number}") or {}).get("agent")
            won = winners(outcomes)
            wrong["two winners"] += len(won) > 1
            wrong["a winner who lost"] += any(agent != name for agent in won)
            wrong["a holder who believes to have lost"] += any(
                each.agent == name and each.state == "lost" for each in outcomes
            )
            remote.inject(Faults())
            after = race.run([Act(clones[1], "next", names=(f"t{number}",), how={"takeover": True, "reason": "gone"})])
            wrong["a next claim that was blocked"] += winners(after) != ["next"] and name != "next"
        wrong["objects that fsck refuses"] += bool(faults_of(remote.path))
    said = ", ".join(what for what, count in wrong.items() if count) or "nothing wrong"
    return _exact(f"claims with kills and 30 % lost answers, {kind}, {rounds} rounds", said, "nothing wrong")


def _large(folder: Path, *, files: int, runs: int) -> dict[str, Any]:
    with _remote(folder / "remote", "path") as remote:
        small, large = _clones(folder, remote.url, 2)
        for number in range(files):
            file = large / "src" / f"{number % 997:03d}" / f"{number}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"x = {number}\n")
        run(["git", "add", "--all"], large)
        run(["git", "commit", "--quiet", "--message", "code"], large)
        commands = [[*KIT, "claim", f"{place.name}-{TURN}", "--repo", str(place)] for place in (small, large)]
        floor, kit = medians(commands, runs=runs)
    return figure(f"kit claim in a code repository of {files:,} files", kit, floor=floor, floor_name="a small one",
                  bar=1.2 * floor)  # fmt: skip


def _commit(folder: Path, *, files: int) -> dict[str, Any]:
    run(["git", "init", "--quiet", str(folder)])
    for number in range(files):
        file = folder / f"f{number % 100:02d}" / f"{number}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(str(number))
    run(["git", "add", "--all"], folder)
    run(["git", "commit", "--quiet", "--message", "files"], folder)
    root = str(Path(__file__).parent.parent)
    floor, kit = map(float, run([sys.executable, "-c", _TREE_BUILDER, str(folder), root]).split())
    return figure(f"commit of one file on a tree of {files:,}, in process", kit, floor=floor, floor_name="TreeBuilder",
                  bar=2 * floor)  # fmt: skip


@contextmanager
def _remote(folder: Path, kind: str, *, faulty: bool = False) -> Iterator[Remote]:
    folder.mkdir(parents=True)
    place = folder / "remote.git"
    made = {
        "path": lambda: path_remote(place),
        "git": lambda: daemon_remote(place, proxied=faulty),
        "http": lambda: http_remote(place),
    }[kind.lower()]()
    with made as remote:
        start = folder / "start"
        run(["git", "init", "--quiet", "--initial-branch=main", str(start)])
        run(["git", "commit", "--quiet", "--allow-empty", "--message", "begin"], start)
        run(["git", "push", "--quiet", remote.url, "main"], start)
        yield remote


def _clones(folder: Path, url: str, count: int) -> list[Path]:
    run(["git", "clone", "--quiet", url, str(folder / "c0")])
    for number in range(1, count):
        shutil.copytree(folder / "c0", folder / f"c{number}")
    return [folder / f"c{number}" for number in range(count)]


def _raw_push() -> list[str]:
    """Pushes a new commit like a claim's to a new ref."""
    script = (
        'commit=$(git commit-tree "$(git write-tree)" -m "$1") && shift && '
        'exec git push --quiet --force-with-lease="refs/kit/raw/$commit:" origin "$commit:refs/kit/raw/$commit"'
    )
    return ["sh", "-c", script, "push", TURN]


def _peer(folder: Path) -> list[list[str]]:
    place = peer(folder)
    return [["sh", "-c", f"cd {place} && exec {PEER / 'bin' / 'tracecraft'} claim t$1", "peer", TURN]] if place else []


def peer(folder: Path) -> Path | None:
    """Installs tracecraft and a local object store in an environment of their own, and begins a project there.

    Returns the project's folder, None where that cannot be had.
    """
    program = PEER / "bin" / "tracecraft"
    if not program.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=False, capture_output=True)
        asked = [str(PEER / "bin" / "pip"), "install", "--quiet", "tracecraft-ai==0.2.5", "moto[server,s3]"]
        if made.returncode or subprocess.run(asked, check=False, capture_output=True).returncode:
            return None
    server = subprocess.Popen([str(PEER / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", "5071"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    atexit.register(server.kill)
    place = folder / "peer"
    place.mkdir(exist_ok=True)
    keys = ["--access-key", "testing", "--secret-key", "testing"]
    words = ["init", "--endpoint", "http://127.0.0.1:5071", "--bucket", "bench", "--agent", "bench", *keys]
    for _ in range(50):
        done = subprocess.run([str(program), *words], cwd=place, env=environment(), check=False, capture_output=True)
        if not done.returncode:
            return place
        time.sleep(0.2)
    return None


def _exact(name: str, said: str, expected: str) -> dict[str, Any]:
    return {"name": name, "value": said, "unit": "", "floor": "", "bar": expected, "ok": said == expected}
