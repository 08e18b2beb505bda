"""Writes a replay as one page that loads nothing, runs nothing but its own script, and shows texts as texts.

The policy in it names the digests of its script and its style: whatever a text could smuggle in would not run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from typing import TYPE_CHECKING, Any

from kit import resources
from kit.records import times
from kit.safety.text import printable
from kit.workflows import replay

if TYPE_CHECKING:
    from kit.workflows.collisions import Collision
    from kit.workflows.replay import Item, Replay

_SCRIPTS = ("scale.js", "timeline.js", "list.js", "replay.js")
_UNSAFE = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
_SHORT = 160
MAX_TEXT = 1500  # characters of what was asked, or answered
MAX_ALL = 12_000_000  # characters of all texts together


def page(shown: Replay, *, title: str, made: str) -> tuple[bytes, tuple[str, ...]]:
    """Returns the page, and in words what it leaves out."""
    title = printable(title, keep_newlines=False)
    content, cut = _content(shown, title=title, made=made)
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_UNSAFE)
    style = _file("replay.css")
    script = "".join(_file(name) for name in _SCRIPTS)
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "title": html.escape(title), "style": style, "script": script, "data": data}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _file("replay.html")).encode(), cut


def _content(shown: Replay, *, title: str, made: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    places = {name: at for at, (name, _) in enumerate(shown.lanes)}
    room = _Room(MAX_ALL)
    holds = replay.by_lane(shown.holds)
    items = [_item(each, holds, places, room) for each in shown.items]
    clashes = [_clash(each, places) for each in shown.collisions]
    for each in clashes:
        for at in each["items"]:
            items[at]["clash"] = 1
    cut = (*shown.cut, *([f"the texts of {room.refused} events are shortened"] if room.refused else []))
    told = {
        "title": title,
        "made": made,
        "from": min((each["t"] for each in items), default=0),
        "to": max((each.get("e", each["t"]) for each in items), default=0),
        "lanes": [{"name": name, "note": note} for name, note in shown.lanes],
        "tasks": sorted({each.task for each in shown.items if each.task} | {each.task for each in shown.holds}),
        "items": items,
        "holds": [
            {"l": places[each.lane], "task": each.task, "t": _ms(each.at), "e": _ms(each.until), "how": each.how}
            for each in shown.holds
        ],
        "clashes": clashes,
        "cut": list(cut),
    }
    return told, cut


class _Room:
    """How many characters are left for texts; what finds none is shortened and counted."""

    def __init__(self, left: int) -> None:
        self.left, self.refused = left, 0

    def text(self, text: str, most: int) -> str:
        """Returns the text with its hidden characters shown, cut where it is longer than `most`."""
        if not text:
            return ""
        shown = printable(text[:most]) + (f" ... {len(text) - most} more characters" if len(text) > most else "")
        self.left -= len(shown)
        if self.left >= 0:
            return shown
        self.refused += 1
        return shown[:80]


def _item(item: Item, holds: replay.Holds, places: dict[str, int], room: _Room) -> dict[str, Any]:
    told: dict[str, Any] = {"t": _ms(item.at), "l": places[item.lane], "k": item.kind, "s": item.title}
    if item.until > item.at:
        told["e"] = _ms(item.until)
    if item.task:
        told["task"] = item.task
    if item.to in places and item.to != item.lane:
        told["to"] = places[item.to]
    if item.turn is None:
        return told | ({"x": room.text(item.notes, MAX_TEXT)} if item.notes else {})
    turn = item.turn
    told |= {
        "where": f"kit:sessions/{item.session}#L{turn.first}-L{turn.last}",
        "x": room.text(turn.asked, MAX_TEXT),
        "y": room.text(turn.answer, MAX_TEXT),
        "calls": turn.calls,
        "bad": turn.failed,
        "files": list(dict.fromkeys(printable(each.path, keep_newlines=False) for each in turn.writes)),
        "steps": [
            [_ms(each.at), printable(each.tool[:40], keep_newlines=False), room.text(each.text, _SHORT), each.is_failed]
            for each in turn.steps
        ],
        "tasks": replay.tasks_of(item, holds),
    }
    return {name: value for name, value in told.items() if value not in ("", [], 0) or name in {"t", "l"}}


def _clash(each: Collision, places: dict[str, int]) -> dict[str, Any]:
    seconds = round(each.until - each.at)
    apart = f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"
    theirs = places[each.other]
    began, ended = (times.stamp(at)[11:19] for at in (each.at, each.until))
    if each.task:
        short, what = f"at {began[:5]}", f"at {began} UTC"
    else:
        short = f"at {began[:5]}, {apart} apart"
        what = f"{each.lane} at {began}, {each.other} at {ended} UTC"
        if each.times > 1:
            what = f"in turn, {each.times} times, from {began} to {ended} UTC"
    return {
        "t": _ms(each.at), "e": _ms(each.until), "a": places.get(each.lane, theirs), "b": theirs, "path": each.path,
        "task": each.task, "items": [each.first, each.second], "title": each.title, "short": short, "what": what,
    }  # fmt: skip


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _file(name: str) -> str:
    return resources.inside(f"workflows/replay_page/{name}").decode()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
