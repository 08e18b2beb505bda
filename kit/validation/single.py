"""Looks at one record as if it stood in a tree: what kit validate would say of it there, without reading the rest.

What only shows between records (ids, chains, fingerprints) is not looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kit.records.finding import Finding
from kit.store.tree import FILE, Entry, Tree
from kit.validation import gather
from kit.validation.gather import Means

if TYPE_CHECKING:
    from kit.validation.view import View


def findings(view: View, path: str, data: bytes, *, root: str, config: str) -> list[Finding]:
    """Returns what is wrong with a file of these bytes at `path` in a view, its links among it."""
    state = gather.begin(view, root, config, Means())
    entries = {**state.tree.entries, path: Entry(FILE)}
    state = replace(state, tree=Tree(state.tree.name, "", entries, state.tree.read))
    gather.look_at(state, [(path, data)], Means())
    targets = {state.links.target(each, path) for each in state.looks[path].references} - {"", path}
    known = [each for each in sorted(targets) if entries[each].kind == FILE and each not in state.looks]
    gather.look_at(state, [(file.path, file.data) for file in state.tree.read(known) if file.data is not None], Means())
    own = [Finding(path, *flaw) for flaw in state.looks[path].findings]  # type: ignore[arg-type]
    return sorted({*own, *state.links.broken(path)})
