"""What lists of tasks show: one row a task, with its state as a person understands it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.coordination import complete, tasks
from kit.records import times
from kit.store import repository as repositories

if TYPE_CHECKING:
    from kit.coordination.holder import Holder
    from kit.coordination.task import Task
    from kit.store.store import Store


def rows(store: Store, *, which: str, me: Holder | None, now: float) -> list[dict[str, Any]]:
    """Returns a row for each task that is `which`: open (all unfinished or unmerged), ready, mine, stale or all.

    States: ready, waiting, held, expired, blocked, needs-review, `done, not merged`, done, broken.
    """
    known = tasks.known(store)
    skew = store.repository.config.number("claims.skew")
    branch = repositories.reviewed_revision(store.repository)
    tip = (store.objects.tip(branch) or "") if branch else ""
    found = []
    for each in known.values():
        row = _row(store, each, known, now=now, skew=skew, tip=tip)
        if _is_wanted(row, which, me):
            found.append(row)
    return found


def circles(store: Store) -> list[list[str]]:
    """Returns the circles of needs that racing writers made, each once; none of their tasks is ever ready."""
    graph = {each.id: each.needs for each in tasks.known(store).values()}
    ways = {tuple(sorted(set(way))): way for name in graph if (way := tasks.circle(graph, name))}
    return list(ways.values())


def _row(store: Store, each: Task, known: dict[str, Task], *, now: float, skew: float, tip: str) -> dict[str, Any]:
    waits_for = tasks.open_needs(store, each, known)
    state = "broken" if each.problem else each.shown_state(now)
    if each.is_done and not complete.is_merged(store, each, tip):
        state = "done, not merged"
    elif state == "open":
        state = "waiting" if waits_for else "ready"
    row: dict[str, Any] = {"task": each.id, "title": each.title, "state": state, "open_needs": waits_for}
    row |= {"problem": each.problem} if each.problem else {}
    if each.claim and not each.claim.is_released:
        held = each.claim
        row |= {
            "holder": held.holder.agent,
            "instance": held.holder.instance,
            "epoch": held.epoch,
            "since": times.stamp(held.since),
            "expires": times.stamp(held.expires),
            "note": held.note,
            "may_be_taken": held.may_be_taken(now, skew),
        }
    elif each.status:
        row |= {"by": each.status.get("agent"), "note": str(each.status.get("note", ""))}
    return row


def _is_wanted(row: dict[str, Any], which: str, me: Holder | None) -> bool:
    if which == "ready":
        return row["state"] == "ready" or (row["state"] == "expired" and row["may_be_taken"] and not row["open_needs"])
    if which == "mine":
        return me is not None and row.get("holder") == me.agent
    if which == "stale":
        return bool(row["state"] == "expired")
    return which == "all" or row["state"] != "done"
