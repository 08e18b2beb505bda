"""Reserves files with a task. All reservations stand on one ref, so that two overlapping ones cannot both win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination.holder import Holder
from kit.errors import InvalidInput, Taken
from kit.records import ids, strict_json, times
from kit.safety import paths as globs
from kit.store.store import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kit.coordination.lease import Claim
    from kit.store.store import Store

REF = "paths"
#: As in schemas/reservation.schema.json: every check compares each glob with each path.
MAX_GLOBS, MAX_GLOB = 100, 400


class Reservation(NamedTuple):
    """Globs of the files that a task's holder reserved; `expires` in seconds since the epoch."""

    task: str
    holder: Holder
    epoch: int
    expires: float
    paths: tuple[str, ...]


def reservations(store: Store) -> list[Reservation]:
    """Returns the reservations last seen, expired ones included; broken ones are left out (`sound` names them)."""
    return sound(store)[0]


def sound(store: Store) -> tuple[list[Reservation], list[str]]:
    """Returns the reservations last seen, and the paths of the records that are broken."""
    found: list[Reservation] = []
    broken: list[str] = []
    try:
        files = store.read(REF).files
    except InvalidInput:
        return [], [REF]
    for path, data in sorted(files.items()):
        try:
            found.append(_parse(path, data))
        except InvalidInput:
            broken.append(path)
    return found, broken


def reserve(store: Store, claims: Sequence[Claim], *, now: float) -> list[Change]:
    """Returns the change that reserves the claims' paths (none where they have none).

    Raises Taken when a live reservation of another holder overlaps.
    """
    if not any(each.paths for each in claims):
        return []
    mine = {each.task for each in claims}
    skew = store.repository.config.number("claims.skew")
    edit: dict[str, bytes | None] = {}
    for other in reservations(store):
        if other.task not in mine and now >= other.expires + skew:
            edit[f"paths/{other.task}.json"] = None
        elif other.task not in mine and other.holder != claims[0].holder:
            _refuse_overlap(claims, other, now)
    for each in claims:
        if each.paths:
            record = {"type": "reservation", "task": each.task, **each.holder.fields(), "epoch": each.epoch,
                      "expires": times.stamp(each.expires), "paths": list(each.paths)}  # fmt: skip
            edit[f"paths/{each.task}.json"] = strict_json.dump(record)
    return [_change(store, edit, f"reserve {', '.join(sorted(mine))}", "reserve")]


def give_back(store: Store, held: Claim) -> list[Change]:
    """Returns the change that gives the paths of a claim back (none where it has none)."""
    path = f"paths/{held.task}.json"
    if held.paths and path not in store.read(REF).files:
        store.fetch(REF)  # reserved by another instance, or in another clone
    if not held.paths or path not in store.read(REF).files:
        return []
    return [_change(store, {path: None}, f"give back the paths of {held.task}", "unreserve")]


def touching(store: Store, paths: Iterable[str], *, me: Holder, now: float) -> list[tuple[str, Reservation]]:
    """Returns (path, reservation) for each of `paths` that someone else has reserved and whose lease is not over.

    A folder stands for all that is below it, "" for all there is.
    """
    others = [each for each in reservations(store) if each.holder != me and now < each.expires]
    return [(path, each) for path in paths for each in others if any(globs.overlap(glob, path) for glob in each.paths)]


def check(patterns: Sequence[str]) -> tuple[str, ...]:
    """Returns the globs without doubles. Raises InvalidInput for one that leaves the repository."""
    if len(patterns) > MAX_GLOBS or any(len(each) > MAX_GLOB for each in patterns):
        raise InvalidInput(
            f"a claim reserves at most {MAX_GLOBS} globs of {MAX_GLOB} characters",
            hint="reserve a folder instead: 'src/auth/**'",
            code="invalid_path",
        )
    for each in patterns:
        if not globs.is_safe_relative(each.replace("*", "x").replace("?", "x")):
            raise InvalidInput(
                f"the path {each!r} is not inside the repository",
                hint="write it like 'src/auth/**'",
                code="invalid_path",
            )
    return tuple(dict.fromkeys(patterns))


def _refuse_overlap(claims: Sequence[Claim], other: Reservation, now: float) -> None:
    for each in claims:
        for mine in each.paths:
            for theirs in other.paths:
                if globs.overlap(mine, theirs):
                    raise Taken(
                        f"{mine!r} overlaps {theirs!r}, reserved by {other.holder.agent} with task {other.task!r}, "
                        f"expires {times.ago(other.expires, now)}",
                        hint=f"kit wait {other.task}, or reserve other files",
                        code="paths_reserved",
                        task=other.task,
                        holder=other.holder.agent,
                        instance=other.holder.instance,
                        expires=times.stamp(other.expires),
                        path=theirs,
                    )


def _change(store: Store, edit: dict[str, bytes | None], subject: str, event: str) -> Change:
    before = store.tip(REF)
    return Change(REF, before, edit, event, subject, is_anew=bool(before) and not store.objects.has(before))


def _parse(path: str, data: bytes) -> Reservation:
    try:
        record: dict[str, Any] = strict_json.load(data)
        globs_of = record["paths"]
        if not isinstance(globs_of, list) or not all(isinstance(each, str) for each in globs_of):
            raise TypeError
        if path != f"paths/{record['task']}.json" or len(globs_of) > MAX_GLOBS or max(map(len, globs_of)) > MAX_GLOB:
            raise ValueError
        task, agent, instance = (ids.check(record[name]) for name in ("task", "agent", "instance"))
        expires = times.seconds(record["expires"])
        return Reservation(task, Holder(agent, instance), int(record["epoch"]), expires, tuple(globs_of))
    except (KeyError, TypeError, ValueError, OverflowError, InvalidInput):
        raise InvalidInput(
            f"the live record {path} is broken", hint="kit log shows who wrote it", code="broken_record"
        ) from None
