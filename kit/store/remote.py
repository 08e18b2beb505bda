"""Talks to the remote that decides: push with a lease on every ref, fetch, and a look at its refs.

A push has three outcomes (design, 3): accepted, refused, and not known. The porcelain flags are git's stable
interface; a ref that already is what was pushed (`=`) is no win by itself, which is why every claim has a nonce.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import TimedOut
from kit.store import authority, defuse, locks, refs
from kit.store import git as git_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from kit.store.git import Answer
    from kit.store.repository import Repository

_FETCH_TRIES = 6
_LONGEST_REASON = 500
#: How git ends before it has sent anything; a line of the remote's own begins with `remote:`.
_NOT_SENT = re.compile(
    r"^fatal: (?:unable to access|unable to connect|unable to look up|could not read from remote repository"
    r"|authentication failed|could not read (?:username|password)|repository '.*' not found|'.*' does not appear to be"
    r"|the remote end hung up upon initial contact|transport '.*' not allowed|protocol '.*' is not supported"
    r"|the receiving end does not support --atomic|strange hostname|unable to find remote helper|no path specified)",
    re.IGNORECASE | re.MULTILINE,
)
_NO_ANSWER = re.compile(r"\[remote failure\]|failed to report status")
_CONTENTION = re.compile(
    r"failed to update ref|cannot lock ref|reference already exists|failed to lock|atomic|stale info|unable to lock"
    r"|no answer",
    re.IGNORECASE,
)


class Update(NamedTuple):
    """A ref (short name, `tasks/parser`) to move from `old` to `new`; "" stands for "does not exist"."""

    ref: str
    old: str
    new: str


@dataclass(frozen=True)
class Pushed:
    """What a push came to: the refs the remote confirmed, and git's reason for each it refused.

    A ref in neither was sent without an answer, if anything was sent at all.
    """

    confirmed: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    was_sent: bool = True
    timed_out: bool = False
    complaint: str = ""
    err: str = ""

    @property
    def reason(self) -> str:
        """Why it was refused: git's reasons, then what the remote itself had to say."""
        told = [line.removeprefix("remote:").strip() for line in self.err.splitlines() if line.startswith("remote:")]
        return "; ".join([*sorted(set(self.refused.values())), *filter(None, told)])[:_LONGEST_REASON]

    def is_contended(self, names: Iterable[str]) -> bool:
        """Whether each of these was refused as others at work on the same ref make git do: another try can succeed."""
        return all(_CONTENTION.search(self.refused.get(ref, "no answer")) for ref in names)


