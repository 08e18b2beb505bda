"""Proposals: steps that nobody typed, kept in the thread until a person or an agent accepts or rejects them.

A proposal is data: an operation, its arguments and what it was about. Its id is made of exactly that, so that the same
is not proposed twice, nobody accepts other words than those shown, and what was changed meanwhile is told.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import operation as operations
from kit.context import place, record, shape
from kit.errors import InvalidInput, KitError, NotFound, Taken
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.context.cleaning import Redactor
    from kit.context.thread import State
    from kit.context.write import Base
    from kit.store.store import Store

FOLDER = place.PROPOSALS
#: Open proposals that one thread may have: more are not read.
MOST = 200
_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{16}")
MAX_LINE = 200


class Proposal(NamedTuple):
    """A proposal; `at` in seconds since the epoch, `base` the commit it was made on, `tokens` what it would change."""

    id: str
    thread: str
    at: float
    operation: str
    arguments: Mapping[str, Any]
    base: str
    agent: str
    instance: str
    why: str = ""
    tokens: Mapping[str, int] = {}

    def record(self) -> dict[str, Any]:
        """Returns the record as it stands in git."""
        return {
            "type": "proposal",
            "id": self.id,
            "thread": self.thread,
            "at": times.stamp(self.at),
            "operation": self.operation,
            "arguments": dict(self.arguments),
            "base": self.base,
            "agent": self.agent,
            "instance": self.instance,
            "why": self.why,
            **({"tokens": dict(self.tokens)} if self.tokens else {}),
        }

    def dump(self) -> bytes:
        """Returns the bytes of its file. Raises InvalidInput when they are too many to be read again."""
        data = strict_json.dump(self.record())
        if len(data) > strict_json.MAX_BYTES:
            raise InvalidInput(f"the proposal has {len(data)} bytes", hint="shorten its text", code="too_large")
        return data

    @property
    def path(self) -> str:
        """Its file, below the thread's folder."""
        return f"{FOLDER}/{self.id}.json"

    @property
    def said(self) -> str:
        """What it would do, in a few words."""
        return operations.named(self.operation).said(self.arguments)


class Open(NamedTuple):
    """The proposals that wait, oldest first, the paths of those that cannot be read, and how many were not read."""

    proposals: tuple[Proposal, ...]
    broken: tuple[str, ...]
    left: int = 0


def id_of(store: Store, state: State, operation: str, arguments: Mapping[str, Any]) -> str:
    """Returns the id of a proposal: what it is about as the thread stands, and all that it says.

    Raises KitError when the operation cannot be carried out there.
    """
    whole = about(store, state, operation, arguments)
    return f"{whole}-{_digest([whole, arguments])[:16]}"


def about(store: Store, state: State, operation: str, arguments: Mapping[str, Any]) -> str:
    """Returns the first part of that id: what a proposal is about, without its text. Raises as `id_of` does."""
    does = operations.named(operation)
    named = {name: value for name, value in arguments.items() if does.shape[name].rstrip("?") != "text"}
    return _digest([state.thread, operation, named, does.about(store, state, arguments)])[:12]


def kin(names: Mapping[str, str], name: str) -> list[str]:
    """Returns the paths of the proposals about the same as the one of this id, itself among them if it is there."""
    return [path for path in names if path.startswith(f"{FOLDER}/{name[:13]}") and is_path(path)]


def is_path(path: str) -> bool:
    """Whether a path below a thread's folder is that of a proposal."""
    return path.startswith(f"{FOLDER}/") and path.endswith(".json") and bool(_ID.fullmatch(path[len(FOLDER) + 1 : -5]))


def name_at(path: str) -> str:
    """Returns the id of the proposal at a path."""
    return path[len(FOLDER) + 1 : -5]


def names(store: Store, base: Base) -> dict[str, str]:
    """Returns the files of proposals that stand at a commit, by path below the thread's folder, as object ids."""
    if not base.oid or not base.folder:
        return {}
    found = store.objects.names(base.oid, f"{base.folder}/{FOLDER}")
    paths = [f"{FOLDER}/{name}" for name in found if is_path(f"{FOLDER}/{name}")]
    return {path: store.objects.blob_id(base.oid, f"{base.folder}/{path}") for path in paths}


