"""Links that lead nowhere: every reference of every file is looked up in the whole tree."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from kit.records import markdown
from kit.records.complaint import nearest, shown
from kit.records.finding import ERROR, WARNING, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kit.validation.catalogue import Catalogue
    from kit.validation.look import Look

_GUESSES = 20  # looking for a near name among thousands takes 50 ms: enough for those that are read one by one


class _Fault(NamedTuple):
    rule: str
    severity: str
    message: str
    fix: str


class Links:
    """Answers where links lead in one tree: `paths` are the files looked at, `exists` knows all others."""

    def __init__(
        self, paths: Iterable[str], looks: Mapping[str, Look], catalogue: Catalogue, exists: Callable[[str], bool]
    ) -> None:
        self._paths = frozenset(paths)
        self._looks, self._catalogue, self._exists = looks, catalogue, exists
        self._names: dict[str, list[str]] = {}
        self._folders = {"."}
        self._guesses = _GUESSES
        for path in sorted(self._paths):
            folder, _, name = path.rpartition("/")
            stem, dot, _ = name.rpartition(".")
            for each in {name, stem} if dot and stem else {name}:
                self._names.setdefault(each, []).append(path)
            while folder and folder not in self._folders:
                self._folders.add(folder)
                folder = folder.rpartition("/")[0]

    def broken(self, path: str) -> list[Finding]:
        """Returns a finding for each reference of the file at `path` that leads nowhere."""
        found = []
        for kind, target, anchor, line, column in self._looks[path].references:
            place: str | _Fault | None  # None when the heading is there too
            if kind == "path":
                place = target if target in self._paths else self._elsewhere(target, path)
            elif kind == "name":
                place = self._named(target, path)
            elif kind == "record":
                place = self._record(target)
            elif kind == "absolute":
                place = self._absolute(target, path)
            else:
                place = target if target in self._paths or self._is_there(target) else _no_source(target)
            if isinstance(place, str) and anchor:
                place = self._anchor(place, anchor, is_heading=kind == "name")
            if isinstance(place, _Fault):
                found.append(Finding(path, line, column, *place))
        return found

    def target(self, reference: Sequence[str | int], path: str) -> str:
        """Returns the file looked at that a reference leads to, "" when it leads elsewhere or nowhere."""
        kind, target = str(reference[0]), str(reference[1])
        finders: dict[str, Callable[[], str | _Fault]] = {
            "name": lambda: self._named(target, path),
            "record": lambda: self._record(target),
        }
        place = finders.get(kind, lambda: target)()
        return place if isinstance(place, str) and place in self._paths else ""

    def _is_there(self, target: str) -> bool:
        return target in self._folders or self._exists(target)

    def _elsewhere(self, target: str, path: str) -> str | _Fault:
        if self._is_there(target):
            return target
        return _Fault("link.missing", ERROR, f"there is no {target}", self._near(target, path))

    def _near(self, target: str, path: str) -> str:
        """Returns what to write instead: the same file elsewhere, with its ending, in its case, or one like it."""
        name = posixpath.basename(target)
        same = [target + ".md"] if target + ".md" in self._paths else self._names.get(name, [])
        if not same and self._guesses:
            self._guesses -= 1
            near = {each.casefold(): each for each in self._names}.get(name.casefold()) or nearest(name, self._names)
            same = self._names.get(near, [])
        if not same:
            return "correct the path, or remove the link"
        return f"write {posixpath.relpath(same[0], posixpath.dirname(path) or '.')}"

    def _named(self, name: str, path: str) -> str | _Fault:
        """Finds the target of a wikilink: a path below the knowledge folder or beside the file, or a unique name."""
        places: Sequence[str] = self._names.get(name, ())
        if len(places) == 1:
            return places[0]
        bases = (self._catalogue.root, posixpath.dirname(path)) if "/" in name else ()
        for base in bases:
            place = posixpath.normpath(posixpath.join(base, name))
            for each in (place, place + ".md"):
                if each in self._paths:
                    return each
        places = self._records(places)
        if len(places) == 1:
            return places[0]
        if places:
            message = f"[[{name}]] can be {' or '.join(places[:3])}"
            return _Fault("link.ambiguous", ERROR, message, "name it with its folder, as in [[facts/name]]")
        where = self._names.get(posixpath.basename(name), [])
        near = where[0] if where else self._guess(posixpath.basename(name))
        fix = f"write [[{posixpath.splitext(posixpath.basename(near))[0]}]]" if near else "correct it, or remove it"
        return _Fault("link.missing", ERROR, f"there is no record {shown(name)}", fix)

    def _records(self, paths: Sequence[str]) -> Sequence[str]:
        """Returns those of `paths` that are records, or all when none is."""
        return [path for path in paths if self._kind(path) == "record"] or paths

    def _kind(self, path: str) -> str:
        look = self._looks.get(path)
        return look.kind if look else self._catalogue.kind_of(path)[0]

    def _guess(self, name: str) -> str:
        if not self._guesses:
            return ""
        self._guesses -= 1
        return next(iter(self._names.get(nearest(name, self._names), [])), "")

    def _record(self, target: str) -> str | _Fault:
        """Finds what `kit:blocks/x` names: a path without its ending, or a unique id below that folder."""
        folder, _, name = target.partition("/")
        places = [each for each in self._names.get(posixpath.basename(name), []) if self._is_of(each, folder)]
        exact = [each for each in places if posixpath.splitext(self._catalogue.within(each))[0] == target]
        if exact or len(places) == 1:
            return (exact or places)[0]
        if folder not in self._catalogue.reviewed:
            known = ", ".join(f"kit:{each}/" for each in sorted(self._catalogue.reviewed))
            return _Fault("link.missing", ERROR, f"kit:{target} names no kind of record", f"begin it with {known}")
        near = self._guess(name)
        fix = f"write kit:{posixpath.splitext(self._catalogue.within(near))[0]}" if near else "correct it, or remove it"
        return _Fault("link.missing", ERROR, f"there is no record kit:{target}", fix)

    def _is_of(self, path: str, folder: str) -> bool:
        kind, declared = self._catalogue.kind_of(path)
        return kind == "record" and declared is not None and declared.folder == folder

    def _absolute(self, target: str, path: str) -> _Fault:
        for place in (self._catalogue.join(target), target):
            if place in self._paths or self._is_there(place):
                relative = posixpath.relpath(place, posixpath.dirname(path) or ".")
                message = f"the link /{target} works only where the repository is the root of a site"
                return _Fault("link.absolute", WARNING, message, f"write {relative}")
        message = f"the link /{target} is an absolute path"
        return _Fault("link.outside", ERROR, message, "write a path relative to this file")

    def _anchor(self, place: str, anchor: str, *, is_heading: bool) -> _Fault | None:
        """Looks for a heading by its anchor; a wikilink may as well name the heading itself."""
        look = self._looks.get(place)
        anchors = look.anchors if look else None
        if anchors is None or anchor in anchors or anchor.startswith("^"):
            return None
        as_heading = markdown.anchor(anchor)
        if is_heading and as_heading in anchors:
            return None
        near = as_heading if as_heading in anchors else nearest(as_heading, anchors)
        fix = f"write #{near}" if near else f"{place} has {', '.join('#' + each for each in anchors[:8]) or 'none'}"
        return _Fault("link.anchor", ERROR, f"{place} has no heading #{anchor}", fix)


def _no_source(target: str) -> _Fault:
    fix = "correct the path, or quote what it said in `excerpt`"
    return _Fault("source.missing", WARNING, f"there is no {target} in the repository", fix)
