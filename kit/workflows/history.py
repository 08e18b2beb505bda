"""What git knows of a commit, a line, a file or a pull request: the commits, and the sessions their messages name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import KitError, NotFound
from kit.records import times
from kit.store import trailers
from kit.workflows import pulls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kit.store.git import Git
    from kit.store.repository import Repository

MAX_COMMITS = 200
MAX_DIFF = 2 << 20
MAX_LINES = 20_000
_PLACES = ("--branches", "--tags", "--remotes", "HEAD")
_FORMAT = f"%H%x00%at%x00%an%x00%s%x00%(trailers:key={trailers.TOKEN},valueonly,unfold)%x00%B%x00%N%x00"
_UNKNOWN = re.compile(r"no such path|has only \d+ line|no such ref")
_HUNK = re.compile(r"([0-9a-f]{40,64}) (\d+) (\d+)(?: (\d+))?")


class Commit(NamedTuple):
    """A commit: when it was written (seconds since the epoch), by whom, and the sessions it names, each with how."""

    oid: str
    at: float
    author: str
    subject: str
    message: str
    sessions: Mapping[str, str]

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        return {
            "commit": self.oid,
            "at": times.stamp(self.at),
            "author": self.author,
            "subject": self.subject,
            "sessions": [{"session": name, "by": how} for name, how in self.sessions.items()],
        }


class Line(NamedTuple):
    """A line of a file and the commit that wrote it, "" while nobody has committed it.

    `path` is the file's name in that commit, `number` the line's in the file as it is now.
    """

    oid: str
    path: str
    number: int
    text: str


def commits(git: Git, revisions: Sequence[str]) -> list[Commit]:
    """Returns these commits (ids or `a..b` ranges), the newest first, no more than MAX_COMMITS + 1 of them."""
    is_range = any(".." in each for each in revisions)
    # git walks in spite of --no-walk when it is given --max-count.
    words = [f"--max-count={MAX_COMMITS + 1}"] if is_range else ["--no-walk=unsorted"]
    return _log(git, [*words, "--end-of-options", *revisions[: MAX_COMMITS + 1]])


def of_session(git: Git, session: str) -> list[Commit]:
    """Returns the commits whose message or note names a session, the newest first, at most MAX_COMMITS + 1."""
    if not git.run("rev-parse", "--verify", "--quiet", "HEAD", codes=(0, 1)).text:
        return []
    words = ["--fixed-strings", "--regexp-ignore-case", f"--grep={session}", f"--max-count={MAX_COMMITS + 1}"]
    return [each for each in _log(git, [*words, *_PLACES]) if session in each.sessions]


def of_pull_request(repository: Repository, number: int) -> tuple[list[Commit], str]:
    """Returns the commits of a pull request and how they were found: in merges and squashes here, else by gh.

    Raises NotFound when neither knows it.
    """
    git = repository.git
    if found := _merged(git, number):
        return found, "merge" if len(found) > 1 or found[0].subject.startswith("Merge ") else "squash"
    hint = f"no merge or squash of #{number} is in the history here; fetch it: git fetch origin pull/{number}/head"
    told = pulls.view(repository, number, "commits,body", hint=hint)
    listed = told.get("commits")
    oids = [str(each.get("oid")) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    oids = [each for each in oids if re.fullmatch(r"[0-9a-f]{40,64}", each)][:MAX_COMMITS]
    here = [each for each in oids if git.run("cat-file", "-e", f"{each}^{{commit}}", codes=(0, 1, 128)).code == 0]
    body = str(told.get("body") or "")
    if not here and not trailers.sessions(body):
        raise NotFound(f"the commits of pull request {number} are not here", hint=hint, code="not_here")
    found = commits(git, here) if here else []
    named = dict.fromkeys(trailers.sessions(body), "description")
    first = Commit("", 0.0, "", f"the description of #{number}", body, named)
    return ([first] if named else []) + found, "gh"


def blame(repository: Repository, path: str, first: int = 1, last: int | None = None) -> list[Line]:
    """Returns the lines of a file as it stands in the work tree, of a bare repository in HEAD, with their commits.

    No more than MAX_LINES + 1 of them. Raises NotFound for a file that git does not know, and lines it has not.
    """
    end = min(last or first + MAX_LINES, first + MAX_LINES)
    range_ = [f"-L{first},{end}"] if last else ([f"-L{first},"] if first > 1 else [])
    revision = ["HEAD"] if repository.is_bare else []
    words = [
        "--porcelain",
        "--no-progress",
        "--no-textconv",
        "--encoding=UTF-8",
        "--ignore-revs-file=",
        *range_,
        *revision,
    ]
    try:
        answer = repository.git.compare("blame", *words, "--", path)
    except KitError as error:
        if error.code != "git" or not _UNKNOWN.search(error.message):
            raise
        hint = "name a file that is committed, and a line that it has"
        raise NotFound(error.message, hint=hint, value=path) from None
    return _lines(answer.out.decode("utf-8", "replace"), path)


def added(git: Git, oid: str, paths: Iterable[str] = ()) -> tuple[dict[str, list[str]], bool]:
    """Returns path -> the lines a commit added, against its first parent, and whether that is not all of them."""
    words = ("diff-tree", "--root", "--no-commit-id", "-p", "-U0", "--no-renames", "--no-ext-diff", "--no-textconv",
             "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "-r", "--first-parent", "-m", oid, "--",
             *(f":(top,literal){each}" for each in paths))  # fmt: skip
    out = git.run("-c", "core.quotePath=false", *words).out
    found: dict[str, list[str]] = {}
    here: list[str] | None = None
    for line in out[:MAX_DIFF].decode("utf-8", "replace").split("\n"):
        if line.startswith("diff --git "):
            here = None
        elif line.startswith("+++ ") and here is None:
            name = _unquoted(line[4:].rstrip("\t"))
            here = found.setdefault(name.removeprefix("b/"), []) if name != "/dev/null" else []
        elif line.startswith("+") and here is not None:
            here.append(line[1:])
    return {path: lines for path, lines in found.items() if lines}, len(out) > MAX_DIFF


def _log(git: Git, words: Sequence[str]) -> list[Commit]:
    plain = (
        "log",
        "--no-show-signature",
        "--no-color",
        "--encoding=UTF-8",
        f"--notes={trailers.NOTES}",
        f"--format={_FORMAT}",
    )
    fields = git.run(*plain, *words).out.decode("utf-8", "replace").split("\0")
    found = []
    for at in range(0, len(fields) - 7, 7):
        oid, when, author, subject, own, message, note = fields[at : at + 7]
        found.append(Commit(oid.strip(), float(when), author, subject, message, _named(own, message, note)))
    return found


def _named(own: str, message: str, note: str) -> dict[str, str]:
    lines = "".join(f"{trailers.TOKEN}: {line}\n" for line in own.splitlines() if line)
    found = dict.fromkeys(trailers.sessions(lines), "trailer")
    for how, text in (("message", message), ("note", note)):
        found |= {name: how for name in trailers.sessions(text) if name not in found}
    return found


def _merged(git: Git, number: int) -> list[Commit]:
    """Returns the commits of a pull request that a forge has merged, as the subjects in the history tell."""
    if not git.run("rev-parse", "--verify", "--quiet", "HEAD", codes=(0, 1)).text:
        return []
    pattern = rf"(^Merge pull request #{number} |\(#{number}\)$|!{number}$)"
    subjects = re.compile(rf"Merge pull request #{number} |.*\(#{number}\)$")
    greps = ("--extended-regexp", f"--grep={pattern}", f"--max-count={MAX_COMMITS}")
    named = _log(git, [*greps, *_PLACES])
    found = next((each for each in named if subjects.match(each.subject)), None)
    if found is None:
        return []
    parents = git.run("rev-list", "--parents", "-1", found.oid).text.split()[1:]
    if len(parents) < 2:
        return [found]
    return [found, *commits(git, [f"{parents[0]}..{parents[1]}"])]


def _lines(out: str, path: str) -> list[Line]:
    """Reads `git blame --porcelain`: what it says of a commit stands only where it first comes."""
    found: list[Line] = []
    names: dict[str, str] = {}
    oid, number = "", 0
    for line in out.split("\n"):
        if line.startswith("\t"):
            is_here = set(oid) != {"0"}
            found.append(Line(oid if is_here else "", names.get(oid, path), number, line[1:]))
            if len(found) > MAX_LINES:
                break
        elif matched := _HUNK.fullmatch(line):
            oid, number = matched[1], int(matched[3])
        elif line.startswith("filename "):
            names[oid] = _unquoted(line.removeprefix("filename "))
    return found


def _unquoted(name: str) -> str:
    """Returns a name that git may have put into quotes, with escapes as in C."""
    if not (name.startswith('"') and name.endswith('"') and len(name) > 1):
        return name
    letters = {"n": b"\n", "t": b"\t", "r": b"\r", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v"}

    def plain(found: re.Match[str]) -> str:
        text = found[1]
        data = bytes([int(text, 8) & 0xFF]) if text.isdigit() else letters.get(text, text.encode())
        return data.decode("latin-1")

    inner = name[1:-1].encode("utf-8", "surrogateescape").decode("latin-1")
    return re.sub(r"\\([0-7]{3}|.)", plain, inner).encode("latin-1", "replace").decode("utf-8", "replace")
