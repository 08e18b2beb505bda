"""Reads a sentence as the rules see it: how strongly it binds, whether it denies, which words and quantities it has.

English only, and no grammar: what it does not know it leaves alone, so that a finding is always about words in a list.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

from kit.context.meaning import vocabulary

MAX_SENTENCE = 2000
_NUMBER = re.compile(r"(?<![\w.])[$]?(\d[\d_,]*(?:\.\d+)?)\s?(%|[a-zA-Z]{1,12})?(?![\w])")
_WORD = re.compile(r"[A-Za-z0-9_][\w./:+#@-]*|--?[a-z][\w-]*")
_SHORT = re.compile(r"\b\w{1,12}(?:n['\u2019]t|['\u2019]s|['\u2019]ll)\b")
_MARKS = re.compile(r"[`*_\"“”]+")
_ARTICLE = r"(?:the |our |its |a |an )?"
_PAIR = re.compile(r"([A-Za-z][\w .-]{0,60}?)\s*[:=]\s*(\S.{0,80})")
_IS = re.compile(
    rf"({_ARTICLE}[A-Za-z][\w .-]{{0,60}}?) (?:is|are|was|were) "
    rf"({_ARTICLE}[\w./:@-]{{1,40}}(?: [\w./:@-]{{1,30}}){{0,3}})"
)
_ENDINGS = ("ing", "ed", "es", "s")


class Quantity(NamedTuple):
    """A number with what it counts: the word behind it, and the last telling word before it.

    `is_name` is true where it rather names something: `step 2`.
    """

    value: float
    unit: str
    before: str
    shown: str
    is_name: bool


class Statement:
    """A sentence of an entry with what the rules read in it; `in_rules` says that it is meant as an instruction.

    `root` is the entry that an edit stands for, `speaker` who says it: rules, user, assistant, fold or tool.
    """

    def __init__(
        self, entry: str, text: str, *, root: str = "", speaker: str = "", in_rules: bool = False,
        is_decision: bool = False,
    ) -> None:  # fmt: skip
        self.entry = entry
        self.text = text
        self.root = root or entry
        self.speaker = speaker
        self.in_rules = in_rules
        self.is_decision = is_decision or bool(vocabulary.DECIDED.search(text[:MAX_SENTENCE]))

    @cached_property
    def plain(self) -> str:
        return _MARKS.sub("", self.text[:MAX_SENTENCE])

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        return tuple(each.rstrip(".:/-") for each in _WORD.findall(_SHORT.sub(" ", self.plain.lower())))

    @cached_property
    def content(self) -> frozenset[str]:
        """The words that say what it is about: no modals, no denials, no numbers; their endings off."""
        return frozenset(
            stem(each) for each in self.tokens
            if each and each not in vocabulary.STOP and not each[0].isdigit()
        ) - {""}  # fmt: skip

    @cached_property
    def is_released(self) -> bool:
        """Whether it says that something need not be."""
        return bool(vocabulary.RELEASED.search(self.plain))

    @cached_property
    def is_denied(self) -> bool:
        """Whether an odd number of its words deny; a release denies nothing."""
        return not self.is_released and len(vocabulary.DENIED.findall(self.plain)) % 2 == 1

    @cached_property
    def strength(self) -> int:
        """How strongly it binds; a plain order among instructions demands."""
        if self.is_released:
            return vocabulary.MAY
        found = next((level for level, each in vocabulary.BINDING if each.search(self.plain)), vocabulary.NONE)
        if found == vocabulary.NONE and self.in_rules:
            return vocabulary.MUST
        return found

    @cached_property
    def binding(self) -> tuple[str, ...]:
        """The words that say how strongly it binds."""
        patterns = [vocabulary.RELEASED, *(each for _, each in vocabulary.BINDING)]
        found = next((each.findall(self.plain) for each in patterns if each.search(self.plain)), [])
        return tuple(each.lower() for each in found)

    @cached_property
    def softened(self) -> frozenset[str]:
        """The words that let one off: unless, if possible."""
        return frozenset(each.lower() for each in vocabulary.SOFTENED.findall(self.plain))

    @cached_property
    def denials(self) -> tuple[str, ...]:
        return tuple(each.lower() for each in vocabulary.DENIED.findall(self.plain))

    @property
    def is_question(self) -> bool:
        return self.text.rstrip("\"')").endswith("?")

    @property
    def demands(self) -> bool:
        """Whether its own words demand something, whoever says it."""
        return not self.is_released and not self.is_question and bool(vocabulary.BINDING[0][1].search(self.plain))

    @property
    def is_instruction(self) -> bool:
        return self.in_rules and self.strength > vocabulary.NONE

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        found = []
        for match in _NUMBER.finditer(self.plain):
            try:
                value = float(match[1].replace(",", "").replace("_", ""))
            except ValueError:
                continue
            before = _WORD.findall(self.plain[max(0, match.start() - 40) : match.start()].lower())
            named = [stem(each) for each in before if each not in vocabulary.STOP and each not in vocabulary.BOUNDS]
            is_name = bool(before) and before[-1] not in vocabulary.STOP | vocabulary.BOUNDS | vocabulary.COUNTING
            unit = (match[2] or "").lower()
            found.append(
                Quantity(
                    value,
                    stem(unit),
                    named[-1] if named else "",
                    match[0].strip(),
                    is_name and unit not in vocabulary.UNITS,
                )
            )
        return tuple(found)

    @cached_property
    def value(self) -> tuple[str, str]:
        """The key and the value of `key: value`, `key = value` and `the key is value`, "" where it has neither."""
        found = _PAIR.fullmatch(self.plain.strip().rstrip("."))
        if found:
            return _key(found[1]), found[2].strip().lower()
        found = _IS.fullmatch(self.plain.strip().rstrip(".!"))
        if found and not vocabulary.DENIED.match(found[2]):
            return _key(found[1]), found[2].strip().lower()
        return "", ""


def stem(word: str) -> str:
    """Returns a word without its ending, so that `runs` and `run` are one; a rule of thumb."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _key(text: str) -> str:
    return " ".join(stem(each) for each in text.lower().split() if each not in ("the", "our", "its", "a", "an"))
