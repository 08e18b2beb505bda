"""What a compile is made of: pieces that go in, cuts that do not, and warnings about their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kit.context.entry import Entry

#: Why an entry is not in what was compiled.
SKIP, EDITED, FOLDED, REASONING, STRATEGY, BUDGET = "skip", "edited", "folded", "reasoning", "strategy", "budget"
EMPTY, BROKEN, ORPHAN_RESULT, ORPHAN_CALL = "empty", "broken", "orphan-result", "orphan-call"
REASONS = (SKIP, EDITED, FOLDED, REASONING, STRATEGY, BUDGET, EMPTY, BROKEN, ORPHAN_RESULT, ORPHAN_CALL)

#: How an entry stands in what was compiled: whole, as a fold of others, or shortened to its headings, its first
#: sentence, or its first characters.
FULL, FOLD, OUTLINE, SENTENCE, HEAD = "full", "fold", "outline", "sentence", "head"

EDIT_FIRST, ANSWER_FIRST, RESULT_FIRST = "edit-before-target", "answer-before-question", "result-before-call"
NO_TARGET, UNINSTRUCTED, OVERTAKEN = "edit-without-target", "answer-without-instruction", "edit-beside-edit"
UNASKED, ALONE, UNFOLDED = "answer-without-question", "half-of-a-pair", "fold-without-originals"
PARTED = "answer-parted-from-question"

PINNED, IMPORTANT, SKIPPED = "pinned", "important", "skip"

#: Tokens that an API's own marks around one message are taken for, whatever counts the text.
FRAME = 4


class Piece(NamedTuple):
    """An entry as it is sent: `text` in the `form` it has, `tokens` of it `by` whom.

    `is_said` makes a tool's text speech; `tokens` is 0 until it was counted; `place` is where it stands in the order
    that was asked for.
    """

    entry: Entry
    text: str
    form: str = FULL
    tokens: int = 0
    by: str = ""
    place: int = 0
    is_said: bool = False

    @property
    def is_call(self) -> bool:
        return not self.is_said and is_call(self.entry)

    @property
    def is_result(self) -> bool:
        return not self.is_said and is_result(self.entry)

    @property
    def cost(self) -> int:
        """What it takes of a budget."""
        return self.tokens + FRAME


class Cut(NamedTuple):
    """An entry that is not in it, and why; `tokens` is what it would have taken, 0 of a record that is broken."""

    id: str
    reason: str
    tokens: int = 0


class Warned(NamedTuple):
    """Something about the order that changes what is meant: what an `entry` says hangs on the `other`."""

    name: str
    entry: str
    other: str

    @property
    def message(self) -> str:
        words = {
            EDIT_FIRST: "is an edit and stands before its target",
            ANSWER_FIRST: "is an answer and stands before its question",
            RESULT_FIRST: "is a result and stands before its call",
            NO_TARGET: "is an edit of an entry that is not here, and stands for itself:",
            UNINSTRUCTED: "was said without the instruction that now stands before it:",
            OVERTAKEN: "is an edit, and the other side has edited the same:",
            PARTED: "is an answer, and another question now stands between it and its own:",
            UNASKED: "is an answer, and its question is not here:",
            ALONE: "is half of a tool's pair, and the other half is not there; its call is",
            UNFOLDED: "is a fold, and what it stands for is not here; it comes as an entry like others:",
        }
        return f"{self.entry} {words[self.name]} {self.other}"


def is_call(entry: Entry) -> bool:
    """Whether an entry is a tool's call: an assistant's, with the id that ties it to a result."""
    return bool(entry.call) and speaker(entry) == "assistant"


def is_result(entry: Entry) -> bool:
    """Whether an entry is what a tool answered to a call."""
    return bool(entry.call) and speaker(entry) in ("tool", "user")


def speaker(entry: Entry) -> str:
    """Returns who speaks for the APIs: system, user, assistant or tool; a role they do not know is a user's."""
    known = {"developer": "system", "system": "system", "assistant": "assistant", "model": "assistant",
             "tool": "tool", "function": "tool"}  # fmt: skip
    return known.get(entry.role, "user")


def is_pinned(entry: Entry) -> bool:
    """Whether an entry is never cut."""
    return entry.priority == PINNED
