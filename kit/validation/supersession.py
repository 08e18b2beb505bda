"""Which record replaces which: every chain leads to one record that holds, and equal problems have one block."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.records.complaint import shown
from kit.records.finding import ERROR, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kit.validation.look import Look

    Key = tuple[str, str]  # type, id


class _Edge(NamedTuple):
    """One entry of `supersedes`: who, whom, and where it says so."""

    newer: str
    older: str
    line: int
    column: int


def faults(looks: Mapping[str, Look]) -> list[Finding]:
    """Returns what is wrong between records that supersede one another, and blocks of one fingerprint."""
    paths: dict[Key, str] = {}
    for path in sorted(looks):
        if looks[path].kind == "record":
            paths.setdefault((looks[path].type, looks[path].id), path)
    edges: list[_Edge] = []
    found: list[Finding] = []
    for path in sorted(looks):
        for older, line, column in looks[path].supersedes:
            target = paths.get((looks[path].type, older))
            if target is None:
                found.append(_missing(path, line, column, older, looks))
            else:
                edges.append(_Edge(path, target, line, column))
    found += [*_cycles(edges), *_heads(edges, looks), *_still_stable(edges, looks), *_duplicates(looks)]
    return found


def _missing(path: str, line: int, column: int, older: str, looks: Mapping[str, Look]) -> Finding:
    kind = looks[path].type
    elsewhere = next((look.type for look in looks.values() if look.id == older and look.kind == "record"), "")
    fix = f"a {kind} cannot supersede a {elsewhere}: link to it instead" if elsewhere else "correct it, or remove it"
    return Finding(path, line, column, "supersedes.missing", ERROR, f"there is no {kind} {shown(older)}", fix)


def _cycles(edges: list[_Edge]) -> Iterator[Finding]:
    """Yields one finding for each entry that closes a circle: a record would replace itself."""
    older: dict[str, list[_Edge]] = {}
    for edge in edges:
        older.setdefault(edge.newer, []).append(edge)
    done: set[str] = set()
    for start in sorted(older):
        path: dict[str, None] = {start: None}  # in order
        stack = [] if start in done else [iter(older[start])]
        while stack:
            entry = next(stack[-1], None)
            if entry is None:
                done.add(path.popitem()[0])
                stack.pop()
            elif entry.older in path:
                circle = [*list(path)[list(path).index(entry.older) :], entry.older]
                message = f"the records supersede one another in a circle: {' -> '.join(circle)}"
                yield _at(entry, "supersedes.cycle", message, "remove one of these entries")
            elif entry.older not in done:
                path[entry.older] = None
                stack.append(iter(older.get(entry.older, ())))


def _heads(edges: list[_Edge], looks: Mapping[str, Look]) -> Iterator[Finding]:
    """Yields a finding for each entry by which a record has two successors that hold, neither replacing the other."""
    holding = [edge for edge in edges if looks[edge.newer].status not in ("draft", "deprecated")]
    newer: dict[str, list[_Edge]] = {}
    for edge in holding:
        rivals = newer.setdefault(edge.older, [])
        if not rivals or rivals[-1].newer != edge.newer:  # an entry that stands twice is the schema's matter
            rivals.append(edge)
    for older, rivals in sorted(newer.items()):
        if len(rivals) == 1:
            continue
        names = {edge.newer for edge in rivals}
        heads = [edge for edge in rivals if names.isdisjoint(_above(edge.newer, newer))]
        for edge in heads if len(heads) > 1 else ():
            other = next(each.newer for each in heads if each is not edge)
            message = f"{older} is also superseded by {other}: there must be one that holds"
            fix = "let one of the two supersede the other, or mark it deprecated"
            yield _at(edge, "supersedes.heads", message, fix)


def _above(path: str, newer: Mapping[str, list[_Edge]]) -> set[str]:
    """Returns all records that replace the one at `path`, directly or not (itself only in a circle)."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        for edge in newer.get(waiting.pop(), ()):
            if edge.newer not in found:
                found.add(edge.newer)
                waiting.append(edge.newer)
    return found


def _still_stable(edges: list[_Edge], looks: Mapping[str, Look]) -> Iterator[Finding]:
    for edge in edges:
        if looks[edge.newer].status == looks[edge.older].status == "stable":
            message = f"{edge.older} is superseded here and is still stable itself"
            yield _at(edge, "supersedes.status", message, f"write status: deprecated in {edge.older}")


def _duplicates(looks: Mapping[str, Look]) -> Iterator[Finding]:
    first: dict[Key, str] = {}
    for path, value, line, column in _fingerprints(looks):
        other = first.setdefault((looks[path].type, value), path)
        if other != path:
            message = f"{other} has the same fingerprint: it is the same problem"
            fix = "merge the two, or let one supersede the other and mark that one deprecated"
            yield Finding(path, line, column, "fingerprint.twice", ERROR, message, fix)


def _fingerprints(looks: Mapping[str, Look]) -> Iterable[tuple[str, str, int, int]]:
    for path in sorted(looks):
        look = looks[path]
        if look.fingerprint and look.status != "deprecated":
            value, line, column = look.fingerprint
            yield path, str(value), int(line), int(column)


def _at(edge: _Edge, rule: str, message: str, fix: str) -> Finding:
    return Finding(edge.newer, edge.line, edge.column, rule, ERROR, message, fix)
