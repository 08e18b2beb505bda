"""Finds the commits that wrote entries: the first that has one, and those that changed its file later."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import place, record
from kit.records import ids
from kit.store.change import notes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kit.store.store import Store

#: Entries that are asked about by name; of more, the whole history is read.
_FEW = 50


class Write(NamedTuple):
    """A commit that wrote the file of an entry, and the object id that the file has since."""

    commit: str
    blob: str


def writes(store: Store, top: str, names: Collection[str]) -> Mapping[str, list[Write]]:
    """Returns for each entry the commits in the history of `top` that wrote its file anew, the first of them first.

    A merge is one of them only where it made something that neither side had. Branching, which moves the folder,
    writes nothing.
    """
    under = f"{place.FOLDER}/*/{place.ENTRIES}/*/*"
    paths = [f":(glob){under}/{name}.md" for name in names] if len(names) <= _FEW else [f":(glob){under}/*.md"]
    answer = store.repository.git.run(
        "log", "--reverse", "--topo-order", "--full-history", "-c", "--raw", "--no-abbrev", "--no-renames", "-z",
        "--format=%x01%H", top, "--", *paths,
    )  # fmt: skip
    wanted = set(names)
    found: dict[str, list[Write]] = {}
    for part in answer.text.split("\x01")[1:]:
        oid, _, rest = part.partition("\0")  # what is no id of a commit is of a path that someone made to mislead
        fields = rest.lstrip("\n\0").split("\0")
        for told, path in zip(fields[::2], fields[1::2], strict=False):
            name = path.rpartition("/")[2].removesuffix(".md")
            words = told.lstrip("\n").lstrip(":").split(" ")
            sides = told.lstrip("\n").count(":") + 1
            if name not in wanted or len(words) < 2 * sides + 1 or not record.is_oid(oid):
                continue
            blob = words[2 * sides - 1]
            known = found.setdefault(name, [])
            if set(blob) != {"0"} and all(each.blob != blob for each in known):
                known.append(Write(oid, blob))
    return found


def thread_of(message: str) -> str:
    """Returns the thread that a commit's message says it was written to, "" when it says none."""
    name = notes_of(message).get("Thread", "")
    return "" if ids.problem(name) else name
