"""What a session hands over at its end: an entry of type session that a model reads, and a program reads back.

It stands once, as Markdown: `# Handoff`, then `## Summary`, and the lists `## Decisions` and `## Next steps`. Whoever
edits the entry edits the handoff; what has none of these headings is a summary and nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import add as adding
from kit.context import draft, piece, place, version
from kit.context.record import Handed
from kit.context.thread import State
from kit.context.write import Beside
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kit.context.add import Added
    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.series import Series
    from kit.store.store import Store

EVENT = "context-handoff"
KIND, TAG = "session", "handoff"
#: Characters of a summary and of one decision or step, and how many of these there may be of each.
MAX_SUMMARY, MAX_ITEM, MOST = 20_000, 2_000, 100
_TITLE = "# Handoff"
_ENDS = re.compile(r"\r+\n")
_HEADINGS = {"Summary": "summary", "Decisions": "decisions", "Next steps": "next"}
_HEADING = re.compile(rf"(\\*)## ({'|'.join(_HEADINGS)})[ \t]*")


class Handoff(NamedTuple):
    """What was done, what was decided, and what is to be done next."""

    summary: str = ""
    decisions: tuple[str, ...] = ()
    next: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {"summary": self.summary, "decisions": list(self.decisions), "next": list(self.next)}


def handoff(
    store: Store,
    thread: str,
    said: Handoff,
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    series: Series | None = None,
) -> Added:
    """Adds a handoff to a thread, pinned, and notes in its record that it was handed over; nothing is sent.

    An earlier handoff that is pinned is so no more: the last one counts. Raises InvalidInput for one that says
    nothing or too much, NotFound when there is no such thread.
    """
    lists = [tuple(redactor.text(each) for each in some) for some in (said.decisions, said.next)]
    text = render(check(Handoff(redactor.text(said.summary) if said.summary else "", *lists)))
    made = draft.draft("assistant", text, kind=KIND)._replace(tags=(TAG,))

    def also(base: Base) -> Edit:
        state = State(store, thread, base.oid)
        earlier = [each.head for each in version.versions(state.entries) if is_handoff(each.head)]
        record = state.record._replace(handoff=Handed(author.when, author.name))
        pinned = [each for each in earlier if piece.is_pinned(each)]
        return {place.RECORD: record.dump(), **{each.path: _unpinned(each) for each in pinned}}

    return adding.add(
        store, thread, [made], author=author, random=random, redactor=redactor, event=EVENT,
        subject=f"hand over {thread}", series=series, beside=Beside({}, also),
    )  # fmt: skip


def is_handoff(each: Entry) -> bool:
    """Whether an entry is a handoff that stands."""
    return each.kind == KIND and TAG in each.tags and each.priority != piece.SKIPPED


def last(entries: Iterable[Entry]) -> Entry | None:
    """Returns the last handoff among entries in force, which are in order; None when there is none."""
    return max((each for each in entries if is_handoff(each)), key=lambda each: (each.at, each.id), default=None)


def check(said: Handoff) -> Handoff:
    """Returns a handoff as it is written, line ends and blanks around what is said aside.

    Raises InvalidInput when it says nothing, or more than it may.
    """
    lists = (said.decisions, said.next)
    made = Handoff(_plain(said.summary), *(tuple(filter(None, map(_item, each))) for each in lists))
    if not any(made):
        raise InvalidInput("the handoff says nothing", hint="give --summary, --decision or --next", code="empty")
    for what, texts, most in (
        ("the summary", [made.summary], MAX_SUMMARY),
        ("a decision", made.decisions, MAX_ITEM),
        ("a next step", made.next, MAX_ITEM),
    ):
        if (longest := max(map(len, texts), default=0)) > most:
            raise InvalidInput(
                f"{what} has {longest} characters, the limit is {most}",
                hint="put it beside the thread and say where: kit artifact put FILE", code="too_large",
            )  # fmt: skip
    if (count := max(len(made.decisions), len(made.next))) > MOST:
        raise InvalidInput(
            f"{count} decisions or next steps are too many", hint=f"the limit is {MOST}", code="too_large"
        )
    return made


def render(said: Handoff) -> str:
    """Returns a handoff as Markdown; `parse` reads back what `check` has let through."""
    parts = [_TITLE]
    if said.summary:
        lines = (f"\\{line}" if _HEADING.fullmatch(line) else line for line in said.summary.split("\n"))
        parts += ["## Summary", "\n".join(lines)]
    for name, items in (("Decisions", said.decisions), ("Next steps", said.next)):
        if items:
            parts += [f"## {name}", "\n".join(_listed(each) for each in items)]
    return "\n\n".join(parts) + "\n"


def parse(text: str) -> Handoff:
    """Returns the handoff in a Markdown text, whoever wrote it."""
    lines = _ENDS.sub("\n", text).removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() == _TITLE:
        del lines[0]
    parts: dict[str, list[str]] = {"summary": [], "decisions": [], "next": []}
    at = "summary"
    for line in lines:
        found = _HEADING.fullmatch(line)
        if found and not found[1]:
            at = _HEADINGS[found[2]]
        else:
            parts[at].append(line[1:] if found else line)
    return Handoff(_plain("\n".join(parts["summary"])), tuple(_items(parts["decisions"])), tuple(_items(parts["next"])))


def of_record(value: object, where: str) -> Handoff:
    """Returns the handoff in a JSON object: `summary`, and the lists `decisions` and `next`.

    Raises InvalidInput, and says `where`, when it is none.
    """
    hint = 'write {"summary": "...", "decisions": ["..."], "next": ["..."]}'
    if not isinstance(value, dict) or value.keys() - set(Handoff._fields):
        raise InvalidInput(f"{where} is no handoff", hint=hint, code="invalid_handoff")
    found = {name: value.get(name, "" if name == "summary" else []) for name in Handoff._fields}
    lists: list[Sequence[Any]] = [found["decisions"], found["next"]]
    if not isinstance(found["summary"], str) or not all(
        isinstance(some, list) and all(isinstance(each, str) for each in some) for some in lists
    ):
        raise InvalidInput(f"{where} has a field that is not what it must be", hint=hint, code="invalid_handoff")
    return Handoff(found["summary"], *map(tuple, lists))


def bounded(said: Handoff) -> tuple[Handoff, Mapping[str, int]]:
    """Returns as much of a handoff as may be shown, and what was left out: characters of texts, or items of lists."""
    lists = (said.decisions, said.next)
    short = Handoff(said.summary[:MAX_SUMMARY], *(tuple(one[:MAX_ITEM] for one in each[:MOST]) for each in lists))
    wholes = (said.summary, *said.decisions[:MOST], *said.next[:MOST])
    shown = zip(wholes, (short.summary, *short.decisions, *short.next), strict=True)
    cut = {
        "characters": sum(len(whole) - len(part) for whole, part in shown),
        "decisions": len(said.decisions) - len(short.decisions),
        "next": len(said.next) - len(short.next),
    }
    return short, {name: count for name, count in cut.items() if count}


def _unpinned(each: Entry) -> bytes:
    return each._replace(priority="normal").dump()


def _plain(text: str) -> str:
    return _ENDS.sub("\n", text).strip()


def _item(text: str) -> str:
    return "\n".join(line.rstrip() for line in _plain(text).split("\n"))


def _listed(item: str) -> str:
    first, *rest = item.split("\n")
    return "\n".join([f"- {first}", *(f"  {line}" if line else "" for line in rest)])


def _items(lines: Sequence[str]) -> list[str]:
    """Returns the items of a list: a line that is indented goes on with the one before, any other begins one."""
    found: list[list[str]] = []
    for line in lines:
        if found and (line.startswith("  ") or not line.strip()):
            found[-1].append(line[2:] if line.strip() else "")
        elif line.strip():
            found.append([line[2:] if line.startswith(("- ", "* ")) else line])
    return [item for each in found if (item := _item("\n".join(each)))]
