"""The redactor of a project: finds secrets in texts and JSON records, replaces them, and counts them by kind."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kit.safety import assignment, secrets
from kit.safety.home import homes
from kit.safety.leaves import leaves, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kit.safety.known import Known
    from kit.safety.leaves import Leaf
    from kit.safety.own import Own
    from kit.safety.secrets import Secret

_HOME = "~"
_BETWEEN = "\n\0\n"  # between the values of records: no rule reaches across
_MARKER = "[REDACTED:"


class Mark(NamedTuple):
    """What is to be replaced: characters `start` up to `end`; `kind` is "" for a home folder."""

    start: int
    end: int
    kind: str


class Redactor:
    """Takes out secrets and the names of home folders, and counts both.

    What it has found once it finds again wherever it occurs in later texts: one Redactor serves one session.
    """

    def __init__(self, own: Own, known: Known, *, home: str = "", is_personal: bool = True) -> None:
        self.counts: Counter[str] = Counter()
        self.homes = 0
        self._own = own
        self._known = known
        self._home = home
        self._is_personal = is_personal

    def fork(self) -> Redactor:
        """Returns a redactor that knows the same, what was found so far too, and counts from nothing."""
        return Redactor(self._own, self._known, home=self._home, is_personal=self._is_personal)

    def find(self, text: str) -> list[Secret]:
        """Returns the secrets in a text, in order; nothing is counted."""
        found = secrets.find(text, more=self._more, allow=self._own.allows if self._own.allow else None)
        for one in found:
            self._known.add(text[one.start : one.end], one.kind)
        return found

    def marks(self, text: str) -> list[Mark]:
        """Returns what is to be replaced in a text, in order and apart; nothing is counted."""
        found = self.find(text)
        if self._known.is_new_beside(text, found):  # what was found once stands elsewhere in this very text
            found = self.find(text)
        marks = [Mark(one.start, one.end, one.kind) for one in found]
        if not self._is_personal:
            return marks
        return _apart(marks, [Mark(start, end, "") for start, end in homes(text, self._home)])

    def text(self, text: str) -> str:
        """Returns a text with `[REDACTED:kind]` for each secret and `~` for each home folder."""
        while marks := self.marks(text):
            text = self.replaced(text, marks)
        return text

    def record(self, data: bytes) -> bytes:
        """Returns one JSON record with the same marks in its string values, and nothing else changed by a byte.

        JSON in a string is read as JSON, two levels deep. Keys stay. What is not JSON is read as text.
        """
        return self.records([data])[0]

    def records(self, records: Sequence[bytes]) -> list[bytes]:
        """Returns many records, each as `record` would; some hundred kB at once take a third of the time."""
        done = list(records)
        texts = {number: data.decode("utf-8", "surrogateescape") for number, data in enumerate(records)}
        while texts:
            values: list[tuple[int, Leaf]] = []
            for number, text in texts.items():
                found = leaves(text)
                if found is None:
                    clean = self.text(text)
                    done[number] = done[number] if clean == text else clean.encode("utf-8", "surrogateescape")
                else:
                    values += [(number, leaf) for leaf in found]
            changed, is_quiet = self._in_leaves(values)
            for number, marks in changed.items():
                texts[number] = self.replaced(texts[number], marks)
                done[number] = texts[number].encode("utf-8", "surrogateescape")
            texts = {} if is_quiet else {number: texts[number] for number in changed}
        return done

    def replaced(self, text: str, marks: Sequence[Mark]) -> str:
        """Returns a text with its marks put in, in their order, and counts them."""
        for mark in marks:
            if mark.kind:
                self.counts[mark.kind] += 1
            else:
                self.homes += 1
        return _replaced(text, marks)

    def _more(self, text: str, words: str) -> Iterator[Secret]:
        yield from self._own.find(text)
        yield from self._known.find(text, words)

    def _in_leaves(self, values: list[tuple[int, Leaf]]) -> tuple[dict[int, list[Mark]], bool]:
        """Returns the marks of each record whose values these are, and whether one more look would find nothing."""
        inside = self._inside(values)
        if not inside:
            return {}, True
        changed: dict[int, list[Mark]] = {}
        after = []
        for at, marks in inside.items():
            number, leaf = values[at]
            places = written(leaf, [mark[:2] for mark in marks])
            changed.setdefault(number, []).extend(
                Mark(*place, mark.kind) for place, mark in zip(places, marks, strict=True)
            )
            after.append((number, leaf._replace(text=_replaced(leaf.text, marks))))
        # A marker can be the boundary that a secret beside it lacked.
        return {number: sorted(marks) for number, marks in changed.items()}, not self._inside(after)

    def _inside(self, values: list[tuple[int, Leaf]]) -> dict[int, list[Mark]]:
        """Returns what is to be replaced in each of the values, by their numbers."""
        begins, at = [], 0
        inside: dict[int, list[Mark]] = {}
        for number, (_, leaf) in enumerate(values):
            begins.append(at)
            at += len(leaf.text) + len(_BETWEEN)
            if leaf.name and (whole := self._named(leaf)):
                inside[number] = [whole]
        named = set(inside)
        for mark in self.marks(_BETWEEN.join([leaf.text for _, leaf in values])):
            number = bisect_right(begins, mark.start) - 1
            start, end = mark.start - begins[number], min(mark.end - begins[number], len(values[number][1].text))
            if start < end and number not in named:
                inside.setdefault(number, []).append(Mark(start, end, mark.kind))
        return inside

    def _named(self, leaf: Leaf) -> Mark | None:
        """Returns the mark over a whole value where its name says that it is a secret."""
        rule = assignment.named(leaf.name)
        if rule is None or _MARKER in leaf.text or not assignment.is_value(rule, leaf.text):
            return None
        if self._own.allows(leaf.text, secrets.Secret(rule.kind, 0, len(leaf.text))):
            return None
        self._known.add(leaf.text, rule.kind)
        return Mark(0, len(leaf.text), rule.kind)


def _replaced(text: str, marks: Iterable[Mark]) -> str:
    pieces, last = [], 0
    for start, end, kind in marks:
        pieces += [text[last:start], f"[REDACTED:{kind}]" if kind else _HOME]
        last = end
    return "".join([*pieces, text[last:]])


def _apart(marks: list[Mark], folders: list[Mark]) -> list[Mark]:
    """Returns marks in order, without those of home folders that touch a secret."""
    if not folders:
        return marks
    kept: list[Mark] = []
    for mark in sorted([*marks, *folders]):
        if kept and mark.start < kept[-1].end:
            if kept[-1].kind:
                continue
            kept.pop()
        kept.append(mark)
    return kept
