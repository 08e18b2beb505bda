"""What the project has decided to do with threads by itself, and when: records of type `context-policy`.

Only reviewed ones act: they are read from the branch that recall reads, unless someone asks for those of the work tree.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from kit import __version__, resources
from kit.errors import InvalidInput
from kit.records import strict_json
from kit.setting import duration
from kit.store import derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from kit.records.record_type import RecordType
    from kit.store.store import Store

TYPE = "context-policy"
FOLDER = "policies"
#: Bytes that a record in Markdown may have (kit.records.record).
MAX_BYTES = 1 << 18
#: Policies that are evaluated, and files that are named as broken; of more than that only the number is told.
MOST = 100
_MARK = b"context-policy"
_FILE = "context-policies.json"
_DIGEST = 64  # characters


class Policy(NamedTuple):
    """A policy as it is evaluated: `when` and `do` as the record has them (schemas/context-policy.schema.json)."""

    id: str
    title: str
    when: Mapping[str, Any]
    do: Mapping[str, Any]

    @property
    def operation(self) -> str:
        return str(self.do["operation"])

    @property
    def why(self) -> str:
        """How a step says who wants it."""
        return f"policy {self.id}"

    def seconds(self, name: str) -> float:
        """Returns a duration of its conditions in seconds."""
        return duration(str(self.when[name]))


class Known(NamedTuple):
    """The policies that act, by id, and what is wrong with files that should be some, as `path:line: message`."""

    policies: tuple[Policy, ...] = ()
    broken: tuple[str, ...] = ()


def policies(store: Store, *, is_work_tree: bool = False) -> Known:
    """Returns the policies of the reviewed branch, or those that stand in the work tree; nothing is fetched.

    What was read of the branch is kept for the folder's tree, so that nobody reads YAML to add an entry.
    """
    if is_work_tree:
        return _read(_in_work_tree(store))
    oid = next(filter(None, map(store.objects.tip, store.repository.reviewed_names())), "")
    under = posixpath.join(store.repository.root, FOLDER)
    tree = store.objects.folder_id(oid, under) if oid else ""
    if not tree:
        return Known()
    return _kept(store, tree) or _keep(store, tree, _read(_reviewed(store, oid, under)))


def _read(files: Iterable[tuple[str, bytes | None]]) -> Known:
    """Returns what the files of a folder of policies hold; None stands for one that is too large to be read."""
    found = [(path, data) for path, data in files if data is None or _MARK in data]
    if not found:
        return Known()
    declared = _type()
    known: list[Policy] = []
    broken: list[str] = []
    replaced: set[str] = set()
    for path, data in sorted(found):
        if declared.match(path) is None:
            continue  # a page beside the records, as kit validate sees it
        try:
            made, before = _policy(path, data, declared)
        except InvalidInput as error:
            broken.append(error.message)
            continue
        if made:
            known.append(made)
            replaced |= before - {made.id}
    acting = sorted((each for each in known if each.id not in replaced), key=lambda each: each.id)
    broken += [f"{FOLDER}/{each.id}.md: there are more than {MOST} policies, it is left out" for each in acting[MOST:]]
    more = [f"... and {len(broken) - MOST} more (kit validate {FOLDER})"] if len(broken) > MOST else []
    return Known(tuple(acting[:MOST]), (*broken[:MOST], *more))


def _policy(path: str, data: bytes | None, declared: RecordType) -> tuple[Policy | None, set[str]]:
    """Returns the policy in a file, None for a record of another type or one that does not act, and what it replaces.

    Raises InvalidInput for what kit validate finds wrong with it.
    """
    from kit.records import check, record  # only where there are policies

    if data is None:
        raise InvalidInput(f"{path} has more than {MAX_BYTES:,} bytes", hint="split it")
    try:
        parsed = record.parse(path, data)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}", hint="kit validate says where") from None
    meta = parsed.meta
    if meta.get("type") != TYPE:
        return None, set()
    wrong = [each for each in check.check(parsed, declared) if each.severity == "error"]
    if wrong:
        raise InvalidInput(f"{path}:{wrong[0].line}: {wrong[0].message}", hint=wrong[0].fix)
    if f"{meta['id']}.md" != posixpath.basename(path):
        raise InvalidInput(f'{path}: the id "{meta["id"]}" is not the file\'s name', hint="rename the file")
    if meta.get("status", "stable") != "stable":
        return None, set()
    return Policy(str(meta["id"]), str(meta["title"]), meta["when"], meta["do"]), set(meta.get("supersedes", ()))


def _file(store: Store) -> Path:
    """Returns where policies are kept: among git's own files, where no branch that is checked out can put others."""
    return store.repository.git.common_folder / "kit" / _FILE


def _kept(store: Store, tree: str) -> Known | None:
    """Returns what was read of a folder of policies, None where nothing whole was kept of it by this kit."""
    try:
        with _file(store).open("rb") as opened:
            digest, data = opened.read(_DIGEST), opened.read(strict_json.MAX_BYTES)
        if digest != _digest(tree, data):
            return None
        found: Any = strict_json.load(data)
        policies = tuple(Policy(each["id"], each["title"], each["when"], each["do"]) for each in found["policies"])
        return Known(policies, tuple(map(str, found["broken"])))
    except (OSError, InvalidInput, KeyError, TypeError):
        return None


def _keep(store: Store, tree: str, known: Known) -> Known:
    data = strict_json.dump({"policies": [each._asdict() for each in known.policies], "broken": list(known.broken)})
    with contextlib.suppress(OSError):
        derived.write(_file(store), _digest(tree, data) + data)
    return known


def _digest(tree: str, data: bytes) -> bytes:
    return hashlib.sha256(f"{__version__} {tree}\n".encode() + data).hexdigest().encode()


def _reviewed(store: Store, oid: str, under: str) -> Iterator[tuple[str, bytes | None]]:
    found = store.objects.entries(oid, under=under)
    paths = [path for path in found if path.endswith(".md")]
    named = [posixpath.relpath(path, store.repository.root or ".") for path in paths]
    return zip(named, store.objects.blobs([found[path] for path in paths], limit=MAX_BYTES), strict=True)


def _in_work_tree(store: Store) -> Iterator[tuple[str, bytes | None]]:
    from kit.store import disk  # only who tries one out reads the work tree

    found = disk.work_tree(store.repository.top, root=store.repository.root, folders=[FOLDER])
    paths = [path for path in found.entries if path.endswith(".md")]
    return ((file.path, file.data) for file in found.read(paths))


def _type() -> RecordType:
    """Returns the declared type; only its schema is read."""
    from kit.records.record_type import SUFFIX, RecordType

    return RecordType(TYPE, json.loads((resources.folder("schemas") / f"{TYPE}{SUFFIX}").read_bytes()))
