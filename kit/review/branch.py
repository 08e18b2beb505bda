"""The branch on which a record is proposed: what it changes against the reviewed branch, and who proposed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput, NotFound
from kit.records import ids, record
from kit.records.complaint import nearest
from kit.records.strict_json import Malformed
from kit.review import verdict
from kit.store import branches, knowledge, tree
from kit.store import repository as repositories
from kit.store.branches import Branch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.store.git import Git
    from kit.store.repository import Repository
    from kit.store.store import Store

PREFIX = "kit/promote/"
MOST_FILES = 5000
_SEPARATOR = "\x1e"


class Commit(NamedTuple):
    """One commit of a branch, with its author as git has it."""

    oid: str
    parents: tuple[str, ...]
    email: str
    name: str


class Base(NamedTuple):
    """The reviewed branch: its full ref name, its short one, its commit."""

    ref: str
    name: str
    oid: str


class Proposal(NamedTuple):
    """A record as its branch proposes it; `others` are further records that the branch changes (by path).

    `record` is None where the branch takes it back: it was rejected. `response` is what a person has against it.
    `types` are those of the reviewed branch, `strays` files that the branch changes and that do not belong on it.
    """

    id: str
    branch: Branch
    tip: str
    base: Base
    merge_base: str
    record: Record | None
    others: dict[str, Record]
    verdicts: dict[str, dict[str, Any]]
    response: dict[str, Any]
    commits: tuple[Commit, ...]
    types: Mapping[str, RecordType]
    strays: tuple[str, ...] = ()

    @property
    def records(self) -> dict[str, Record]:
        """All records of approved types that it changes, by path."""
        return {**({self.record.path: self.record} if self.record else {}), **self.others}

    @property
    def emails(self) -> frozenset[str]:
        return frozenset(each.email.casefold() for each in self.commits)


def base(repository: Repository) -> Base:
    """Returns the reviewed branch. Raises NotFound before the first commit."""
    ref = repositories.reviewed_revision(repository)
    if ref is None:
        raise NotFound("there is no commit to promote to yet", hint="commit and push the reviewed branch first")
    return Base(ref, branches.reviewed(repository, ref), tree.resolve(repository.git, ref))


def name(candidate: str) -> str:
    """Returns the branch of a record."""
    return PREFIX + ids.check(candidate, what="id")


def of(repository: Repository, candidate: str) -> Branch:
    """Returns the branch of a record as it is here and on the remote, if at all."""
    wanted = name(candidate)
    return branches.below(repository, wanted).get(wanted, Branch(wanted))


def proposals(store: Store) -> dict[str, Branch]:
    """Returns the branches of all proposed records by id."""
    found = branches.below(store.repository, PREFIX.rstrip("/"))
    return {each.removeprefix(PREFIX): branch for each, branch in sorted(found.items()) if not ids.problem(each[12:])}


def read(store: Store, candidate: str, branch: Branch | None = None) -> Proposal:
    """Returns what the branch of a record proposes; without one, the record as the reviewed branch has it.

    Raises NotFound when there is neither.
    """
    repository = store.repository
    branch = branch or of(repository, candidate)
    tip = branches.newest(store, branch)
    if not tip and (found := _reviewed(store, candidate, branch)):
        return found
    if not tip:
        near = nearest(candidate, proposals(store))
        hint = f"did you mean {near!r}?" if near else f"kit promote {candidate} makes it"
        raise NotFound(f"there is no branch {branch.name} here", hint=hint, value=candidate)
    reviewed = base(repository)
    start = merge_base(repository.git, reviewed.oid, tip)
    types = knowledge.at(repository, reviewed.oid).types
    files = changed_files(repository.git, start, tip)
    records = _records(repository, types, files)
    own = next((path for path, each in records.items() if each.id == candidate), "")
    folder = verdict.path(repository.root, candidate, "x").rpartition("/")[0] + "/"
    reviews = {path: data for path, data in files.items() if path.startswith(folder)}
    responses = verdict.read(reviews, "response")
    names = changed_names(repository.git, start, tip)
    strays = tuple(each for each in names if each not in records and not each.startswith(folder))
    return Proposal(
        candidate, branch, tip, reviewed, start, records.get(own), {k: v for k, v in records.items() if k != own},
        verdict.read(reviews), next(iter(responses.values()), {}), commits(repository.git, start, tip), types, strays,
    )  # fmt: skip


def _reviewed(store: Store, candidate: str, branch: Branch) -> Proposal | None:
    """Returns a record of the reviewed branch as what its own branch, not made yet, would begin with."""
    repository = store.repository
    reviewed = base(repository)
    known = knowledge.at(repository, reviewed.oid)
    place = next((each for each in known.places() if each.id == candidate and each.declared.is_recalled), None)
    if place is None:
        return None
    path = known.full(place.path)
    found = record.parse(path, known.tree.bytes(place.path))
    return Proposal(
        candidate, branch, reviewed.oid, reviewed, reviewed.oid, found, {}, {}, {}, (), known.types,
    )  # fmt: skip


def changed_names(git: Git, start: str, tip: str) -> list[str]:
    """Returns the names of all files that differ between two commits."""
    words = ("-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-commit-id")
    return [each for each in git.run("diff-tree", *words, start, tip).text.split("\0") if each]


def changed_files(git: Git, start: str, tip: str, folders: Sequence[str] = ()) -> dict[str, bytes | None]:
    """Returns the Markdown and JSON files that differ between two commits, with their bytes in the second.

    None stands for a file that it has not, or that is larger than any record.
    """
    words = ("-r", "-z", "--no-renames", "--full-index", "--no-ext-diff", "--no-textconv", "--no-commit-id")
    fields = git.run("diff-tree", *words, start, tip, "--", *folders).text.split("\0")
    pairs = [(path, info.split()) for info, path in zip(fields[::2], fields[1::2], strict=False)]
    wanted = {path: info[3] if info[1].startswith("100") else "" for path, info in pairs if _is_record(path)}
    if len(wanted) > MOST_FILES:
        raise InvalidInput(f"{len(wanted)} files differ, at most {MOST_FILES} are looked at", hint="merge less at once")
    oids = [oid for oid in wanted.values() if oid.strip("0")]
    read = dict(zip(oids, tree.read_objects(git, oids), strict=True))
    return {path: read.get(oid) for path, oid in wanted.items()}


def _is_record(path: str) -> bool:
    return path.endswith((".md", ".json")) and "\n" not in path


def commits(git: Git, start: str, tip: str) -> tuple[Commit, ...]:
    """Returns the commits of `tip` that `start` has not, oldest first; no mailmap is applied."""
    form = f"--format=%H%x00%P%x00%ae%x00%an{_SEPARATOR}"
    out = git.run("log", "--reverse", "--topo-order", "--no-mailmap", form, f"{start}..{tip}", "--").text
    found = []
    for line in filter(str.strip, out.split(_SEPARATOR)):
        oid, parents, email, author = line.strip("\n").split("\0")
        found.append(Commit(oid, tuple(parents.split()), email, author))
    return tuple(found)


def merge_base(git: Git, one: str, other: str) -> str:
    """Returns the commit where two branches part. Raises InvalidInput where there is none here."""
    found = git.run("merge-base", one, other, codes=(0, 1)).text.split()
    if not found:
        raise InvalidInput(
            "the branches have no common commit here", hint="fetch the whole history: git fetch --unshallow",
            code="no_merge_base",
        )  # fmt: skip
    return found[0]


def _records(
    repository: Repository, types: Mapping[str, RecordType], files: Mapping[str, bytes | None]
) -> dict[str, Record]:
    """Returns the recalled records among files; those that cannot be read are left out: validate tells of them."""
    cut = len(repository.root) + 1 if repository.root else 0
    kinds = [each for each in types.values() if each.is_recalled or each.is_approved]
    found: dict[str, Record] = {}
    for path, data in files.items():
        if data is not None and any(each.match(path[cut:]) is not None for each in kinds):
            try:
                found[path] = record.parse(path, data)
            except Malformed:
                continue
    return found
