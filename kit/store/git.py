"""The one place that runs the `git` program: no shell, no prompts, no hooks, no code from a repository's config.

Local commands cannot reach the network at all; network commands have a deadline. A repository is hostile until
checked: what its own config could make git execute is overridden by name (`kit.store.defuse`).
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kit.errors import KitError, NotWritten, RemoteFailed, TimedOut
from kit.process import kill
from kit.store import defuse
from kit.store.defuse import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOCAL_SECONDS = 120.0
PROTOCOLS = "file:git:http:https:ssh"
_KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_", "GIT_PROXY_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
         "GIT_CONFIG_NOSYSTEM", "GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_EXEC_PATH")  # fmt: skip
_NO_WRITING = re.compile(
    r"No space left on device|Out of diskspace|Read-only file system|Disk quota exceeded|File too large"
    r"|insufficient permission for adding"
    r"|(?:unable|cannot|could not|failed) .*(?:Permission denied|Operation not permitted)$"
)
_PLAIN = defuse.with_settings(defuse.ALWAYS)


@dataclass(frozen=True)
class Answer:
    """What git said: exit status, standard output and error."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "surrogateescape")

    @property
    def complaint(self) -> str:
        """The last line of standard error that says what went wrong."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "! "))]
        return (told or lines or [f"git ended with status {self.code}"])[-1]

    @property
    def may_not_write(self) -> bool:
        """Whether this disk failed: full, or not to be written to. What a remote says of its own does not count."""
        return any(_NO_WRITING.search(line) for line in self.err.splitlines() if not line.startswith("remote:"))

    @property
    def is_distrusted(self) -> bool:
        """Whether git did nothing because the repository belongs to someone else."""
        return "dubious ownership" in self.err


@dataclass(frozen=True)
class Git:
    """git in one repository; `environment` is the process environment as the edge has read it."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    is_bare: bool = False

    def run(
        self, *arguments: str, stdin: bytes = b"", seconds: float = LOCAL_SECONDS, codes: Sequence[int] = (0,)
    ) -> Answer:
        """Runs a local command; no transport is allowed.

        Raises KitError when the status is not among `codes`, TimedOut after `seconds`.
        """
        answer = self._run(arguments, stdin=stdin, seconds=seconds, environment=_PLAIN | _transports("none"))
        if answer.code not in codes:
            raise failure(arguments[0], answer)
        return answer

    def talk(self, *arguments: str, seconds: float, stdin: bytes = b"") -> Answer:
        """Runs a command that reaches a remote; every status is returned.

        Raises TimedOut after `seconds`; whether the remote did its part is not known then.
        """
        return self._run(arguments, stdin=stdin, seconds=seconds, environment=self._defused | _transports(PROTOCOLS))

    def compare(self, *arguments: str, seconds: float = LOCAL_SECONDS) -> Answer:
        """Runs a local command that reads the work tree, with the repository's own filters switched off."""
        answer = self._run(arguments, stdin=b"", seconds=seconds, environment=self._defused | _transports("none"))
        if answer.code:
            raise failure(arguments[0], answer)
        return answer

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts a local command that is talked to over its pipes; the caller ends it, and sets its own deadlines."""
        return self._start(arguments, environment=_PLAIN | _transports("none"), err=subprocess.DEVNULL)

    @cached_property
    def config(self) -> dict[str, str]:
        """All settings git sees here, the last value of each; section and key are in lower case."""
        return {each.name: each.value for each in self.settings}

    @cached_property
    def settings(self) -> list[Setting]:
        """All settings git sees here, in the order in which it reads them."""
        fields = self.run("config", "--list", "--show-scope", "-z").text.split("\0")
        pairs = zip(fields[::2], fields[1::2], strict=False)
        return [Setting(scope, *_setting(entry)) for scope, entry in pairs]

    @cached_property
    def common_folder(self) -> Path:
        """The folder that holds the refs; of a linked work tree that of its main repository."""
        place = self.folder if self.is_bare else self.folder / ".git"
        if place.is_file():
            place = self.folder / _line(place).removeprefix("gitdir:").strip()
        common = place / "commondir"
        return (place / _line(common) if common.is_file() else place).resolve()

    @cached_property
    def _defused(self) -> dict[str, str]:
        return defuse.environment(self.settings, self.environment)

    @cached_property
    def _hook_index(self) -> dict[str, str]:
        """Names the index that a running `git commit FILE` made for its hooks, where it is one of this repository."""
        named = self.environment.get("GIT_INDEX_FILE")
        marker = self.folder / ".git"
        if not named or self.is_bare:
            return {}
        try:
            link = marker.read_text("utf-8").removeprefix("gitdir:").strip() if marker.is_file() else ".git"
            file, own = (self.folder / named).resolve(), (self.folder / link).resolve()
        except (OSError, ValueError):
            return {}
        return {"GIT_INDEX_FILE": str(file)} if file.parent == own else {}

    def _run(self, arguments: Sequence[str], *, stdin: bytes, seconds: float, environment: Mapping[str, str]) -> Answer:
        process = self._start(arguments, environment=environment, err=subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TimedOut(
                f"git {arguments[0]} did not end within {seconds:g} s",
                hint="look at the remote, or give it longer: [live] timeout in kit.toml",
            ) from None
        finally:
            if process.poll() is None:
                kill(process)
        return Answer(process.returncode, out, err.decode("utf-8", "replace"))

    def _start(self, arguments: Sequence[str], *, environment: Mapping[str, str], err: int) -> subprocess.Popen[bytes]:
        place = [f"--git-dir={self.folder}"] if self.is_bare else ["-C", str(self.folder)]
        surroundings = {**_environment(self.environment), **environment, **self._hook_index}
        if not self.is_bare and (self.folder / ".git").exists():
            # Neither a repository further up nor a work tree that the config names elsewhere.
            surroundings |= {"GIT_CEILING_DIRECTORIES": str(self.folder.parent), "GIT_WORK_TREE": str(self.folder)}
        try:
            return subprocess.Popen(
                ["git", *place, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=err,
                env=surroundings,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise GitFailed("the program git was not found", hint="install git 2.31 or newer") from None


class GitFailed(KitError):
    """git could not do a local piece of work."""

    code = "git"
    exit_code = 5


def failure(command: str, answer: Answer) -> KitError:
    """Returns the failure for a command that did not do its work here."""
    message = f"git {command}: {answer.complaint}"
    if answer.may_not_write:
        return NotWritten(message, hint="is the disk full, or the repository read-only?")
    if answer.is_distrusted:
        return GitFailed(
            message, hint="the repository belongs to someone else: git config --global --add safe.directory <path>"
        )
    return GitFailed(message, hint="run git fsck to see whether the repository is whole")


def unreachable(answer: Answer, url: str) -> RemoteFailed:
    """Returns the failure for a remote that could not be reached or refused, with git's own words."""
    return RemoteFailed(
        f"the remote {url} cannot be reached or refuses: {answer.complaint}",
        hint="check the network and your rights, then run the same command again",
        complaint=answer.complaint,
    )


def _line(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(8192).decode("utf-8", "surrogateescape").strip()


def _setting(entry: str) -> tuple[str, str]:
    name, _, value = entry.partition("\n")
    return name, value


def _transports(protocols: str) -> dict[str, str]:
    return {"GIT_ALLOW_PROTOCOL": protocols}


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
        "LANGUAGE": "",
    }
