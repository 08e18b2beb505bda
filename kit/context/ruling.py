"""Has a model choose between the sides of a conflict: it is given both as material, and its answer is only a choice.

What it answers is held against what a person may answer, and redacted like it; nothing is committed here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kit.context import conflict, entry
from kit.errors import InvalidInput
from kit.model import prompt as material
from kit.model.command import ModelFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.context.conflict import Conflict
    from kit.context.entry import Entry

#: Characters of one side that a model is given: of more, a person has to choose.
MOST = 60_000
_CLASSES = {
    conflict.BOTH_EDITED: "both sides have changed it",
    conflict.SKIP_AGAINST_EDIT: "one side leaves it out, the other has changed it",
    conflict.EDIT_AND_APPEND: "one side has changed it, and the other has gone on after the old words",
}
_TASK = """Two people have changed one message of a conversation apart from each other. Choose what is to stand: "ours",
"theirs", or words of your own that say what both meant. Answer with one JSON object and nothing else:
{"choice": "ours"}, {"choice": "theirs"}, or {"choice": "text", "text": "..."}.
"""


class Ruling(NamedTuple):
    """What a model chose: ours, theirs or text, and the words then."""

    choice: str
    text: str = ""


def rule(found: Conflict, ask_model: Callable[[str], str], *, nonce: str) -> Ruling:
    """Returns what a model chooses. Raises ModelFailed for an answer that is no choice, InvalidInput for one too long.

    `nonce` is random, and marks where the material stands.
    """
    told = material.answer(ask_model(prompt(found, nonce=nonce)))
    choice, text = told.get("choice"), told.get("text", "")
    if choice in (conflict.OURS, conflict.THEIRS):
        return Ruling(str(choice))
    if choice != conflict.TEXT or not isinstance(text, str) or not text.strip():
        raise ModelFailed(
            f"the model chose {str(choice)[:40]!r} for {found.root}", hint="kit context resolve ENTRY ours|theirs"
        )
    return Ruling(conflict.TEXT, entry.check(entry.Entry("", 0.0, "user", "dialogue", text)).text)


def prompt(found: Conflict, *, nonce: str) -> str:
    """Returns what a model is asked. Raises InvalidInput when a side is too long to be shown whole."""
    sides = {"base": found.base, "ours": found.ours, "theirs": found.theirs}
    shown = {"class": _CLASSES[found.kind], **{name: _side(each) for name, each in sides.items()}}
    if any(each and len(each.text) > MOST for each in sides.values()):
        raise InvalidInput(
            f"{found.root} has more than {MOST} characters", hint="choose yourself: kit context resolve ENTRY ours",
            code="too_large",
        )  # fmt: skip
    return f"{_TASK}\n{material.data(json.dumps(shown, ensure_ascii=False, indent=1), nonce=nonce, name='conflict')}"


def _side(each: Entry | None) -> dict[str, str] | None:
    return {"role": each.role, "priority": each.priority, "text": each.text} if each else None
