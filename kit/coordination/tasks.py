"""The tasks of a project as a graph: what is ready, what is held, and what waits for what."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kit.coordination import task
from kit.coordination.task import ARCHIVE, Task
from kit.errors import InvalidInput, NotFound, Taken
from kit.records import ids, strict_json, times
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.coordination.holder import Holder
    from kit.store.author import Author
    from kit.store.store import Store

#: The refs that say what tasks there are and how they stand.
PATTERNS = ("tasks/*", ARCHIVE)


def known(store: Store) -> dict[str, Task]:
    """Returns the tasks last seen by id, without archived ones; of a broken one only its `problem` is known."""
    found: dict[str, Task] = {}
    for ref, oid in sorted(store.refs("tasks").items()):
        name = ref.removeprefix("tasks/")
        if ids.problem(name):
            continue
        try:
            found[name] = task.read_at(store, name, oid)
        except InvalidInput as error:
            found[name] = Task(name, oid, problem=error.message)
    return found


def ready(store: Store, *, now: float) -> list[Task]:
    """Returns the tasks that can be claimed now, oldest need first: open, free, and all they need is done."""
    all_tasks = known(store)
    skew = store.repository.config.number("claims.skew")
    return [each for each in all_tasks.values() if is_ready(store, each, all_tasks, now=now, skew=skew)]


def is_ready(store: Store, each: Task, all_tasks: Mapping[str, Task], *, now: float, skew: float) -> bool:
    is_free = each.claim is None or each.claim.may_be_taken(now, skew)
    return each.state == "open" and is_free and not each.problem and not open_needs(store, each, all_tasks)


def open_needs(store: Store, each: Task, all_tasks: Mapping[str, Task]) -> list[str]:
    """Returns the tasks that `each` needs and that are not done."""
    return [name for name in each.needs if not _is_done(store, all_tasks.get(name), name)]


def _is_done(store: Store, known: Task | None, name: str) -> bool:
    if known:
        return known.is_done
    with contextlib.suppress(InvalidInput):
        return task.read(store, name).is_done
    return False


def add(store: Store, name: str, *, me: Holder, now: float, title: str = "", needs: Sequence[str] = ()) -> Task:
    """Adds a task, or changes title and needs of one that nobody holds or has done; returns it.

    Raises InvalidInput when the needs make a circle, Taken when it is held or done. Each task has a ref of its own, so
    a circle that several writers close at once shows only when all have written: whoever finds one takes its part
    back. One that dies before it can is told by `kit tasks`.
    """
    ref = task.ref_of(name)
    wanted = tuple(dict.fromkeys(ids.check(each, what="task") for each in needs))
    for _ in range(8):
        store.fetch(*PATTERNS)
        before = task.read(store, name)
        if before.is_done or (before.claim and before.claim.is_live(now)):
            raise Taken(
                f"task {name!r} is {before.shown_state(now)} already", hint=f"kit task show {name}", code="exists"
            )
        _refuse_circle(store, name, wanted or before.needs)
        told = store.repository.redacted(title or before.title)
        record = {
            "type": "task",
            "id": name,
            "title": told,
            "needs": list(wanted or before.needs),
            "by": me.agent,
            "at": times.stamp(now),
        }
        edit = {f"{ref}/task.json": strict_json.dump({key: value for key, value in record.items() if value})}
        change = Change(ref, before.oid, edit, "add", f"add {name}" + (f": {told}" if told else ""), {"Task": name})
        try:
            published = store.publish([change], author=me.author(now))
            if wanted:
                store.fetch(*PATTERNS)
                if way := circle(_graph(store), name):
                    _take_back(store, name, before, published[ref], author=me.author(now))
                    raise _circular(way)
        except Stale:
            continue
        return task.read(store, name)
    raise Taken(f"task {name!r} kept changing", hint="run the same command again", code="contended")


def circle(needs: Mapping[str, Sequence[str]], start: str) -> list[str]:
    """Returns a circle of needs through `start`, first and last being it; [] when there is none."""
    trail: list[tuple[str, list[str]]] = [(start, [start])]
    seen: set[str] = set()
    while trail:
        name, way = trail.pop()
        for need in needs.get(name, ()):
            if need == start:
                return [*way, start]
            if need not in seen:
                seen.add(need)
                trail.append((need, [*way, need]))
    return []


def _refuse_circle(store: Store, name: str, wanted: Sequence[str]) -> None:
    if way := circle(_graph(store) | {name: tuple(wanted)}, name):
        raise _circular(way)


def _graph(store: Store) -> dict[str, tuple[str, ...]]:
    return {each.id: each.needs for each in known(store).values()}


def _circular(way: Sequence[str]) -> InvalidInput:
    return InvalidInput(
        f"the needs make a circle: {' needs '.join(way)}", hint="leave one of them out", code="circle", circle=way
    )


def _take_back(store: Store, name: str, before: Task, now: str, *, author: Author) -> None:
    """Makes a task again what it was before it was added or changed."""
    ref = task.ref_of(name)
    if not before.oid:
        store.delete({ref: now}, [], author=author)
        return
    path = f"{ref}/task.json"
    edit = {path: store.at(before.oid).files.get(path)}
    store.publish([Change(ref, now, edit, "add", f"take the needs of {name} back", {"Task": name})], author=author)


def refuse_unknown(store: Store, name: str) -> Task:
    """Returns a task that exists. Raises NotFound when nobody ever named it."""
    found = task.read(store, name)
    if not found.oid and not found.is_archived:
        raise NotFound(f"there is no task {name!r}", hint="kit tasks --all lists them; kit task add makes one")
    return found