@dataclass(frozen=True)
class Remote:
    """The remote that decides, and where its live refs stand there and here."""

    repository: Repository
    name: str
    tell: Callable[[str], None] = field(default=lambda _: None, repr=False, compare=False)
    patience: float | None = None

    @property
    def prefix(self) -> str:
        return self.repository.config.text("live.prefix")

    @property
    def url(self) -> str:
        """Where it is, for messages."""
        return self.repository.url_of(self.name)

    @cached_property
    def folder(self) -> Path | None:
        """The git folder of a remote that is a path, None for any other."""
        path = authority.path_of(self.repository.git.config.get(f"remote.{self.name}.url", ""))
        if path is None:
            return None
        place = (self.repository.top / path).resolve()
        return place / ".git" if (place / ".git").is_dir() else place

    def locks(self, complaint: str) -> list[Path]:
        """Returns the locks of live refs that git names in its complaint, on a remote that is a path."""
        return locks.named(complaint, [self.folder / self.prefix]) if self.folder else []

    @property
    def seconds(self) -> float:
        """How long one exchange may take."""
        told = self.repository.config.number("live.timeout")
        return told if self.patience is None else min(told, self.patience)

    def tracking(self, ref: str) -> str:
        """Returns the full name of the local ref that remembers what the remote's `ref` was when last seen."""
        return f"refs/kit-remotes/{self.name}/{ref}"

    def push(self, updates: Sequence[Update], *, atomic: bool) -> Pushed:
        """Moves refs on the remote, each only if it still is `old` there; with `atomic` all of them or none.

        Never raises for what the remote says or fails to say: the result tells what is known.
        """
        if not updates:  # git would push the branch that is checked out
            return Pushed()
        leases = [f"--force-with-lease={self.prefix}/{each.ref}:{each.old}" for each in updates]
        specs = [f"{each.new}:{self.prefix}/{each.ref}" for each in updates]
        options = ["--porcelain", "--no-verify", "--no-follow-tags", f"--receive-pack={self._program('receive')}"]
        options += ["--atomic"] if atomic else []
        try:
            answer = self.repository.git.talk("push", *options, *leases, self.name, *specs, seconds=self.seconds)
        except TimedOut as error:
            return Pushed(timed_out=True, complaint=error.message)
        reports = dict(self._reports(answer))
        refused = {ref: reason for ref, (flag, reason) in reports.items() if flag == "!"}
        return Pushed(
            confirmed=frozenset(ref for ref, (flag, _) in reports.items() if flag in "*+-= "),
            refused={ref: reason for ref, reason in refused.items() if not _NO_ANSWER.search(reason)},
            was_sent=bool(reports) or not _NOT_SENT.search(answer.err),
            complaint=answer.complaint,
            err=answer.err,
        )

    def fetch(self, names: Iterable[str], *, seconds: float | None = None) -> None:
        """Brings refs, or patterns like `tasks/*`, up to date here; a ref that is gone there is forgotten here.

        Raises RemoteFailed, or TimedOut after `seconds`.
        """
        wanted = sorted(set(names))
        for attempt in range(_FETCH_TRIES + len(wanted)):
            if not wanted:
                return
            answer = self.repository.git.talk(
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-filter",
                "--prune", "--refmap=", f"--upload-pack={self._program('upload')}", "--end-of-options", self.name,
                *(f"+{self.prefix}/{ref}:{self.tracking(ref)}" for ref in wanted),
                seconds=seconds or self.seconds,
            )  # fmt: skip
            if answer.code == 0:
                return
            gone = re.search(rf"couldn't find remote ref {re.escape(self.prefix)}/(\S+)", answer.err)
            if gone and gone[1] in wanted:
                # git names one at a time: from the second on it is quicker to look which are there.
                there = self.look(wanted) if attempt else wanted
                absent = {gone[1], *(each for each in wanted if each not in there and "*" not in each)}
                wanted = [each for each in wanted if each not in absent]
                self.forget(absent)
            elif answer.may_not_write:
                raise git_program.failure("fetch", answer)
            elif not _CONTENTION.search(answer.err):
                raise git_program.unreachable(answer, self.url)
            elif not self._unlock(answer):
                time.sleep(0.01 * 2**attempt)
        raise locks.standing(locks.named(answer.err, [self.repository.git.common_folder]), answer.complaint)

    def _unlock(self, answer: Answer) -> bool:
        """Removes old locks of what is remembered of this remote; returns whether there were any."""
        folder = self.repository.git.common_folder
        found = locks.named(answer.err, [folder / self.tracking("")])
        return locks.clear(found, guard=folder / locks.GUARD, tell=self.tell)

    def forget(self, gone: Iterable[str]) -> None:
        """Removes what is remembered of refs that the remote no longer has; a failure costs a later look."""
        folder = self.repository.git.common_folder
        known = [name for name in map(self.tracking, gone) if refs.tip(folder, name)]
        if known:
            lines = "".join(f"delete {name}\n" for name in known)
            self.repository.git.run("update-ref", "--no-deref", "--stdin", stdin=lines.encode(), codes=(0, 1, 128))

    def look(self, names: Iterable[str]) -> dict[str, str]:
        """Returns ref -> commit id on the remote now, for refs or patterns; absent ones are left out.

        Raises RemoteFailed, or TimedOut after `seconds`.
        """
        asked = [f"{self.prefix}/{ref}" for ref in names]
        options = [f"--upload-pack={self._program('upload')}", "--end-of-options", self.name]
        answer = self.repository.git.talk("ls-remote", *options, *asked, seconds=self.seconds)
        if answer.code:
            raise git_program.unreachable(answer, self.url)
        lines = (line.split("\t") for line in answer.text.splitlines())
        return {name.removeprefix(self.prefix + "/"): oid for oid, name in lines}

    def _program(self, verb: str) -> str:
        return defuse.program(self.repository.git.settings, self.name, f"{verb}pack", f"git-{verb}-pack")

    def _reports(self, answer: Answer) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yields ref -> (flag, summary) of a push (git-push, OUTPUT: `<flag> TAB <from>:<to> TAB <summary>`)."""
        for line in answer.text.splitlines():
            if line[1:2] == "\t":
                names, _, summary = line[2:].partition("\t")
                yield names.rpartition(":")[2].removeprefix(self.prefix + "/"), (line[0], summary)
