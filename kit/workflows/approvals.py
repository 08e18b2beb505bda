"""Adds to what validation finds in a change who made it: whether the approvals on a branch count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kit.records import record, record_type
from kit.records.finding import WARNING, Finding
from kit.records.strict_json import Malformed
from kit.review import branch as proposals
from kit.review import history, people
from kit.store import knowledge, tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.store.git import Git
    from kit.validation.validate import Report


def judged(git: Git, report: Report, *, base: str, start: str, root: str, config: str, only: Collection[str]) -> Report:
    """Returns a report of what changed since `start` with the findings about approvals in the commits up to HEAD.

    Who may approve is read from `base`, the branch that is merged into, as it is now.
    """
    tip = tree.resolve(git, "HEAD")
    found = [each for each in faults(git, base=base, start=start, tip=tip, root=root, config=config)
             if not only or any(each.path == path or each.path.startswith(f"{path}/") for path in only)]  # fmt: skip
    there = {each.path for each in report.findings if each.rule in ("approval.missing", "approval.stale")}
    told = [each for each in found if each.rule != "approval.missing" or each.path not in there]
    return replace(report, findings=tuple(sorted({*report.findings, *told})))


def faults(git: Git, *, base: str, start: str, tip: str, root: str, config: str) -> list[Finding]:
    """Returns what is wrong with the approvals that the commits from `start` to `tip` bring."""
    who = people.at(git, base, config)
    folder = f"{root}/" if root else ""
    own = tree.commit_tree(git, base, root=root, folders=[knowledge.SCHEMAS])
    kinds = {name: each for name, each in knowledge.types_in(own)[0].items() if each.is_recalled or each.is_approved}
    files = proposals.changed_files(git, start, tip)
    records: dict[str, Record] = {}
    wanted: set[str] = set()
    for path, data in files.items():
        declared = record_type.of_path(kinds.values(), path[len(folder) :]) if path.startswith(folder) else None
        try:
            if data is not None and declared:
                records[path] = record.parse(path, data)
                if declared.is_approved and records[path].meta.get("status", "stable") != "draft":
                    wanted.add(path)
        except Malformed:
            continue  # found in the file by itself
    gone = {path for path in files if path not in records or records[path].meta.get("status") == "draft"}
    found = [*_settings(git, start, tip, config), *_removed(git, start, tip, gone, kinds=kinds, folder=folder)]
    if not who.everybody:
        message = f"{base[:12]}, which is merged into, names nobody who reviews: whose approvals count is not known"
        fix = "name them in kit.toml: [[review.people]] with id and email"
        return [*found, *([Finding(config, 1, 1, "review.people", WARNING, message, fix)] if wanted else [])]
    span = history.Range(git, start, tip, proposals.commits(git, start, tip))
    found += history.faults(span, who, records, lambda each: each.path in wanted)
    found += history.forged(span, who, files)
    return found + history.open_requests(files, records)


def _removed(
    git: Git, start: str, tip: str, gone: set[str], *, kinds: Mapping[str, RecordType], folder: str
) -> Iterator[Finding]:
    """Yields what was recalled and was taken out without being retired: nobody is asked to approve that."""
    if not gone:
        return
    for path, data in proposals.changed_files(git, tip, start, sorted(gone)).items():
        declared = record_type.of_path(kinds.values(), path[len(folder) :]) if path.startswith(folder) else None
        try:
            before = record.parse(path, data) if data is not None and declared and declared.is_approved else None
        except Malformed:
            continue
        if before and before.meta.get("status", "stable") == "stable":
            message = f"{before.id} was recalled, and is taken out without being retired"
            fix = f"kit promote --retire {before.id} --reason TEXT"
            yield Finding(path, 1, 1, "review.removed", WARNING, message, fix)


def _settings(git: Git, start: str, tip: str, config: str) -> list[Finding]:
    names = git.run("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", start, tip, "--",
                    *people.files(config)).text.split("\0")  # fmt: skip
    message = "it says who may approve: what it said before counts for this branch"
    return [Finding(path, 1, 1, "review.settings", WARNING, message, "look at it with care") for path in names if path
            and (path != config or _people(git, start, path) != _people(git, tip, path))]  # fmt: skip


def _people(git: Git, commit: str, path: str) -> people.People:
    return people.at(git, commit, path)
