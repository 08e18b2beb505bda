"""What must not stand in any text of a knowledge repository: secrets, and characters nobody sees.

The rules are those of kit.safety; a secret is never repeated in a message, not even in that of another rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.records.finding import ERROR, Finding
from kit.records.strict_json import Malformed
from kit.safety import secrets
from kit.safety.text import hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HEAD = 8  # so much of a secret is enough to recognise it in a value that was cut
_SHOWN = 3
_SEEN = bytes([*b"\t\n", *range(0x20, 0x7F)])  # a text of these alone needs no closer look


def decoded(data: bytes) -> str:
    """Returns the text in `data`. Raises Malformed when it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Malformed(
            f"byte {error.start} is not UTF-8", rule="encoding", line=line, hint="save it as UTF-8"
        ) from None


def faults(path: str, data: bytes, found: list[Finding]) -> list[Finding]:
    """Returns `found` without the secrets it quotes, and a finding for every secret and line of unseen characters."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return found
    marks = hidden(text) if data.translate(None, _SEEN) else []
    marks = marks[1:] if text.startswith("\ufeff") else marks  # a byte-order mark is the rule `encoding`'s
    unseen = [_unseen(path, line, column, names) for line, column, names in _by_line(text, marks)]
    leaks = sorted(secrets.find(text), key=lambda leak: leak.start)
    if not leaks:
        return [*found, *unseen]
    places = list(_places(text, (leak.start for leak in leaks)))
    told = [_leak(path, *at, leak.kind) for at, leak in zip(places, leaks, strict=True)]
    values = [text[leak.start : leak.end] for leak in leaks]
    return [*(_without(each, values) for each in found), *unseen, *told]


def _unseen(path: str, line: int, column: int, names: list[str]) -> Finding:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    message = f"characters stand here that nobody sees: {', '.join(names[:_SHOWN])}{more}"
    fix = "remove them, or write the escape itself in `code`"
    return Finding(path, line, column, "hidden-character", ERROR, message, fix)


def _leak(path: str, line: int, column: int, kind: str) -> Finding:
    message = f"what stands here looks like a secret ({kind})"
    fix = "replace it by a placeholder such as <token>, and revoke it: git keeps what was ever committed"
    return Finding(path, line, column, "secret", ERROR, message, fix)


def _without(finding: Finding, values: Iterable[str]) -> Finding:
    for value in values:
        quoted = re.compile(re.escape(value[:_HEAD]) + r"[^\s'\"]*")
        finding = finding._replace(
            message=quoted.sub("[secret]", finding.message), fix=quoted.sub("[secret]", finding.fix)
        )
    return finding


def _by_line(text: str, marks: list[tuple[int, str]]) -> Iterator[tuple[int, int, list[str]]]:
    """Yields line and column of the first mark of each line, and what all marks of that line are."""
    lines: dict[int, tuple[int, list[str]]] = {}
    for (line, column), (_, name) in zip(_places(text, (at for at, _ in marks)), marks, strict=True):
        lines.setdefault(line, (column, []))[1].append(name)
    for line, (column, names) in lines.items():
        yield line, column, names


def _places(text: str, offsets: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yields line and column (from 1) of offsets that ascend."""
    line, begin, last = 1, 0, 0
    for at in offsets:
        if passed := text.count("\n", last, at):
            line, begin = line + passed, text.rindex("\n", last, at) + 1
        last = at
        yield line, at - begin + 1
