"""What is known of one task: its record, claim, status and handoffs, read from the tree of its ref.

The views hold what is computed with and check the types they rely on: a record may have been written by anything.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination import lease
from kit.coordination.lease import Claim, broken, is_id
from kit.errors import InvalidInput
from kit.records import ids, strict_json
from kit.store.store import ABSENT, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.store.store import Store

ARCHIVE = "archive/tasks"
STATES = ("done", "blocked", "needs-review")
MOST_RECORDS = 5000
_RECORDS = ("task.json", "claim.json", "status.json")
_HANDOFF = re.compile(r"handoffs/([1-9][0-9]{0,8})\.json")


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
    """Returns what is known here of a task; one in the archive is done, whatever stands on a ref of its name.

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
        raise broken(f"{prefix}status.json", "state")
    needs = record.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(each, str) and not ids.problem(each) for each in needs):
        raise broken(f"{prefix}task.json", "needs")
    return Task(
        task,
        state.oid,
        str(record.get("title", "")),
        tuple(needs),
        lease.parse(claim, f"{prefix}claim.json", task=task) if claim is not None else None,
        status,
        tuple(handoffs[number] for number in sorted(handoffs)),
    )


def _files(store: Store, task: str, oid: str) -> dict[str, bytes]:
    """Returns the records of a task in a commit; of what else a hostile one may hold nothing is read."""
    prefix = f"tasks/{task}/"
    entries = store.objects.entries(oid, under=prefix.rstrip("/"))
    wanted = [path for path in entries if _is_record(path.removeprefix(prefix))]
    if len(wanted) > MOST_RECORDS:
        raise broken(prefix + "handoffs", f"there are {len(wanted)} records, the limit is {MOST_RECORDS}")
    return {path: store.objects.blob(entries[path], limit=strict_json.MAX_BYTES) for path in wanted}


def _is_record(name: str) -> bool:
    return name in _RECORDS or bool(_HANDOFF.fullmatch(name))


def _handoff(path: str, data: bytes) -> dict[str, Any]:
    record = _object(path, data)
    files = record.get("changed_files", [])
    if not isinstance(files, list) or not all(isinstance(each, str) for each in files):
        raise broken(path, "changed_files")
    if type(record.get("changed_files_cut", 0)) is not int or not is_id(record.get("agent")):
        raise broken(path, "changed_files_cut or agent")
    if record.get("state") not in STATES:
        raise broken(path, "state")
    return record


def _object(path: str, data: bytes) -> dict[str, Any]:
    try:
        value = strict_json.load(data)
    except strict_json.Malformed as error:
        raise broken(path, error.message) from None
    if not isinstance(value, dict):
        raise broken(path, "it is not an object")
    return value
