"""Gathers the looks of one view: kept ones where the file is still the same, new ones for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kit.records import record_type
from kit.store.tree import FILE, File
from kit.validation import kept, place, work
from kit.validation.broken import Links
from kit.validation.catalogue import SCHEMAS, Catalogue
from kit.validation.look import Look, anchors_of_page, look, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from kit.records.finding import Finding
    from kit.store.tree import Tree
    from kit.validation.view import View


@dataclass(frozen=True)
class Means:
    """How to work: processes (0 for what fits the number of cores), and the derived folder to keep looks in.

    `tell` is called with the number of files done and their number, again and again and at the end.
    """

    jobs: int = 1
    cores: int = 1
    derived: Path | None = None
    tell: Callable[[int, int], None] | None = None


@dataclass
class State:
    """One view with its types and files; `looks` grows, `oids` are of the files that were read or are known.

    `faults` are what cannot be told from the bytes of one file: special files, misnamed folders.
    """

    view: View
    catalogue: Catalogue
    tree: Tree
    stamp: str
    kept: Mapping[str, tuple[str, Look]]
    looks: dict[str, Look] = field(default_factory=dict)
    oids: dict[str, str] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)

    @cached_property
    def links(self) -> Links:
        return Links(self.tree.entries, self.looks, self.catalogue, self.view.exists, self._anchors)

    def _anchors(self, path: str) -> Sequence[str] | None:
        """Returns the anchors of a Markdown file beside the knowledge, None where they cannot be told."""
        tree = self.view.open([path]) if path.endswith(".md") else None
        entry = tree.entries.get(path) if tree else None
        data = tree.bytes(path) if tree and entry and entry.kind == FILE else None
        return anchors_of_page(path, data, self.catalogue) if data is not None else None


def begin(view: View, root: str, config: str, means: Means) -> State:
    """Returns the state of a view before any record is looked at: its usable types, its files, what is kept.

    What is kept does not count where the derived folder is committed: it is anyone's word then.
    """
    catalogue = Catalogue(root, record_type.shipped(), config)
    files = _schemas(view, catalogue)
    stamp = kept.stamp(root, [(file.path, file.oid) for file in files])
    known = kept.read(means.derived, root, stamp) if means.derived and not view.tracked else {}
    looks: dict[str, Look] = {}
    for file in files:
        oid, seen = known.get(file.path, ("", Look("")))
        if file.data is None:
            continue
        if oid != file.oid:
            seen = look(file.path, file.data, catalogue)
        looks[file.path] = seen
        name = file.path.rpartition("/")[2].removesuffix(record_type.SUFFIX)
        if not seen.findings and name not in catalogue.types:
            types = {**catalogue.types, name: record_type.parse(name, file.data)}
            catalogue = Catalogue(root, types, config)
    oids = {file.path: file.oid for file in files}
    return _opened(view, catalogue, stamp, known, looks=looks, oids=oids)


def begin_like(other: State, view: View, means: Means) -> State:
    """Returns the state of another view of the same repository; where the schemas are the same, so are the types."""
    root, config = other.catalogue.root, other.catalogue.config
    files = _schemas(view, Catalogue(root, record_type.shipped(), config))
    if kept.stamp(root, [(file.path, file.oid) for file in files]) != other.stamp:
        return begin(view, root, config, means)
    looks = {file.path: other.looks[file.path] for file in files if file.path in other.looks}
    oids = {file.path: file.oid for file in files}
    return _opened(view, other.catalogue, other.stamp, other.kept, looks=looks, oids=oids)


def everything(state: State, means: Means) -> None:
    """Looks at all files."""
    look_at(state, unlooked(state), means)


def look_at(state: State, files: Iterable[tuple[str, bytes]], means: Means) -> dict[str, Look]:
    """Looks at these files; returns what was seen."""
    found: dict[str, Look] = {}
    total = len(state.tree.entries)
    for path, seen in work.looks(files, state.catalogue, jobs=means.jobs, cores=means.cores):
        found[path] = seen
        if means.tell:
            means.tell(len(found), total)
    if means.tell:
        means.tell(total, total)
    state.looks.update(found)
    return found


def unlooked(state: State) -> Iterator[tuple[str, bytes]]:
    """Yields the files nothing is kept of with their bytes; of the others, what is kept is taken."""
    wanted = [
        path
        for path, entry in state.tree.entries.items()
        if entry.kind == FILE and path not in state.looks and not (entry.oid and _take(state, path, entry.oid))
    ]
    for file in state.tree.read(wanted):
        if file.data is None:
            state.faults.append(unreadable(file.path, FILE, file.problem))
        elif not _take(state, file.path, file.oid):
            state.oids[file.path] = file.oid
            yield file.path, file.data


def keep(state: State, means: Means, *, is_all: bool) -> None:
    """Writes down the looks for the next run, unless they are what is there already."""
    if means.derived is None or state.view.tracked:
        return
    looks = {path: (state.oids[path], seen) for path, seen in state.looks.items() if path in state.oids}
    if not is_all:
        looks = {**{path: each for path, each in state.kept.items() if path in state.tree.entries}, **looks}
    if {path: oid for path, (oid, _) in looks.items()} != {path: oid for path, (oid, _) in state.kept.items()}:
        kept.write(means.derived, state.catalogue.root, state.stamp, looks)


def _schemas(view: View, plain: Catalogue) -> list[File]:
    tree = view.open([plain.join(SCHEMAS)])
    paths = [path for path, entry in tree.entries.items() if entry.kind == FILE and plain.kind_of(path)[0] == "schema"]
    return list(tree.read(sorted(paths)))


def _opened(
    view: View,
    catalogue: Catalogue,
    stamp: str,
    known: Mapping[str, tuple[str, Look]],
    *,
    looks: dict[str, Look],
    oids: dict[str, str],
) -> State:
    state = State(view, catalogue, view.open(catalogue.folders), stamp, known, looks, oids)
    for path, entry in state.tree.entries.items():
        if entry.kind != FILE:
            state.faults.append(unreadable(path, entry.kind, "is not a regular file"))
    state.faults += [place.committed(path) for path in view.tracked]
    for name in view.names(catalogue.root):
        if fault := place.misnamed_folder(name, catalogue):
            state.faults.append(fault)
    return state


def _take(state: State, path: str, oid: str) -> bool:
    known, seen = state.kept.get(path, ("", None))
    if known != oid or seen is None:
        return False
    state.looks[path], state.oids[path] = seen, oid
    return True
