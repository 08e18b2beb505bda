"""Links that lead nowhere: every reference of every file is looked up in the whole tree."""

from __future__ import annotations

import posixpath
from functools import cache
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
    """Answers where links lead in one tree: `paths` are the files looked at.

    Of all others `exists` says whether they are there, and `anchors` which headings they have, None if unknown.
    """

    def __init__(
        self,
        paths: Iterable[str],
        looks: Mapping[str, Look],
        catalogue: Catalogue,
        exists: Callable[[str], bool],
        anchors: Callable[[str], Sequence[str] | None],
    ) -> None:
        self._paths = frozenset(paths)
        self._looks, self._catalogue, self._exists = looks, catalogue, exists
        self._anchors = cache(anchors)
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
            if kind == "absolute":
                fault: _Fault | None = self._absolute(target, path)
            else:
                places = self._places(kind, target, path)
                fault = _FAULTS[kind](self, target, path, places) if len(places) != 1 else None
                if anchor and not fault:
                    fault = self._without_anchor(places[0], anchor, is_heading=kind == "name")
            if fault:
                found.append(Finding(path, line, column, *fault))
        return found

    def target(self, reference: Sequence[str | int], path: str) -> str:
        """Returns the file looked at that a reference leads to, "" when it leads elsewhere or nowhere."""
        places = self._places(str(reference[0]), str(reference[1]), path)
        return places[0] if len(places) == 1 and places[0] in self._paths else ""

    def _places(self, kind: str, target: str, path: str) -> Sequence[str]:
        """Returns what a reference can mean: one place when it is fine."""
        if kind == "name":
            return self._named(target, path)
        if kind == "record":
            return self._record(target)
        return [target] if target in self._paths or self._is_there(target) else []

    def _is_there(self, target: str) -> bool:
        return target in self._folders or self._exists(target)

    def _near(self, target: str, path: str) -> str:
        """Returns what to write instead: the same file elsewhere, with its ending, in its case, or one like it."""
        name = posixpath.basename(target)
        same = [target + ".md"] if target + ".md" in self._paths else self._names.get(name, [])
        if not same and self._guesses:
            self._guesses -= 1
            in_case = {each.casefold(): each for each in self._names}.get(name.casefold())
            same = self._names.get(in_case or nearest(posixpath.splitext(name)[0], self._names), [])
        if not same:
            return "correct the path, or remove the link"
        return f"write {posixpath.relpath(same[0], posixpath.dirname(path) or '.')}"

    def _named(self, name: str, path: str) -> Sequence[str]:
        """Finds the target of a wikilink: a path below the knowledge folder or beside the file, or a name."""
        places: Sequence[str] = self._names.get(name, ())
        if len(places) == 1:
            return places
        for base in (self._catalogue.root, posixpath.dirname(path)) if "/" in name else ():
            place = posixpath.normpath(posixpath.join(base, name))
            for each in (place, place + ".md"):
                if each in self._paths:
                    return [each]
        return [each for each in places if self._kind(each) == "record"] or places

    def _kind(self, path: str) -> str:
        look = self._looks.get(path)
        return look.kind if look else self._catalogue.kind_of(path)[0]

    def _record(self, target: str) -> Sequence[str]:
        """Finds what `kit:blocks/x` names: a path without its ending, or an id below that folder."""
        folder, _, name = target.partition("/")
        places = [each for each in self._names.get(posixpath.basename(name), ()) if self._is_of(each, folder)]
        exact = [each for each in places if posixpath.splitext(self._catalogue.within(each))[0] == target]
        return exact or places

    def _is_of(self, path: str, folder: str) -> bool:
        kind, declared = self._catalogue.kind_of(path)
        return kind == "record" and declared is not None and declared.folder == folder

    def _no_file(self, target: str, path: str, _: Sequence[str]) -> _Fault:
        return _Fault("link.missing", ERROR, f"there is no {target}", self._near(target, path))

    def _no_source(self, target: str, _path: str, _: Sequence[str]) -> _Fault:
        fix = "correct the path, or quote what it said in `excerpt`"
        return _Fault("source.missing", WARNING, f"there is no {target} in the repository", fix)

    def _no_name(self, name: str, _path: str, places: Sequence[str]) -> _Fault:
        if places:
            message = f"[[{name}]] can be {' or '.join(places[:3])}"
            return _Fault("link.ambiguous", ERROR, message, "name it with its folder, as in [[facts/name]]")
        near = self._guess(posixpath.basename(name))
        fix = f"write [[{posixpath.splitext(posixpath.basename(near))[0]}]]" if near else "correct it, or remove it"
        return _Fault("link.missing", ERROR, f"there is no record {shown(name)}", fix)

    def _no_record(self, target: str, _path: str, places: Sequence[str]) -> _Fault:
        if places:
            message = f"kit:{target} can be {' or '.join(places[:3])}"
            return _Fault("link.ambiguous", ERROR, message, "name it with all folders on the way")
        folder, _, name = target.partition("/")
        if folder not in self._catalogue.reviewed:
            known = ", ".join(f"kit:{each}/" for each in sorted(self._catalogue.reviewed))
            return _Fault("link.missing", ERROR, f"kit:{target} names no kind of record", f"begin it with {known}")
        near = self._guess(name)
        fix = f"write kit:{posixpath.splitext(self._catalogue.within(near))[0]}" if near else "correct it, or remove it"
        return _Fault("link.missing", ERROR, f"there is no record kit:{target}", fix)

    def _guess(self, name: str) -> str:
        """Returns a file of that name, or of one like it, "" when there is none."""
        if name not in self._names and self._guesses:
            self._guesses -= 1
            name = nearest(name, self._names)
        return next(iter(self._names.get(name, ())), "")

    def _absolute(self, target: str, path: str) -> _Fault:
        for place in (self._catalogue.join(target), target):
            if place in self._paths or self._is_there(place):
                relative = posixpath.relpath(place, posixpath.dirname(path) or ".")
                message = f"the link /{target} works only where the repository is the root of a site"
                return _Fault("link.absolute", WARNING, message, f"write {relative}")
        message = f"the link /{target} is an absolute path"
        return _Fault("link.outside", ERROR, message, "write a path relative to this file")

    def _without_anchor(self, place: str, anchor: str, *, is_heading: bool) -> _Fault | None:
        """Looks for a heading by its anchor; a wikilink may as well name the heading itself."""
        look = self._looks.get(place)
        anchors = look.anchors if look else self._anchors(place) if place not in self._paths else None
        if anchors is None or anchor in anchors or anchor.startswith("^"):
            return None
        as_heading = markdown.anchor(anchor)
        if is_heading and as_heading in anchors:
            return None
        near = as_heading if as_heading in anchors else nearest(as_heading, anchors)
        fix = f"write #{near}" if near else f"{place} has {', '.join('#' + each for each in anchors[:8]) or 'none'}"
        return _Fault("link.anchor", ERROR, f"{place} has no heading #{anchor}", fix)


_FAULTS: dict[str, Callable[[Links, str, str, Sequence[str]], _Fault]] = {
    "path": Links._no_file,  # noqa: SLF001 - a table of its own methods
    "name": Links._no_name,  # noqa: SLF001
    "record": Links._no_record,  # noqa: SLF001
    "source": Links._no_source,  # noqa: SLF001
}
