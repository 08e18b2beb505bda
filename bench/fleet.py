"""A fleet of agents on one HTTP remote: what they do at agents' pace, how long it takes, and what saturates first.

`python -m bench.fleet --clients 100 --seconds 180 --pause 20 --delay 0.3` prints a table. Each client is a process
with a clone of its own; between two actions it pauses for an exponentially distributed time, as an agent that works.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.process import environment, run
from kit.coordination import complete, mail, renew, taking
from kit.coordination.claim import Wish
from kit.coordination.complete import Outcome
from kit.coordination.holder import Holder
from kit.errors import KitError
from kit.store import repository
from kit.store.store import Store
from tests.remotes import http_remote

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier

Event = tuple[str, float, str]


class Client:
    """One agent of the fleet: a process with a clone, which notes what it did and how long that took."""

    def __init__(self, folder: Path, number: int, pause: float) -> None:
        self.store = Store(repository.find(folder, environment=environment()))
        self.me = Holder(f"agent-{number}", f"c{number:04d}")
        self.rng = random.Random(number)
        self.pause = pause
        self.events: list[Event] = []

    def rest(self) -> None:
        time.sleep(self.rng.expovariate(1 / self.pause))

    def timed(self, act: Callable[..., object], *words: object, **settings: Any) -> bool:
        """Does something and notes it; False when it failed."""
        started = time.perf_counter()
        try:
            act(self.store, *words, me=self.me, **settings)
            result = "done"
        except KitError as error:
            result = error.code
        self.events.append((act.__name__, time.perf_counter() - started, result))
        return result == "done"

    def work(self, task: str) -> None:
        """Takes a task, renews it or writes to a neighbour twice, and completes it."""
        if self.timed(taking.take, [task], clock=time.time, wish=Wish(), nonce=_nonce):
            for _ in range(2):
                self.rest()
                if self.rng.random() < 0.5:
                    self.timed(renew.renew, task, now=time.time(), nonce=_nonce())
                else:
                    neighbour = f"agent-{self.rng.randrange(10)}"
                    self.timed(mail.send, neighbour, "carry on", now=time.time(), random=_nonce()[:8])
            self.rest()
            self.timed(complete.complete, task, now=time.time(), outcome=Outcome(note="ok"))


def run_client(folder: Path, number: int, until: float, pause: float, begin: Barrier, log: Path) -> None:
    """Works until `until` (seconds since the epoch) and writes what it noted to `log`."""
    client = Client(folder, number, pause)
    begin.wait()
    time.sleep(client.rng.random() * pause)
    turn = 0
    while time.time() < until:
        turn += 1
        client.work(f"t{number}-{turn}")
    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    log.write_text(json.dumps({"events": client.events, "cpu": sum(each.ru_utime + each.ru_stime for each in used)}))


def _nonce() -> str:
    return os.urandom(8).hex()


def measure(*, clients: int, seconds: float, pause: float, delay: float) -> dict[str, object]:
    """Runs the fleet and returns what it did, how long each action took, and what the server was asked."""
    top = Path(tempfile.mkdtemp(prefix="kit-fleet-"))
    try:
        with http_remote(top / "remote.git", delay=delay) as remote:
            _prepare(top, remote.url, clients)
            before = len(remote.requests())
            begin = multiprocessing.get_context("fork").Barrier(clients + 1)
            until = time.time() + seconds + clients * 0.02
            workers = [
                multiprocessing.get_context("fork").Process(
                    target=run_client, args=(top / f"c{number}", number, until, pause, begin, top / f"{number}.json")
                )
                for number in range(clients)
            ]
            for worker in workers:
                worker.start()
            begin.wait()
            started = time.perf_counter()
            for worker in workers:
                worker.join(seconds + 120)
            took = time.perf_counter() - started
            requests = len(remote.requests()) - before
            refs = run(["git", "ls-remote", remote.url])
        logs = [json.loads((top / f"{number}.json").read_text()) for number in range(clients)]
        return _told(logs, took, requests, refs)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def _prepare(top: Path, url: str, clients: int) -> None:
    run(["git", "clone", "--quiet", url, str(top / "c0")])
    for number in range(1, clients):
        shutil.copytree(top / "c0", top / f"c{number}")


def _told(logs: list[dict[str, list[Event]]], took: float, requests: int, refs: str) -> dict[str, object]:
    times: dict[str, list[float]] = defaultdict(list)
    results: Counter[str] = Counter()
    for log in logs:
        for name, spent, result in log["events"]:
            times[name].append(spent)
            results[f"{name}: {result}"] += 1
    count = sum(map(len, times.values()))
    return {
        "seconds": round(took),
        "actions": count,
        "actions a second": round(count / took, 2),
        "requests a second": round(requests / took, 2),
        "CPU of the clients, share of one core": round(sum(float(str(log["cpu"])) for log in logs) / took, 2),
        "refs": refs.count("\n"),
        "bytes advertised": len(refs.encode()),
        "results": dict(results),
        "latency, s": {
            name: {
                "p50": round(statistics.median(spent), 2),
                "p95": round(sorted(spent)[int(len(spent) * 0.95)], 2),
                "max": round(max(spent), 2),
            }
            for name, spent in sorted(times.items())
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--pause", type=float, default=20)
    parser.add_argument("--delay", type=float, default=0.3)
    words = parser.parse_args()
    told = measure(clients=words.clients, seconds=words.seconds, pause=words.pause, delay=words.delay)
    json.dump(told, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
