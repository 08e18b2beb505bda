"""What names a commit of a thread: HEAD, how many before it, a tag, a time, an entry, the beginning of its id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit import setting
from kit.context import fields, place, record, tip
from kit.errors import InvalidInput, NotFound
from kit.records import ids, strict_json, times
from kit.store.change import notes_of

if TYPE_CHECKING:
    from kit.store.store import Store

_BACK = re.compile(r"(.*?)~(\d{0,6})")
_HEX = re.compile(r"[0-9a-f]{4,40}")
HELP = "HEAD, HEAD~2, a tag, @2h or @2026-11-20T10:00Z, an entry's id, or the first digits of a commit"


def resolve(store: Store, thread: str, text: str, *, now: float) -> str:
    """Returns the commit that `text` names, in the history of a thread; `other:REV` names one of another thread.

    `now` is in seconds since the epoch, for times such as `@2h`. Raises NotFound, or InvalidInput for a word that
    names nothing.
    """
    named, colon, rest = text.partition(":")
    if colon and not text.startswith("@") and not ids.problem(named):
        return resolve(store, named, rest or "HEAD", now=now)
    if back := _BACK.fullmatch(text):
        return _before(store, resolve(store, thread, back[1] or "HEAD", now=now), int(back[2] or 1), text)
    top = tip.of(store, thread).oid
    if text in ("HEAD", ""):
        return top
    if text.startswith("@") or fields.is_id(text):
        return at_time(store, top, _moment(text[1:], now)) if text[0] == "@" else added(store, top, text)
    found = _tags(store, top, thread).get(text) or _of_digits(store, text)
    if found and _is_of_a_thread(store, top, found):
        return found
    if not found and not ids.problem(text) and (other := tip.tip(store, text).oid):
        return other
    raise NotFound(f"{text!r} names no commit of {thread}", hint=f"write {HELP}", value=text)


def at_time(store: Store, top: str, moment: float) -> str:
    """Returns the last commit of a history that was made up to a moment, in seconds since the epoch."""
    answer = store.repository.git.run("rev-list", "-1", f"--before={int(moment)}", top)
    oid = answer.text.strip()
    while oid:
        commit = store.objects.commit(oid)
        said = notes_of(commit.message).get("At", "")
        if commit.when < int(moment) or not said or times.seconds(said) <= moment:
            return oid  # git's times have no parts of a second, the trailer has
        oid = commit.parents[0] if commit.parents else ""
    raise NotFound(
        f"the thread was not there at {times.stamp(moment)}", hint="kit context log --limit 0 shows its first"
    )


def added(store: Store, top: str, name: str) -> str:
    """Returns the first commit of a history in which an entry stands. Raises NotFound when none has it."""
    answer = store.repository.git.run(
        "log", "--format=%H", "--diff-filter=A", "--no-renames", "--full-history", "--reverse", top, "--",
        f":(glob){place.FOLDER}/*/{place.ENTRIES}/*/*/{name}.md",
    )  # fmt: skip
    found = answer.text.split("\n")[0]
    if not found:
        raise NotFound(f"no commit has an entry {name!r}", hint="kit context find shows entries", value=name)
    return found


def _before(store: Store, start: str, count: int, text: str) -> str:
    answer = store.repository.git.run("rev-parse", "--verify", "--quiet", f"{start}~{count}", codes=(0, 1, 128))
    if answer.code:
        raise NotFound(f"{text!r} is before the first commit", hint="kit context log --limit 0 shows it", value=text)
    return answer.text.strip()


def _moment(text: str, now: float) -> float:
    try:
        return now - setting.duration(text)
    except ValueError:
        pass
    for each in (text, f"{text}Z", f"{text}T00:00Z"):
        try:
            return times.seconds(each)
        except InvalidInput:
            continue
    raise InvalidInput(f"{text!r} is no time", hint="write @2h, or @2026-11-20T10:00Z")


def _tags(store: Store, top: str, thread: str) -> dict[str, str]:
    folder = place.folder_of(store.objects, top, thread)
    blob = store.objects.blob_id(top, f"{folder}/{place.RECORD}") if folder else ""
    if not blob:
        return {}
    return dict(record.parse(thread, store.objects.blob(blob, limit=strict_json.MAX_BYTES)).tags)


def _of_digits(store: Store, text: str) -> str:
    """Returns the id of the one commit that begins with these hex digits, "" for none."""
    if not _HEX.fullmatch(text):
        return ""
    words = ("--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    answer = store.repository.git.run("rev-parse", *words, codes=(0, 1, 128))
    return answer.text.strip() if answer.code == 0 else ""


def _is_of_a_thread(store: Store, top: str, oid: str) -> bool:
    """Whether a commit is of the history of a thread, or holds one: another branch may be named by its commit."""
    try:
        return store.objects.descends(top, oid) or bool(store.objects.names(oid, place.FOLDER))
    except InvalidInput:
        return False
