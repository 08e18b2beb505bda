"""The folder `.kit/live`: the live plane as plain files, for `cat` and `grep`.

It is a picture of what was last fetched, never a place to write. What is archived is not in it: ten thousand finished
tasks would be forty thousand files (`kit log` and `kit task show` read them from git).
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, KitError
from kit.records import ids, record_type, strict_json
from kit.safety.paths import is_safe_relative
from kit.store import derived

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from kit.records.record_type import RecordType
    from kit.store.store import Store

#: How many names follow the folder in the refs of each kind.
KINDS = {"tasks": 1, "paths": 0, "agents": 2, "memory": 1, "decisions": 1, "artifacts": 1, "context": 1}
MAX_REF_BYTES = 64 << 20
MAX_BYTES = 1 << 30
LOCK_SECONDS = 30.0
_NOT_MIRRORED = ("archive/", "sessions/")
_LINE = re.compile(r"([0-9a-f]{40,64}) (\d{1,12}) (\S+)")
_README = b"Made by kit sync from refs/kit: read it, write nothing here. Archived tasks and agents are left out.\n"


class Mirrored(NamedTuple):
    """What a refresh did: how many refs it wrote or removed, and what it left out, as `ref or path: reason`."""

    written: int = 0
    removed: int = 0
    left_out: tuple[str, ...] = ()


class _Seen(NamedTuple):
    oid: str
    size: int


def refresh(store: Store) -> Mirrored:
    """Makes `.kit/live` what the live refs hold as last seen; only what moved is written, each file in one step.

    Raises OSError when it cannot be written, KitError when another process keeps it locked.
    """
    top = derived.make(store.repository.derived)
    seen = _read_stamp(top)
    if seen is not None and _live(store) == {ref: each.oid for ref, each in seen.items()}:
        return Mirrored()
    import filelock  # costs as much as everything else here, and most refreshes have nothing to do

    try:
        with filelock.FileLock(top / "live.lock").acquire(timeout=LOCK_SECONDS):
            return _refresh(store, top)
    except filelock.Timeout:
        raise KitError(
            f"another process has been refreshing {top / 'live'} for {LOCK_SECONDS:g} s",
            hint="run kit sync again",
            code="locked",
        ) from None


def is_live(ref: str) -> bool:
    """Whether a ref is one of those that are mirrored: its kind is known and its names are ids."""
    kind, *names = ref.split("/")
    is_plain = kind != "memory" or "." not in ref  # memory/a.json is a file of memory/a
    return KINDS.get(kind) == len(names) and not any(map(ids.problem, names)) and is_plain


def _live(store: Store, left_out: list[str] | None = None) -> dict[str, str]:
    found: dict[str, str] = {}
    for ref, oid in store.refs("").items():
        if is_live(ref):
            found[ref] = oid
        elif left_out is not None and not ref.startswith(_NOT_MIRRORED):
            left_out.append(f"{ref}: not the name of a live ref")
    return found


def _refresh(store: Store, top: Path) -> Mirrored:
    folder = top / "live"
    seen = _read_stamp(top)
    if seen is None:
        _sweep(top, "live", keep=())
        derived.write(folder / "README", _README)
        seen = {}
    left_out: list[str] = []
    now = _live(store, left_out)
    types = [each for each in record_type.shipped().values() if not each.is_reviewed]
    gone = seen.keys() - now.keys()
    for ref in gone:
        del seen[ref]
        _write(folder, ref, {})
    changed = {ref: oid for ref, oid in now.items() if ref not in seen or seen[ref].oid != oid}
    used = sum(each.size for each in seen.values())
    written = (top / "live.stamp").stat().st_mtime if seen else 0.0
    for ref, oid in changed.items():
        was = seen.pop(ref, _Seen("", 0))
        used -= was.size
        files: dict[str, bytes] = {}
        kept: dict[str, int] = {}
        try:
            room = min(MAX_REF_BYTES, MAX_BYTES - used)
            kept = _kept(store, folder, was.oid, oid, written)
            room -= sum(kept.values())
            files = dict(_files(store, ref, oid, types=types, kept=kept, room=room, left_out=left_out))
            seen[ref] = _Seen(oid, sum(map(len, files.values())) + sum(kept.values()))
            used += seen[ref].size
        except InvalidInput as error:
            left_out.append(f"{ref}: {error.message}")
            files, kept = {}, {}
        _write(folder, ref, files, kept)
    _write_stamp(top, seen)
    return Mirrored(len(changed.keys() & seen.keys()), len(gone), tuple(left_out))


def _kept(store: Store, folder: Path, old: str, new: str, written: float) -> dict[str, int]:
    """Returns the sizes of files that two commits have alike and nobody touched since `written` (s since the epoch)."""
    if not old or not store.objects.has(old):
        return {}
    before = store.objects.entries(old)
    alike = [path for path, blob in store.objects.entries(new).items() if before.get(path) == blob]
    real = folder.resolve()
    folders = {each: (real / each).resolve() == real / each for each in {posixpath.dirname(path) for path in alike}}
    kept: dict[str, int] = {}
    for path in alike:
        if is_safe_relative(path) and folders[posixpath.dirname(path)]:  # no link on the way
            with contextlib.suppress(OSError):
                found = (real / path).lstat()
                touched = max(found.st_mtime, found.st_ctime)  # what was moved here may bring an old mtime along
                if stat.S_ISREG(found.st_mode) and touched <= written:
                    kept[path] = found.st_size
    return kept


def _files(
    store: Store, ref: str, oid: str, *, types: list[RecordType], kept: Collection[str], room: int, left_out: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Yields the files of a ref that belong to it and are not `kept`; those that do not are named in `left_out`.

    Raises InvalidInput when they have more than `room` bytes together.
    """
    kind = ref.split("/", 1)[0]
    largest = int(store.repository.config.number("artifacts.max_size"))
    for path, blob in store.objects.entries(oid).items():
        if path in kept:
            continue
        if reason := _why_not(ref, path, [each for each in types if each.folder == kind]):
            left_out.append(f"{path if is_safe_relative(path) else ref}: {reason}")
            continue
        data = store.objects.blob(blob, limit=largest if kind == "artifacts" else strict_json.MAX_BYTES)
        room -= len(data)
        if room < 0:
            raise InvalidInput("its files are too large together")
        yield path, data