def proposals(store: Store, state: State, redactor: Redactor) -> Open:
    """Returns the open proposals of a thread; what it has from the thread it was begun from is not its own."""
    found: list[Proposal] = []
    broken: list[str] = []
    paths = sorted(path for path in state.files if path.startswith(f"{FOLDER}/"))
    for path in paths[:MOST]:
        try:
            each = _read(store, state, path, redactor)
        except InvalidInput:
            broken.append(path)
            continue
        if each.thread == state.thread:
            found.append(each)
    return Open(tuple(sorted(found, key=lambda each: (each.at, each.id))), tuple(broken), len(paths[MOST:]))


def find(store: Store, state: State, name: str, redactor: Redactor) -> Proposal:
    """Returns the open proposal of a whole id. Raises NotFound, or InvalidInput for one that cannot be read."""
    path = f"{FOLDER}/{name}.json"
    if not is_path(path) or path not in state.files:
        near = [each[len(FOLDER) + 1 : -5] for each in state.files if name and is_path(each) and name in each]
        hint = f"did you mean {near[0]}?" if near else "kit context proposals lists them"
        raise NotFound(f"no proposal {name!r} waits in {state.thread}", hint=hint, value=name)
    found = _read(store, state, path, redactor)
    if found.thread != state.thread:
        raise NotFound(f"{name} is a proposal for {found.thread}", hint=f"kit context proposals --on {found.thread}")
    return found


def change(store: Store, state: State, found: Proposal) -> str:
    """Returns why a proposal cannot be accepted as the thread stands, "" when it can: what it was about is the same."""
    try:
        if not store.objects.descends(state.commit, found.base):
            return "it was not made on a commit of this thread"
        now = id_of(store, state, found.operation, found.arguments)
    except KitError as error:
        return error.message
    return "" if now == found.id else "what it was about was changed meanwhile"


def check(store: Store, state: State, found: Proposal) -> None:
    """Raises Taken when what a proposal was about was changed since it was made."""
    if why := change(store, state, found):
        hint = f"kit context reject {found.id}" + (
            ", or kit sync where a thread is missing" if "no thread" in why else ""
        )
        raise Taken(f"{found.id} cannot be accepted: {why}", hint=hint, code="changed", retryable=False)


def parse(name: str, data: bytes, redactor: Redactor) -> Proposal:
    """Returns the proposal with the id `name` in a file. Raises InvalidInput for anything that kit did not write."""
    found: Any = strict_json.load(data)
    words = ("thread", "operation", "base", "agent", "instance", "why")
    is_sound = (
        isinstance(found, dict)
        and found.get("type") == "proposal"
        and found.get("id") == name
        and bool(_ID.fullmatch(name))
        and all(isinstance(found.get(word), str) and len(found[word]) <= MAX_LINE for word in words)
        and not any(ids.problem(found[word]) for word in ("thread", "agent", "instance"))
        and record.is_oid(found["base"])
        and _are_counts(found.get("tokens", {}))
    )
    if not is_sound:
        raise InvalidInput(
            f"the proposal {name} is not what kit wrote", hint=f"kit context reject {name}", code="broken_proposal"
        )
    arguments = shape.checked(operations.named(found["operation"]).shape, found.get("arguments"), redactor)
    return Proposal(
        name, found["thread"], times.seconds(found.get("at", "")), found["operation"], arguments, found["base"],
        found["agent"], found["instance"], found["why"], found.get("tokens", {}),
    )  # fmt: skip


def _read(store: Store, state: State, path: str, redactor: Redactor) -> Proposal:
    name = path[len(FOLDER) + 1 :].removesuffix(".json")
    return parse(name, store.objects.blob(state.files[path], limit=strict_json.MAX_BYTES), redactor)


def _are_counts(tokens: object) -> bool:
    return (
        isinstance(tokens, dict)
        and not tokens.keys() - {"before", "after"}
        and all(type(each) is int and 0 <= each < 1 << 40 for each in tokens.values())
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
