"""Takes secrets out of what people, agents and programs write, before it is written anywhere.

`redacted` is for one text by the shipped rules; a `Redactor` adds what a project and its environment know, reads JSON
records, and counts. It is no proof that nothing is left: docs/redaction.md says what is not found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kit.config import Config
    from kit.safety.known import Known
    from kit.safety.leaves import Leaf
    from kit.safety.own import Own
    from kit.safety.secrets import Secret

_HOME = "~"
_BETWEEN = "\n\0\n"  # between the values of a record: no rule reaches across


class Mark(NamedTuple):
    """What is to be replaced: characters `start` up to `end`; `kind` is "" for a home folder."""

    start: int
    end: int
    kind: str


def redacted(text: str) -> str:
    """Returns the text without secrets; the rules are loaded only when there is a text (5 ms of a claim)."""
    if not text:
        return ""
    from kit.safety import secrets

    return secrets.redact(text)[0]


def redactor(
    config: Config,
    *,
    environment: Mapping[str, str] | None = None,
    env_files: Iterable[bytes] = (),
    home: str = "",
    is_personal: bool = True,
) -> Redactor:
    """Returns the redactor of a project: its `[redaction]` rules, and the secrets its environment holds.

    `home` is a home folder beside those that are known by their shape; with `is_personal` false paths stay as they
    are. Raises InvalidInput for a rule that is no regular expression or could take for ever.
    """
    from kit.safety import known, own

    values = known.Known()
    for variables in (environment or {}, *map(known.of_env_file, env_files)):
        for value, kind in known.of_environment(variables):
            values.add(value, kind)
    rules = own.read(config.tables("redaction.rules"), config.texts("redaction.allow"))
    return Redactor(rules, values, home=home, is_personal=is_personal)


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
        from kit.safety import secrets

        found = secrets.find(text, more=self._more, allow=self._own.allows)
        for one in found:
            self._known.add(text[one.start : one.end], one.kind)
        return found

    def text(self, text: str) -> str:
        """Returns a text with `[REDACTED:kind]` for each secret and `~` for each home folder."""
        while marks := self.marks(text):
            text = self.replaced(text, marks)
        return text

    def record(self, data: bytes) -> bytes:
        """Returns one JSON record with the same marks in its string values, and nothing else changed by a byte.

        JSON in a string is read as JSON, two levels deep. Keys stay. What is not JSON is read as text.
        """
        from kit.safety.leaves import leaves

        before = text = data.decode("utf-8", "surrogateescape")
        while (values := leaves(text)) is not None and (marks := self._in_leaves(values)):
            text = self.replaced(text, marks)
        if values is None:
            text = self.text(text)
        return data if text is before else text.encode("utf-8", "surrogateescape")

    def replaced(self, text: str, marks: Sequence[Mark]) -> str:
        """Returns a text with its marks put in, in their order, and counts them."""
        pieces, last = [], 0
        for start, end, kind in marks:
            pieces += [text[last:start], f"[REDACTED:{kind}]" if kind else _HOME]
            last = end
            if kind:
                self.counts[kind] += 1
            else:
                self.homes += 1
        return "".join([*pieces, text[last:]])

    def _more(self, text: str) -> Iterator[Secret]:
        yield from self._own.find(text)
        yield from self._known.find(text)

    def marks(self, text: str) -> list[Mark]:
        """Returns what is to be replaced in a text, in order and apart; nothing is counted."""
        marks = [Mark(one.start, one.end, one.kind) for one in self.find(text)]
        if not self._is_personal:
            return marks
        from kit.safety.home import homes

        return _apart([*marks, *(Mark(start, end, "") for start, end in homes(text, self._home))])

    def _in_leaves(self, values: list[Leaf]) -> list[Mark]:
        """Returns what is to be replaced in the text whose string values these are."""
        from kit.safety.leaves import written

        begins, at = [], 0
        for leaf in values:
            begins.append(at)
            at += len(leaf.text) + len(_BETWEEN)
        inside: dict[int, list[Mark]] = {}
        for mark in self.marks(_BETWEEN.join(leaf.text for leaf in values)):
            number = bisect_right(begins, mark.start) - 1
            start, end = mark.start - begins[number], min(mark.end - begins[number], len(values[number].text))
            if start < end:
                inside.setdefault(number, []).append(Mark(start, end, mark.kind))
        for number, leaf in enumerate(values):
            if leaf.name and (whole := self._named(leaf)):
                inside[number] = [whole]
        found = []
        for number, marks in inside.items():
            places = written(values[number], [mark[:2] for mark in marks])
            found += [Mark(*place, mark.kind) for place, mark in zip(places, marks, strict=True)]
        return sorted(found)

    def _named(self, leaf: Leaf) -> Mark | None:
        """Returns the mark over a whole value where its name says that it is a secret."""
        from kit.safety import assignment, secrets

        rule = assignment.named(leaf.name)
        if rule is None or "[REDACTED:" in leaf.text or not assignment.is_value(rule, leaf.text):
            return None
        if self._own.allows(leaf.text, secrets.Secret(rule.kind, 0, len(leaf.text))):
            return None
        self._known.add(leaf.text, rule.kind)
        return Mark(0, len(leaf.text), rule.kind)


def _apart(marks: Iterable[Mark]) -> list[Mark]:
    """Returns marks in order without those of home folders that touch a secret."""
    kept: list[Mark] = []
    for mark in sorted(marks):
        if kept and mark.start < kept[-1].end:
            if kept[-1].kind:
                continue
            kept.pop()
        kept.append(mark)
    return kept
