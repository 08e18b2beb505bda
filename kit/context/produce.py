"""Compiles a thread as it stands in git: from what was kept where that is whole, with a record where one is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import cache, compilation, thread, verify, write
from kit.context.compile import compile_entries
from kit.errors import InvalidInput, NotFound
from kit.records import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.context.compilation import Compilation
    from kit.context.compiled import Compiled
    from kit.context.options import Options
    from kit.context.thread import State
    from kit.context.verify import Verified
    from kit.store.author import Author
    from kit.store.series import Series
    from kit.store.store import Store


class Unread(NamedTuple):
    """A file among the compile records that is none, and why."""

    path: str
    why: str


def compiled(store: Store, state: State, options: Options, *, is_cached: bool = True) -> Compiled:
    """Returns what a model is sent of a thread as it stood; with `is_cached` it may have been kept.

    Raises as `kit.context.compile.compile_entries` does.
    """
    if is_cached and (kept := cache.kept(store, state, options)):
        return kept
    made = compile_entries(state.entries, options, commit=state.commit, broken=state.broken)
    if is_cached:
        cache.write(store.repository.derived, options.key(state.commit, state.folder), made)
    return made


def keep(
    store: Store,
    name: str,
    made: Compiled,
    options: Options,
    *,
    author: Author,
    random: str,
    series: Series | None = None,
) -> Compilation:
    """Commits to the thread `name` the record of what was compiled of it, and returns it; `random` is 8 hex digits.

    Raises KitError when it cannot be written.
    """
    stamp = f"{int(author.when * 1000):012x}-{random}"
    record = compilation.make(
        made, options, name=stamp, thread=name, agent=author.name, instance=author.instance, at=author.when
    )
    data = strict_json.dump(record.record())
    write.commit(
        store,
        name,
        lambda _: {f"{compilation.FOLDER}/{stamp}.json": data},
        event="context-compile",
        subject=f"compile {name}: {len(record.entries)} entries, {record.tokens} tokens",
        author=author,
        notes={"Compilation": stamp, "Commit": record.commit},
        series=series,
    )
    return record


def names(state: State) -> list[str]:
    """Returns the paths of the compile records of a thread, below its folder, oldest first."""
    return sorted(path for path in state.files if path.startswith(f"{compilation.FOLDER}/"))


def records(store: Store, state: State, paths: Iterable[str]) -> Iterator[Compilation | Unread]:
    """Yields the compile records at these paths; what is none is yielded as that."""
    for path in paths:
        try:
            yield _read(store, path, state.files[path])
        except InvalidInput as error:
            yield Unread(path, error.message)


def find(store: Store, state: State, name: str) -> Compilation:
    """Returns a compile record by its id, or the beginning or the end of it.

    Raises NotFound, InvalidInput when several are meant or when it is broken.
    """
    paths = {path.rpartition("/")[2].removesuffix(".json"): path for path in names(state)}
    found = [name] if name in paths else [each for each in paths if each.startswith(name) or each.endswith(name)]
    if len(found) > 1:
        raise InvalidInput(f"{name!r} can be {len(found)} records", hint="name more of it", code="ambiguous")
    if not found or not name:
        raise NotFound(
            f"there is no compile record {name!r}", hint="kit context verify --all names those there are", value=name
        )
    return _read(store, paths[found[0]], state.files[paths[found[0]]])


def verified(store: Store, record: Compilation) -> Verified:
    """Compiles again what a record says was compiled, from the commit that it names, and compares."""

    def again(told: Compilation) -> Compiled:
        return compiled(store, thread.State(store, told.thread, told.commit), told.options, is_cached=False)

    return verify.verify(record, again)


def _read(store: Store, path: str, oid: str) -> Compilation:
    record = compilation.parse(store.objects.blob(oid, limit=compilation.MAX_BYTES))
    if path != f"{compilation.FOLDER}/{record.id}.json":
        raise InvalidInput(f"{path} says that it is {record.id}", hint="git log shows who wrote it")
    return record