def _why_not(ref: str, path: str, types: list[RecordType]) -> str:
    """Returns why a file of a ref's tree is not mirrored, "" when it is."""
    if not is_safe_relative(path):
        return "a path that is not safe"
    if path not in _places(ref) and not path.startswith(f"{ref}/"):
        return f"does not belong into {ref}"
    if types and not path.startswith(f"artifacts/{ref.rpartition('/')[2]}/files/"):
        return "" if any(each.match(path) for each in types) else "no record's place"
    return ""


def _write(folder: Path, ref: str, files: Mapping[str, bytes], kept: Collection[str] = ()) -> None:
    """Makes the files of a ref these, the `kept` ones, and no others; a link on the way is replaced, never followed."""
    for path in {posixpath.dirname(each) for each in (ref, *files)}:
        _make_folder(folder, path)
    for path, data in files.items():
        if _is_folder(folder / path):
            _sweep(folder, path, keep=())
        derived.write(folder / path, data)
    for path in _places(ref):
        _sweep(folder, path, keep={*files, *kept})


def _places(ref: str) -> tuple[str, ...]:
    """Returns where the files of a ref may stand: below its name, and for memory in the file of the name itself."""
    return (ref, f"{ref}.json") if ref.startswith("memory/") else (ref,)


def _make_folder(folder: Path, path: str) -> None:
    for name in path.split("/") if path else ():
        folder /= name
        if not _is_folder(folder):
            folder.unlink(missing_ok=True)
            folder.mkdir(parents=True)


def _sweep(folder: Path, path: str, *, keep: Collection[str]) -> None:
    """Removes what stands at or below a path but the files to keep, and folders left empty; follows no link."""
    waiting, folders = [path], []
    while waiting:
        at = waiting.pop()
        if _is_folder(folder / at):
            folders.append(folder / at)
            waiting += [f"{at}/{each.name}" for each in (folder / at).iterdir()]
        elif at not in keep:
            (folder / at).unlink(missing_ok=True)
    for each in reversed(folders):
        if not any(each.iterdir()):
            each.rmdir()


def _is_folder(place: Path) -> bool:
    try:
        return stat.S_ISDIR(place.lstat().st_mode)
    except OSError:
        return False


def _read_stamp(top: Path) -> dict[str, _Seen] | None:
    """Returns what the mirror holds, None where the stamp is missing, damaged or of another folder."""
    try:
        head, *lines = (top / "live.stamp").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return None
    parsed = [_LINE.fullmatch(line) for line in lines]
    if head != _head(top) or not all(found and is_live(found[3]) for found in parsed):
        return None
    return {found[3]: _Seen(found[1], int(found[2])) for found in parsed if found}


def _write_stamp(top: Path, seen: Mapping[str, _Seen]) -> None:
    lines = [_head(top), *(f"{oid} {size} {ref}" for ref, (oid, size) in sorted(seen.items()))]
    derived.write(top / "live.stamp", "\n".join([*lines, ""]).encode())


def _head(top: Path) -> str:
    """Returns the first line of the stamp: it names the folder, so that a stamp from elsewhere vouches for nothing."""
    try:
        found = (top / "live").lstat()
    except OSError:
        return ""
    return f"kit live 1 {found.st_dev}:{found.st_ino}" if stat.S_ISDIR(found.st_mode) else ""
