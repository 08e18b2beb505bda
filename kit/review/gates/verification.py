"""The verification names a command to run or something to see: the next agent must be able to tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.records.finding import ERROR
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject

_CODE = re.compile(r"`[^`\n]+`|^ {0,3}(?:```|~~~)|^(?: {4}|\t)\S", re.MULTILINE)
_SEEN = re.compile(
    r"\b(?:prints?|shows?|says?|returns?|exits?|exit (?:status|code)|passes|fails?|succeeds?|runs?|lists?|reports?"
    r"|appears?|disappears?|logs?|outputs?|raises?|responds?|answers?|no longer|status|equals?|stays?|remains?|ends?"
    r"|green|red|zero|twice|error|warning|message)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"^(?:make sure|ensure|verify|check|see|confirm|test|it)?\W*(?:that|if)?\W*"
    r"(?:it|this|everything|all|the (?:fix|code|change))?\W*(?:is |are |now |should |still )*"
    r"(?:works?|fixed|ok(?:ay)?|good|fine|done|verified|tested|solved|correct(?:ly)?|as expected)"
    r"\W*(?:now|again|as expected|correctly|fine)?\W*$",
    re.IGNORECASE,
)


def _run(subject: Subject) -> list[Fault]:
    text = subject.record.outline.sections.get("Verification", "")
    line = subject.section_line("Verification")
    if not text.strip():
        return [Fault("it has no verification", "name a command and what it prints", line)]
    if (len(text) < 300 and _EMPTY.match(text.strip())) or not (_CODE.search(text) or _SEEN.search(text)):
        return [Fault("the verification names nothing to run or to see", "name a command and what it prints", line)]
    return []


CHECK = Check("The verification can be run or seen", ERROR, 1, _run, ("block",))
