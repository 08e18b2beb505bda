"""What two sides of a thread disagree about: one entry, what each has made of it, and what was chosen."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import entry, fields
from kit.context.entry import Entry
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Both sides have changed it; one side leaves it out and the other has changed it; one side has changed it, and the
#: other has gone on after the old words.
BOTH_EDITED, SKIP_AGAINST_EDIT, EDIT_AND_APPEND = "both-edited", "skip-against-edit", "edit-and-append"
CLASSES = (BOTH_EDITED, SKIP_AGAINST_EDIT, EDIT_AND_APPEND)
SIDES = ("base", "ours", "theirs")
OURS, THEIRS, TEXT = "ours", "theirs", "text"
#: What an entry says and how it is treated: what two versions of it are compared by.
SAID = ("text", "role", "kind", "call", "tool")
TREATED = ("priority", "tags", "retain")


class Conflict(NamedTuple):
    """An entry (its root's id) that both sides have changed; a side is None where that side has removed it.

    `answers` are the entries that went on after the old words. `choice` is ours, theirs or text, "" while it is open.
    """

    root: str
    kind: str
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    answers: tuple[str, ...] = ()
    choice: str = ""
    text: str = ""

    @property
    def digest(self) -> str:
        """What both sides have, in 16 hex digits: a choice made about other words is no choice about these."""
        sides = [[self.root, self.kind, list(self.answers)], *(_said(each) for each in (self.ours, self.theirs))]
        return hashlib.sha256(json.dumps(sides, sort_keys=True).encode()).hexdigest()[:16]

    def record(self) -> dict[str, Any]:
        """Returns the conflict as JSON."""
        sides = {"base": self.base, "ours": self.ours, "theirs": self.theirs}
        return {
            "entry": self.root,
            "class": self.kind,
            "digest": self.digest,
            "answers": list(self.answers),
            **{name: each.record() if each else None for name, each in sides.items()},
            "choice": self.choice,
            "text": self.text,
        }

    def chosen(self) -> Entry | None:
        """Returns the entry as it is to stand, None where the side that was chosen has removed it."""
        if self.choice == TEXT:
            side = self.ours or self.theirs or self.base
            if side is None:
                raise InvalidInput(f"nothing of {self.root} can be read", hint="choose ours or theirs")
            return side._replace(text=self.text, tokens=entry.count(self.text), usage={})
        return self.ours if self.choice == OURS else self.theirs


def said(each: Entry | None) -> tuple[Any, ...]:
    """Returns what an entry says, to be compared."""
    return tuple(getattr(each, name) for name in SAID) if each else ()


def treated(each: Entry | None) -> tuple[Any, ...]:
    """Returns how an entry is treated, to be compared."""
    if each is None:
        return ()
    return each.priority, tuple(sorted(each.tags)), tuple(sorted(map(_pattern, each.retain)))


def parse(value: Any) -> Conflict:
    """Returns the conflict in a JSON object as `record` makes it. Raises InvalidInput when it is none."""
    try:
        base, ours, theirs = (entry.of_record(value[name]) if value[name] else None for name in SIDES)
        found = Conflict(
            value["entry"], value["class"], base, ours, theirs, tuple(value["answers"]), value.get("choice") or "",
            value.get("text") or "",
        )  # fmt: skip
        is_sound = (
            fields.is_id(found.root)
            and found.kind in CLASSES
            and found.choice in ("", OURS, THEIRS, TEXT)
            and isinstance(found.text, str)
            and all(isinstance(each, str) and fields.is_id(each) for each in found.answers)
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise broken(f"{type(error).__name__}: {error}") from None
    if not is_sound:
        raise broken("a choice is ours, theirs or text")
    if found.choice == TEXT:
        entry.check(found.chosen() or found._replace(choice=OURS).chosen() or Entry("", 0, "", "", ""))
    return found


def broken(why: str) -> InvalidInput:
    return InvalidInput(
        f"the conflict cannot be read: {why}",
        hint="kit context merge --abort, then merge again",
        code="broken_conflict",
    )


def is_named(each: Conflict, name: str) -> bool:
    """Whether a name, the beginning or the end of an id, means the entry of a conflict."""
    return bool(name) and (each.root.startswith(name) or each.root.endswith(name))


def _said(each: Entry | None) -> list[Any]:
    return [list(said(each)), json.loads(json.dumps(treated(each)))] if each else []


def _pattern(each: Mapping[str, str]) -> tuple[str, str]:
    return each["match"], each["pattern"]
