"""What the project has decided to do with threads by itself, and when: records of type `context-policy`.

Only reviewed ones act: they are read from the branch that recall reads, unless someone asks for those of the work tree.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from kit import resources
from kit.errors import InvalidInput
from kit.records import strict_json
from kit.setting import duration
from kit.store import derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kit.records.record_type import RecordType
    from kit.store.store import Store

TYPE = "context-policy"
FOLDER = "policies"
MAX_BYTES = 100_000
#: Policies that are evaluated; more of them are named as left out.
MOST = 100
_MARK = b"context-policy"
_FILE = "context-policies.json"


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

    What was read of the branch is kept in `.kit` for the folder's tree, so that nobody reads YAML to add an entry.
    """
    if is_work_tree:
        return _read(dict(_in_work_tree(store)))
    oid = next(filter(None, map(store.objects.tip, store.repository.reviewed_names())), "")
    under = posixpath.join(store.repository.root, FOLDER)
    tree = store.objects.folder_id(oid, under) if oid else ""
    if not tree:
        return Known()
    return _kept(store, tree) or _keep(store, tree, _read(dict(_reviewed(store, oid, under))))


def _read(files: Mapping[str, bytes]) -> Known:
    found = {path: data for path, data in sorted(files.items()) if _MARK in data}
    if not found:
        return Known()
    declared = _type()
    known: list[Policy] = []
    broken: list[str] = []
    for path, data in found.items():
        try:
            made = _policy(path, data, declared)
        except InvalidInput as error:
            broken.append(error.message)
            continue
        if made and len(known) < MOST:
            known.append(made)
        elif made:
            broken.append(f"{path}: there are more than {MOST} policies, this one is left out")
    return Known(tuple(sorted(known)), tuple(broken))


def _policy(path: str, data: bytes, declared: RecordType) -> Policy | None:
    """Returns the policy in a file, None for a record of another type, or one that does not act."""
    from kit.records import check, record  # only where there are policies

    try:
        parsed = record.parse(path, data)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}", hint="kit validate says where") from None
    meta = parsed.meta
    if meta.get("type") != TYPE:
        return None
    wrong = [each for each in check.check(parsed, declared) if each.severity == "error"]
    if wrong:
        raise InvalidInput(f"{path}:{wrong[0].line}: {wrong[0].message}", hint=wrong[0].fix)
    if meta.get("status", "stable") != "stable":
        return None
    if meta["do"]["operation"] == "pin" and "tag" not in meta["when"]:
        raise InvalidInput(f"{path}: pin needs a tag below when", hint="write when: {tag: decision}")
    return Policy(str(meta["id"]), str(meta["title"]), meta["when"], meta["do"])


def _kept(store: Store, tree: str) -> Known | None:
    """Returns what was read of a folder of policies, None where nothing whole was kept of it."""
    file = store.repository.derived / _FILE
    try:
        with file.open("rb") as opened:
            found: Any = strict_json.load(opened.read(strict_json.MAX_BYTES))
        if found["tree"] != tree:
            return None
        policies = tuple(Policy(each["id"], each["title"], each["when"], each["do"]) for each in found["policies"])
        return Known(policies, tuple(map(str, found["broken"])))
    except (OSError, InvalidInput, KeyError, TypeError):
        return None


def _keep(store: Store, tree: str, known: Known) -> Known:
    told = {"tree": tree, "policies": [each._asdict() for each in known.policies], "broken": list(known.broken)}
    with contextlib.suppress(OSError):
        derived.make(store.repository.derived)
        derived.write(store.repository.derived / _FILE, strict_json.dump(told))
    return known


def _reviewed(store: Store, oid: str, under: str) -> Iterator[tuple[str, bytes]]:
    found = store.objects.entries(oid, under=under)
    paths = [path for path in found if path.endswith(".md")]
    for path, data in zip(paths, store.objects.blobs([found[path] for path in paths], limit=MAX_BYTES), strict=True):
        if data is not None:
            yield path, data


def _in_work_tree(store: Store) -> Iterable[tuple[str, bytes]]:
    from kit.store import disk  # only who tries one out reads the work tree

    found = disk.work_tree(store.repository.top, root=store.repository.root, folders=[FOLDER])
    paths = [path for path in found.entries if path.endswith(".md")]
    return [(file.path, file.data) for file in found.read(paths) if file.data is not None]


def _type() -> RecordType:
    """Returns the declared type; only its schema is read."""
    from kit.records.record_type import SUFFIX, RecordType

    return RecordType(TYPE, json.loads((resources.folder("schemas") / f"{TYPE}{SUFFIX}").read_bytes()))
