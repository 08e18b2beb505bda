"""What is known of one task: its record, claim, status and handoffs, read from the tree of its ref.

The views hold what is computed with and check the types they rely on: a record may have been written by anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination.holder import Holder
from kit.errors import InvalidInput
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.store.store import State, Store

ARCHIVE = "archive/tasks"
_HANDOFF = re.compile(r"handoffs/(\d{1,9})\.json")


class Claim(NamedTuple):
    """A lease on a task; times are seconds since the epoch, `ttl` in seconds."""

    task: str
    holder: Holder
    epoch: int
    nonce: str
    since: float
    renewed: float
    expires: float
    ttl: float
    note: str = ""
    paths: tuple[str, ...] = ()
    base: str = ""
    is_released: bool = False
    taken_over: Mapping[str, Any] | None = None

    def is_live(self, now: float) -> bool:
        """Whether it is held and not expired by this clock."""
        return not self.is_released and now < self.expires

    def may_be_taken(self, now: float, skew: float) -> bool:
        """Whether anyone may claim the task: released, or expired longer ago than clocks may differ (`skew`, s)."""
        return self.is_released or now >= self.expires + skew

    def record(self) -> dict[str, object]:
        """Returns the record as it is written (schemas/claim.schema.json)."""
        optional = {"note": self.note, "paths": list(self.paths), "base": self.base, "taken_over": self.taken_over}
        return {
            "type": "claim",
            "task": self.task,
            "state": "released" if self.is_released else "held",
            **self.holder.fields(),
            "epoch": self.epoch,
            "nonce": self.nonce,
            "since": times.stamp(self.since),
            "renewed": times.stamp(self.renewed),
            "expires": times.stamp(self.expires),
            "ttl": self.ttl,
            **{name: value for name, value in optional.items() if value},
        }


class Task(NamedTuple):
    """A task as last seen: `oid` is the commit its ref stood at, "" when nobody ever named it."""

    id: str
    oid: str = ""
    title: str = ""
    needs: tuple[str, ...] = ()
    claim: Claim | None = None
    status: Mapping[str, Any] | None = None
    handoffs: tuple[Mapping[str, Any], ...] = ()
    is_archived: bool = False

    @property
    def state(self) -> str:
        """How the last holder left it: open, done, blocked or needs-review."""
        return str(self.status["state"]) if self.status else "open"

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def epoch(self) -> int:
        """The epoch of the last holder, 0 when there was none."""
        return self.claim.epoch if self.claim else 0

    def shown_state(self, now: float) -> str:
        """What a list shows: held, expired, or the state it was left in."""
        if self.claim and not self.claim.is_released:
            return "held" if self.claim.is_live(now) else "expired"
        return self.state


def ref_of(task: str) -> str:
    return f"tasks/{ids.check(task, what='task')}"


def read(store: Store, task: str) -> Task:
    """Returns what is known here of a task; an archived one is read from the archive."""
    known = store.read(ref_of(task))
    if known.oid:
        return parse(task, known)
    archive = store.tip(ARCHIVE)
    files = store.objects.files(archive, under=f"tasks/{task}") if archive else {}
    if not files:
        return Task(task)
    return parse(task, known._replace(files=files))._replace(is_archived=True)


def parse(task: str, state: State) -> Task:
    """Returns the task in the files of its ref. Raises InvalidInput when a record in it is not what it must be."""
    found: dict[str, Any] = {}
    handoffs: dict[int, Mapping[str, Any]] = {}
    prefix = f"tasks/{task}/"
    for path, data in state.files.items():
        name = path.removeprefix(prefix)
        if handoff := _HANDOFF.fullmatch(name):
            handoffs[int(handoff[1])] = _object(path, data)
        elif name in ("task.json", "claim.json", "status.json"):
            found[name] = _object(path, data)
    record = found.get("task.json", {})
    claim = found.get("claim.json")
    status = found.get("status.json")
    if status is not None and not isinstance(status.get("state"), str):
        raise _broken(f"{prefix}status.json", "state")
    needs = record.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(each, str) and not ids.problem(each) for each in needs):
        raise _broken(f"{prefix}task.json", "needs")
    return Task(
        task,
        state.oid,
        str(record.get("title", "")),
        tuple(needs),
        claim_of(claim, f"{prefix}claim.json") if claim is not None else None,
        status,
        tuple(handoffs[number] for number in sorted(handoffs)),
    )


def claim_of(record: Mapping[str, Any], path: str) -> Claim:
    """Returns the view of a claim's record. Raises InvalidInput naming the first field that is wrong."""
    numbers = {"epoch": record.get("epoch"), "ttl": record.get("ttl")}
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**12:
            raise _broken(path, name)
    for name in ("task", "agent", "instance", "nonce"):
        if not isinstance(record.get(name), str):
            raise _broken(path, name)
    paths = record.get("paths", [])
    if not isinstance(paths, list) or not all(isinstance(each, str) for each in paths):
        raise _broken(path, "paths")
    over = record.get("taken_over")
    try:
        since, renewed, expires = (times.seconds(record.get(name, "")) for name in ("since", "renewed", "expires"))
    except InvalidInput:
        raise _broken(path, "since, renewed or expires") from None
    return Claim(
        record["task"],
        Holder(record["agent"], record["instance"]),
        int(record["epoch"]),
        record["nonce"],
        since,
        renewed,
        expires,
        float(record["ttl"]),
        str(record.get("note", "")),
        tuple(paths),
        str(record.get("base", "")),
        record.get("state") != "held",
        over if isinstance(over, dict) else None,
    )


def _object(path: str, data: bytes) -> dict[str, Any]:
    try:
        value = strict_json.load(data)
    except strict_json.Malformed as error:
        raise _broken(path, error.message) from None
    if not isinstance(value, dict):
        raise _broken(path, "it is not an object")
    return value


def _broken(path: str, what: str) -> InvalidInput:
    return InvalidInput(
        f"the live record {path} is broken: {what}",
        hint="kit log --task shows who wrote it; kit claim --takeover --reason ... writes a new claim",
        code="broken_record",
    )
