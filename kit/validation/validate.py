"""Validates one state of a repository, or what changed between two: files in, findings out.

Every file is looked at by itself (and that is kept), then the links, ids and chains between all of them are looked up.
A file that cannot be read is a finding and hides nothing of the others.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit import config
from kit.records.finding import Finding
from kit.store.tree import FILE, object_id
from kit.validation import gather, needed, place, schemas, supersession, verdicts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kit.store.tree import Tree
    from kit.validation.gather import Means, State
    from kit.validation.look import Look
    from kit.validation.view import View


_FIX = Finding._fields.index("fix")  # what to write instead depends on all files, and is not what is wrong


@dataclass(frozen=True)
class Report:
    """All findings in order; `asked` are the files that were asked for, `records` how many of them are records."""

    findings: tuple[Finding, ...]
    asked: frozenset[str]
    records: int

    @property
    def files(self) -> int:
        return len(self.asked)

    @property
    def errors(self) -> int:
        return sum(finding.is_error for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors


def settings(view: View, home: str) -> tuple[str, str]:
    """Returns the knowledge folder and the path of `kit.toml`, which stands in the folder `home` if there is one."""
    path = posixpath.join(home, config.FILE)
    tree = view.open([path])
    data = next(tree.read([path])).data if path in tree.entries and tree.entries[path].kind == FILE else None
    root = config.read(data)[0].text("root") if data is not None else ""
    return posixpath.join(home, root) if root else home, path


def validate(view: View, *, root: str, config: str, means: Means, only: Collection[str] = ()) -> Report:
    """Returns what is wrong in a view, or only in the files at or below the paths `only`.

    `root` is the knowledge folder and `config` its `kit.toml`, relative to the repository's top as all paths are.
    """
    state = gather.begin(view, root, config, means)
    asked = _below(state.tree.entries, only)
    if only:
        _complete(state, dict(gather.unlooked(state)), asked, means, words=needed.names(asked), before=())
    else:
        gather.everything(state, means)
    gather.keep(state, means, is_all=not only)
    found = [each for each in _found(state) if not only or each.path in asked]
    return _report(found, asked, state)


def validate_change(
    view: View,
    base: View,
    *,
    root: str,
    config: str,
    means: Means,
    gone: Collection[str] = (),
    only: Collection[str] = (),
) -> Report:
    """Returns what is wrong in the files that differ from `base`, and what the change broke in the others.

    What was wrong before in a file that did not change is not reported. `gone` are the files that were deleted in
    the whole repository.
    """
    state = gather.begin(view, root, config, means)
    earlier = gather.begin_like(state, base, means)
    if state.stamp != earlier.stamp:  # other types: every record is concerned
        gather.everything(state, means)
        gather.everything(earlier, means)
        changed = _changed(state, earlier.tree, {})
    elif not gone and all(entry.oid for entry in state.tree.entries.values()) and not _changed(state, earlier.tree, {}):
        return _report([], (), state)  # told by the object ids alone: nothing is read
    else:
        unread = dict(gather.unlooked(state))
        changed = _changed(state, earlier.tree, unread)
        before = _look_at_base(earlier, changed, means)
        words = needed.names([*changed, *gone, *_emptied(view, [*changed, *gone])])
        _complete(state, unread, changed, means, words=words, before=before.values())
        earlier.looks.update({path: seen for path, seen in state.looks.items() if path not in changed})
        earlier.looks.update(before)
    gather.keep(state, means, is_all=False)
    known = {each[:_FIX] for each in _found(earlier)}
    asked = _below(changed, only)
    found = [each for each in _found(state) if each.path in changed or each[:_FIX] not in known]
    return _report([each for each in found if _below([each.path], only)], asked, state)


def _found(state: State) -> list[Finding]:
    """Returns all that is known to be wrong: in each file by itself, and between them."""
    looks, paths = state.looks, state.tree.entries
    found = [Finding(path, *flaw) for path, seen in looks.items() for flaw in seen.findings]  # type: ignore[arg-type]
    found += state.faults
    for path in sorted(path for path, seen in looks.items() if seen.references):
        found += state.links.broken(path)
    found += place.twins(looks, paths, state.catalogue)
    found += supersession.faults(looks)
    found += verdicts.faults(looks)
    found += schemas.without_template(state.catalogue, paths)
    return found


def _complete(
    state: State,
    unread: dict[str, bytes],
    changed: Collection[str],
    means: Means,
    *,
    words: Collection[str],
    before: Iterable[Look],
) -> None:
    def look_at(paths: Iterable[str]) -> dict[str, Look]:
        return gather.look_at(state, ((path, unread[path]) for path in sorted(paths)), means)

    def targets(path: str) -> list[str]:
        return [state.links.target(each, path) for each in state.looks[path].references]

    needed.complete(state.looks, unread, changed=changed, words=words, before=before, look_at=look_at, targets=targets)


def _changed(state: State, base: Tree, unread: dict[str, bytes]) -> set[str]:
    """Returns the paths whose file differs between two states, in one or in both."""
    paths = {*base.entries, *state.tree.entries}
    return {path for path in paths if not _is_same(path, state, base, unread.get(path, b""))}


def _is_same(path: str, state: State, base: Tree, data: bytes) -> bool:
    """Says whether a file is the same in both, but for the line ends that a checkout may write."""
    now, earlier = state.tree.entries.get(path), base.entries.get(path)
    if now is None or earlier is None or now.kind != earlier.kind:
        return False
    if now.kind != FILE or state.oids.get(path, now.oid) == earlier.oid:
        return True
    return b"\r\n" in data and object_id(data.replace(b"\r\n", b"\n")) == earlier.oid


def _look_at_base(earlier: State, changed: Iterable[str], means: Means) -> dict[str, Look]:
    """Looks at the changed files as they were."""
    paths = [path for path in changed if path in earlier.tree.entries and earlier.tree.entries[path].kind == FILE]
    files = ((file.path, file.data) for file in earlier.tree.read(sorted(paths)) if file.data is not None)
    return gather.look_at(earlier, files, means)


def _emptied(view: View, paths: Iterable[str]) -> set[str]:
    """Returns the folders above these paths that are not there any more."""
    found: set[str] = set()
    for path in paths:
        folder = posixpath.dirname(path)
        while folder and folder not in found and not view.exists(folder):
            found.add(folder)
            folder = posixpath.dirname(folder)
    return found


def _below(paths: Iterable[str], only: Collection[str]) -> set[str]:
    """Returns those of `paths` that are one of `only` or stand below one; all when nothing is named."""
    folders = tuple(f"{path}/" for path in only)
    return {path for path in paths if not only or path in only or path.startswith(folders)}


def _report(found: list[Finding], asked: Collection[str], state: State) -> Report:
    records = sum(state.looks[path].kind == "record" for path in asked if path in state.looks)
    return Report(tuple(sorted(set(found))), frozenset(asked).intersection(state.tree.entries), records)
