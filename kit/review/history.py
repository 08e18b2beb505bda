"""Whether the approvals on a branch count: who made the commits that add them, and who wrote what they approve.

Any text can be written into a file; a commit has an author, and where the project asks for it a signature. What
decides stands in the settings that are passed in: those of the branch that is merged into, never of the one under
review. Without signatures an author is what git was told: a name, no proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.records import record
from kit.records.finding import ERROR, WARNING, Finding
from kit.records.strict_json import Malformed
from kit.review import verdict
from kit.review.people import HUMAN
from kit.store import signing, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kit.records.record import Record
    from kit.review.branch import Commit
    from kit.review.people import People
    from kit.store.git import Git

    Entry = tuple[str, str, str]  # by, at, digest


class Range(NamedTuple):
    """The commits of a branch, oldest first, from `start` (what it left) to `tip`."""

    git: Git
    start: str
    tip: str
    commits: Sequence[Commit]


class _Version(NamedTuple):
    """A record in one commit: the digest of its content ("" where it is none) and its approvals."""

    digest: str
    entries: frozenset[Entry]


MOST_VERSIONS = 500_000
_NOTHING = _Version("", frozenset())


def faults(
    span: Range, people: People, records: Mapping[str, Record], is_wanted: Callable[[Record], bool]
) -> list[Finding]:
    """Returns what is wrong with the approvals of the records that a branch changes.

    `records` are as they stand at its tip, `is_wanted` says of one whether it must have an approval that counts.
    """
    found: list[Finding] = []
    asked = [path for path, each in sorted(records.items()) if _list(each.meta) or is_wanted(each)]
    for path, versions in _versions(span, asked).items():
        wrong, counting = _judged(span, people, records[path], versions)
        found += wrong
        if not counting and is_wanted(records[path]) and not any(each.is_error for each in wrong):
            message = "nobody who may approve it has approved what it says now"
            fix = f"kit review approve {records[path].id}, by one of {_names(people)}"
            found.append(Finding(path, 1, 1, "approval.missing", ERROR, message, fix))
    return found


def writers(span: Range, paths: Iterable[str]) -> set[str]:
    """Returns the addresses of those who changed the content of one of these records on a branch."""
    found: set[str] = set()
    for versions in _versions(span, list(paths)).values():
        found |= {each.email.casefold() for each in span.commits if _changes_content(each, versions)}
    return found


def forged(span: Range, people: People, files: Mapping[str, bytes | None]) -> list[Finding]:
    """Returns the verdicts and responses that name a person as having decided who did not commit them."""
    told = {**verdict.read(files), **verdict.read(files, "response")}
    named = {path: list(_claims(meta)) for path, meta in told.items()}
    found = []
    for path, versions in _versions(span, sorted(path for path, each in named.items() if each)).items():
        for key in named[path]:
            if key in versions.get(span.start, _NOTHING).entries:
                continue
            adding = [each for each in span.commits if _adds(each, key, versions)]
            flaw = _adding(span, people, adding, key[0], set(), is_import=False)
            if flaw:
                message = flaw[2].replace("the approval by", "what is said by")
                found.append(Finding(path, 1, 1, "review.author", ERROR, message, "let that person say it: kit review"))
    return found


def open_requests(files: Mapping[str, bytes | None], records: Mapping[str, Record]) -> list[Finding]:
    """Returns the responses on a branch that stand against a record as it is now."""
    digests = {each.digest() for each in records.values()}
    found = []
    for path, meta in verdict.read(files, "response").items():
        if meta.get("digest") in digests:
            asked = "rejected it" if meta.get("decision") == "rejected" else "asked for changes"
            message = f"{meta.get('by')} {asked}: {str(meta.get('reason', ''))[:200]}"
            found.append(Finding(path, 1, 1, "review.changes", ERROR, message, "change it, then let it be approved"))
    return found


def _judged(
    span: Range, people: People, subject: Record, versions: Mapping[str, _Version]
) -> tuple[list[Finding], bool]:
    """Returns what is wrong with the current approvals of one record, and whether one counts."""
    found: list[Finding] = []
    counting = False
    before = versions.get(span.start, _NOTHING)
    writers = {each.email.casefold() for each in span.commits if _changes_content(each, versions)}
    for at, entry in enumerate(_list(subject.meta)):
        key = _key(entry)
        by = key[0]
        if not by.startswith(HUMAN) or key[2] != subject.digest():
            continue  # what is stale is found in the file by itself
        why = people.why_not(by, subject.path)
        flaw: tuple[str, str, str, str] | None = None
        if why:
            flaw = "approval.approver", WARNING, f"{why}: this approval does not count", "let another person approve it"
        elif key not in before.entries or before.digest != key[2]:
            adding = [each for each in span.commits if _adds(each, key, versions)]
            flaw = _adding(span, people, adding, by, writers, is_import=isinstance(entry.get("via"), str))
        counting = counting or flaw is None
        if flaw:
            line, column = subject.positions().get(("verified", at), (1, 1))
            found.append(Finding(subject.path, line, column, *flaw))
    return found, counting


def _adding(
    span: Range, people: People, adding: Sequence[Commit], by: str, writers: set[str], *, is_import: bool
) -> tuple[str, str, str, str] | None:
    """Returns why an approval does not count for the commits that add it, None when it does."""
    if not adding:
        return "approval.author", ERROR, f"no commit of this branch adds the approval by {by}", "commit it"
    own = {each.email.casefold() for each in people.named(by)}
    for commit in adding:
        email = commit.email.casefold()
        if is_import and email in people.importers and not people.is_signed:
            continue
        if email not in own:
            message = f"the approval by {by} was added in {commit.oid[:12]} by {commit.email}, who is not {by}"
            return "approval.author", ERROR, message, f"{by} approves it: kit review approve"
        if people.is_signed and not _is_signed(span.git, people, commit, by):
            message = f"the commit {commit.oid[:12]} that adds the approval by {by} has no valid signature by their key"
            return "approval.signature", ERROR, message, "git config commit.gpgsign true, then approve it anew"
    if own & writers:
        message = f"{by} approves what {by} has written on this branch"
        return "approval.proposer", ERROR, message, "let someone else approve it"
    return None


def _is_signed(git: Git, people: People, commit: Commit, by: str) -> bool:
    keys = [each.key for each in people.named(by) if each.key]
    return any(signing.is_signed_by(git, commit.oid, key) for key in keys)


def _adds(commit: Commit, key: Entry, versions: Mapping[str, _Version]) -> bool:
    """Whether an approval stands in a commit and in none of its parents."""
    return key in _at(versions, commit.oid).entries and not any(
        key in _at(versions, parent).entries for parent in commit.parents
    )


def _changes_content(commit: Commit, versions: Mapping[str, _Version]) -> bool:
    digest = _at(versions, commit.oid).digest
    return bool(digest) and all(_at(versions, parent).digest != digest for parent in commit.parents)


def _at(versions: Mapping[str, _Version], oid: str) -> _Version:
    return versions.get(oid, _NOTHING)


def _versions(span: Range, paths: Sequence[str]) -> dict[str, dict[str, _Version]]:
    """Returns for each record its versions: in each commit of the branch, and in each of their parents.

    Two processes of git, or three, whatever the number of records and commits.
    """
    oids = sorted({span.start, *(each.oid for each in span.commits), *(p for c in span.commits for p in c.parents)})
    asked = [(path, oid) for path in paths for oid in oids]
    if len(asked) > MOST_VERSIONS:
        raise InvalidInput(
            f"{len(paths)} records in {len(oids)} commits are more than can be looked at",
            hint="merge the branch in smaller ones", code="too_large",
        )  # fmt: skip
    names = "".join(f"{oid}:{path}\n" for path, oid in asked).encode("utf-8", "surrogateescape")
    out = span.git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=names).text.splitlines()
    blobs = {each: line.split()[0] for each, line in zip(asked, out, strict=True) if line.endswith(" blob")}
    wanted = sorted(set(blobs.values()))
    read = dict(zip(wanted, tree.read_objects(span.git, wanted), strict=True))
    parsed: dict[tuple[str, str], _Version] = {}
    found: dict[str, dict[str, _Version]] = {path: {} for path in paths}
    for (path, oid), blob in blobs.items():
        if (path, blob) not in parsed:
            parsed[path, blob] = _version(path, read[blob])
        found[path][oid] = parsed[path, blob]
    return found


def _version(path: str, data: bytes | None) -> _Version:
    try:
        found = record.parse(path, data) if data is not None else None
    except Malformed:
        found = None
    if found is None:
        return _Version("broken", frozenset())
    return _Version(found.digest(), frozenset([*map(_key, _list(found.meta)), *_claims(found.meta)]))


def _claims(meta: Mapping[str, Any]) -> Iterator[Entry]:
    """Yields what a verdict or a response says that a person has decided."""
    acknowledged = meta.get("acknowledged")
    for each in (meta, acknowledged if isinstance(acknowledged, dict) else {}):
        if str(each.get("by", "")).startswith(HUMAN):
            digest = meta.get("candidate_digest", meta.get("digest", ""))
            yield str(each["by"]), str(each.get("at", "")), str(digest)


def _list(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries = meta.get("verified")
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _key(entry: Mapping[str, Any]) -> Entry:
    return str(entry.get("by", "")), str(entry.get("at", "")), str(entry.get("digest", ""))


def _names(people: People) -> str:
    named = sorted(people.approvers or {each.by for each in people.everybody})
    return ", ".join(named[:5]) or "the people that kit.toml names"
