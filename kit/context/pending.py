"""A merge that waits for choices: `.kit/context/merge-<thread>.json`, and a Markdown page of it for people to read.

The JSON file decides: a person may write a `choice` (ours, theirs, or text and the `text`) into it, or use
`kit context resolve`. When it is deleted the merge is forgotten, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import conflict
from kit.errors import NotWritten
from kit.records import ids, strict_json, times
from kit.store import derived

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.conflict import Conflict
    from kit.context.entry import Entry
    from kit.store.repository import Repository

FOLDER = "context"
MERGE, REBASE = "merge", "rebase"
MAX_BYTES = 32 << 20
_HELP = """Choose for each: `kit context resolve ENTRY ours`, `theirs`, or `--text FILE`; then
`kit context merge --continue`. `kit context merge --abort` forgets the merge. This page is made from the JSON file
beside it, in which a `choice` may be written too.
"""


class Pending(NamedTuple):
    """A merge of the commit `theirs` of the thread `source` into `thread`, begun at `at` (seconds since the epoch).

    `verb` is merge, or rebase where the thread's own entries come behind the other's; with `is_strict` it is refused
    where that changes what is meant.
    """

    thread: str
    source: str
    theirs: str
    at: float
    conflicts: tuple[Conflict, ...] = ()
    verb: str = MERGE
    is_strict: bool = False

    @property
    def open(self) -> tuple[Conflict, ...]:
        """The conflicts without a choice."""
        return tuple(each for each in self.conflicts if not each.choice)


def file_of(repository: Repository, thread: str) -> Path:
    """Returns the file in which a merge into a thread waits."""
    return repository.derived / FOLDER / f"merge-{ids.check(thread, what='thread')}.json"


def find(repository: Repository, thread: str) -> Pending | None:
    """Returns the merge that waits, None when none does. Raises InvalidInput when its file is broken."""
    file = file_of(repository, thread)
    try:
        if file.is_symlink():
            raise conflict.broken("a symbolic link is not followed")
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError:
        return None
    found: Any = strict_json.load(data, max_bytes=MAX_BYTES)
    is_sound = (
        isinstance(found, dict)
        and found.get("thread") == thread
        and all(isinstance(found.get(name), str) for name in ("source", "theirs", "at"))
        and not ids.problem(found["source"])
        and len(found["theirs"]) == 40
        and not set(found["theirs"]) - set("0123456789abcdef")
        and isinstance(found.get("conflicts"), list)
        and found.get("verb", MERGE) in (MERGE, REBASE)
        and isinstance(found.get("strict", False), bool)
    )
    if not is_sound:
        raise conflict.broken(f"{file} is not what kit wrote")
    conflicts = tuple(map(conflict.parse, found["conflicts"]))
    at, verb = times.seconds(found["at"]), found.get("verb", MERGE)
    return Pending(thread, found["source"], found["theirs"], at, conflicts, verb, found.get("strict", False))


def put(repository: Repository, found: Pending) -> Pending:
    """Writes down a merge that waits, the page first. Raises NotWritten when it cannot be written."""
    file = file_of(repository, found.thread)
    record = {
        "thread": found.thread, "verb": found.verb, "source": found.source, "theirs": found.theirs,
        "at": times.stamp(found.at), "strict": found.is_strict,
        "conflicts": [each.record() for each in found.conflicts],
    }  # fmt: skip
    try:
        derived.make(repository.derived)
        derived.write(file.with_suffix(".md"), page(found).encode("utf-8", "replace"))
        derived.write(file, strict_json.dump(record))
    except OSError as error:
        raise NotWritten(f"{file} cannot be written: {error.strerror}", hint="make room, then merge again") from None
    return found


def remove(repository: Repository, thread: str) -> None:
    """Forgets a merge."""
    file = file_of(repository, thread)
    file.unlink(missing_ok=True)
    file.with_suffix(".md").unlink(missing_ok=True)


def page(found: Pending) -> str:
    """Returns the conflicts as Markdown: what stood, what each side has, all of it indented so that it is only text."""
    parts = [f"# Merge of {found.source} into {found.thread}", f"{len(found.open)} of {len(found.conflicts)} conflicts "
             f"are open. {_HELP}"]  # fmt: skip
    for number, each in enumerate(found.conflicts, 1):
        parts.append(f"## {number}. {each.root} ({each.kind}): {each.choice or 'open'}")
        if each.answers:
            parts.append(f"Said after the old words: {', '.join(each.answers[:10])}")
        sides = {"it was": each.base, "ours": each.ours, "theirs": each.theirs}
        parts += [f"### {name}\n\n{_shown(side)}" for name, side in sides.items()]
        parts += [f"### text\n\n{_indented(each.text)}"] if each.choice == conflict.TEXT else []
    return "\n\n".join(parts) + "\n"


def _shown(each: Entry | None) -> str:
    if each is None:
        return "(not there)"
    head = f"{each.role}, {each.kind}, {each.priority}, by {each.agent} at {times.stamp(each.at)}"
    return f"{head}\n\n{_indented(each.text)}"


def _indented(text: str) -> str:
    from kit.safety.text import printable

    return "\n".join("    " + printable(line) for line in text.splitlines()) or "    (empty)"
