"""What is known of one task: its record, claim, status and handoffs, read from the tree of its ref.

The views hold what is computed with and check the types they rely on: a record may have been written by anything.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination.holder import Holder
from kit.errors import InvalidInput
from kit.records import ids, strict_json, times
from kit.store.store import ABSENT, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.store.store import Store

ARCHIVE = "archive/tasks"
STATES = ("done", "blocked", "needs-review")
MOST_RECORDS = 5000
_RECORDS = ("task.json", "claim.json", "status.json")
_HANDOFF = re.compile(r"handoffs/([1-9][0-9]{0,8})\.json")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")


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
    """A task as last seen: `oid` is the commit its ref stood at, "" when nobody ever named it.

    `problem` says what keeps its records from being read; `salvaged` are the files of a broken one that can be kept.
    """

    id: str
    oid: str = ""
    title: str = ""
    needs: tuple[str, ...] = ()
    claim: Claim | None = None
    status: Mapping[str, Any] | None = None
    handoffs: tuple[Mapping[str, Any], ...] = ()
    is_archived: bool = False
    problem: str = ""
    salvaged: Mapping[str, bytes] | None = None

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
    """Returns what is known here of a task. What is archived is done, even where a clone that did not know revived it.

    Raises InvalidInput when a record in it is not what it must be.
    """
    oid = store.tip(ref_of(task))
    found = read_at(store, task, oid) if oid else Task(task)
    if not found.is_done and is_archived(store, task):
        files = _files(store, task, store.tip(ARCHIVE))
        return parse(task, State(ABSENT, files))._replace(is_archived=True)
    return found


def is_archived(store: Store, task: str) -> bool:
    """Whether a task was folded away; an archive that is broken must not keep everyone from every new task."""
    with contextlib.suppress(InvalidInput):
        archive = store.tip(ARCHIVE)
        return bool(archive and store.objects.entries(archive, under=f"tasks/{task}"))
    return False


def read_at(store: Store, task: str, oid: str) -> Task:
    """Returns a task as a commit of its ref holds it. Raises InvalidInput as `read` does."""
    return parse(task, State(oid, _files(store, task, oid)))


def parse(task: str, state: State) -> Task:
    """Returns the task in the files of its ref. Raises InvalidInput when a record in it is not what it must be."""
    found: dict[str, dict[str, Any]] = {}
    handoffs: dict[int, Mapping[str, Any]] = {}
    prefix = f"tasks/{task}/"
    for path, data in state.files.items():
        name = path.removeprefix(prefix)
        if handoff := _HANDOFF.fullmatch(name):
            handoffs[int(handoff[1])] = {**_handoff(path, data), "number": int(handoff[1])}
        elif name in _RECORDS:
            found[name] = _object(path, data)
    record = found.get("task.json", {})
    claim = found.get("claim.json")
    status = found.get("status.json")
    if status is not None and status.get("state") not in STATES:
        raise _broken(f"{prefix}status.json", "state")
    needs = record.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(each, str) and not ids.problem(each) for each in needs):
        raise _broken(f"{prefix}task.json", "needs")
    return Task(
        task,
        state.oid,
        str(record.get("title", "")),
        tuple(needs),
        claim_of(claim, f"{prefix}claim.json", task=task) if claim is not None else None,
        status,
        tuple(handoffs[number] for number in sorted(handoffs)),
    )


def claim_of(record: Mapping[str, Any], path: str, *, task: str) -> Claim:
    """Returns the view of a task's claim. Raises InvalidInput naming the first field that is wrong."""
    epoch: Any = record.get("epoch")
    ttl: Any = record.get("ttl")
    paths, over = record.get("paths", []), record.get("taken_over")
    checks = {
        "task": record.get("task") == task,
        "state": record.get("state") in ("held", "released"),
        "agent": _is_id(record.get("agent")),
        "instance": _is_id(record.get("instance")),
        "epoch": type(epoch) is int and 0 < epoch < 10**9,
        "nonce": isinstance(record.get("nonce"), str),
        "ttl": type(ttl) in (int, float) and 0 < ttl < 10**9,
        "note": isinstance(record.get("note", ""), str),
        "paths": isinstance(paths, list) and all(isinstance(each, str) for each in paths),
        "base": bool(_COMMIT.fullmatch(str(record.get("base", "")))),
        "taken_over": over is None
        or (isinstance(over, dict) and all(isinstance(over.get(key), str) for key in ("agent", "instance", "reason"))),
    }
    if wrong := [name for name, is_right in checks.items() if not is_right]:
        raise _broken(path, wrong[0])
    try:
        since, renewed, expires = (times.seconds(record.get(name, "")) for name in ("since", "renewed", "expires"))
    except InvalidInput:
        raise _broken(path, "since, renewed or expires") from None
    return Claim(
        task,
        Holder(record["agent"], record["instance"]),
        record["epoch"],
        record["nonce"],
        since,
        renewed,
        expires,
        float(record["ttl"]),
        record.get("note", ""),
        tuple(paths),
        record.get("base", ""),
        record["state"] == "released",
        over,
    )


def _files(store: Store, task: str, oid: str) -> dict[str, bytes]:
    """Returns the records of a task in a commit; of what else a hostile one may hold nothing is read."""
    prefix = f"tasks/{task}/"
    entries = store.objects.entries(oid, under=prefix.rstrip("/"))
    wanted = [path for path in entries if _is_record(path.removeprefix(prefix))]
    if len(wanted) > MOST_RECORDS:
        raise _broken(prefix + "handoffs", f"there are {len(wanted)} records, the limit is {MOST_RECORDS}")
    return {path: store.objects.blob(entries[path], limit=strict_json.MAX_BYTES) for path in wanted}


def _is_record(name: str) -> bool:
    return name in _RECORDS or bool(_HANDOFF.fullmatch(name))


def _is_id(value: object) -> bool:
    return isinstance(value, str) and not ids.problem(value)


def _handoff(path: str, data: bytes) -> dict[str, Any]:
    record = _object(path, data)
    files = record.get("changed_files", [])
    if not isinstance(files, list) or not all(isinstance(each, str) for each in files):
        raise _broken(path, "changed_files")
    if type(record.get("changed_files_cut", 0)) is not int or not _is_id(record.get("agent")):
        raise _broken(path, "changed_files_cut or agent")
    if record.get("state") not in STATES:
        raise _broken(path, "state")
    return record


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
        hint='kit log shows who wrote it; kit claim TASK --takeover --reason "it is broken" mends it',
        code="broken_record",
    )
