"""The one place that runs the `git` program: no shell, no prompts, no hooks, no code from a repository's config.

Local commands cannot reach the network at all; network commands have a deadline. A repository is hostile until
checked: what its own config could make git execute is overridden by name (reference: git-config, "scope").
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kit.errors import KitError, RemoteFailed, TimedOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOCAL_SECONDS = 120.0
PROTOCOLS = "file:git:http:https:ssh"
_KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_", "GIT_PROXY_SSL_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
         "GIT_CONFIG_NOSYSTEM", "GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_EXEC_PATH")  # fmt: skip
_SAFE = (
    "core.hooksPath=" + os.devnull,
    "core.fsmonitor=false",
    "core.quotePath=true",
    "core.alternateRefsCommand=",
    "safe.bareRepository=explicit",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "push.gpgSign=false",
    "submodule.recurse=false",
    "log.showSignature=false",
)


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
        answer = self._run(arguments, stdin=stdin, seconds=seconds, protocols="none", overrides=())
        if answer.code not in codes:
            raise GitFailed(f"git {arguments[0]}: {answer.complaint}", hint=_local_hint(answer.err))
        return answer

    def talk(self, *arguments: str, seconds: float, stdin: bytes = b"") -> Answer:
        """Runs a command that reaches a remote; every status is returned.

        Raises TimedOut after `seconds`; whether the remote did its part is not known then.
        """
        return self._run(arguments, stdin=stdin, seconds=seconds, protocols=PROTOCOLS, overrides=self._defused)

    def compare(self, *arguments: str, seconds: float = LOCAL_SECONDS) -> Answer:
        """Runs a local command that reads the work tree, with the repository's own filters switched off."""
        answer = self._run(arguments, stdin=b"", seconds=seconds, protocols="none", overrides=self._defused)
        if answer.code:
            raise GitFailed(f"git {arguments[0]}: {answer.complaint}", hint=_local_hint(answer.err))
        return answer

    @cached_property
    def config(self) -> dict[str, str]:
        """All settings git sees here, the last value of each; section and key are in lower case."""
        return {name: value for _, name, value in self._settings}

    @cached_property
    def _settings(self) -> list[tuple[str, str, str]]:
        fields = self.run("config", "--list", "--show-scope", "-z").text.split("\0")
        pairs = zip(fields[::2], fields[1::2], strict=False)
        return [(scope, *_setting(entry)) for scope, entry in pairs]

    @cached_property
    def _defused(self) -> tuple[str, ...]:
        """Overrides for what the repository's own config could make git run: ssh, helpers, filters, packs' programs."""
        own = {name for scope, name, _ in self._settings if scope in ("local", "worktree")}
        trusted = {name: value for scope, name, value in self._settings if scope in ("system", "global")}
        overrides = (
            [] if "GIT_SSH_COMMAND" in self.environment else [f"core.sshCommand={trusted.get(_SSH, _NO_PROMPT)}"]
        )
        for name in sorted(own - {_SSH}):
            section, _, key = name.lower().partition(".")
            key = key.rsplit(".", 1)[-1]
            if section == "credential" and key == "helper":
                overrides.append(f"{name}=")
                overrides += [f"credential.helper={trusted['credential.helper']}"] * ("credential.helper" in trusted)
            elif (section, key) in _PROGRAMS:
                overrides.append(f"{name}={trusted.get(name, _PROGRAMS[section, key])}")
        return tuple(overrides)

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

    def _run(
        self, arguments: Sequence[str], *, stdin: bytes, seconds: float, protocols: str, overrides: Sequence[str]
    ) -> Answer:
        settings = [part for setting in (*_SAFE, *overrides) for part in ("-c", setting)]
        place = [f"--git-dir={self.folder}"] if self.is_bare else ["-C", str(self.folder)]
        try:
            process = subprocess.Popen(
                ["git", *place, *settings, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(self.environment, protocols) | self._hook_index,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise GitFailed("the program git was not found", hint="install git 2.30 or newer") from None
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TimedOut(
                f"git {arguments[0]} did not end within {seconds:g} s",
                hint="look at the remote, or give it longer: [live] timeout in kit.toml",
            ) from None
        finally:
            if process.poll() is None:
                _kill(process)
        return Answer(process.returncode, out, err.decode("utf-8", "replace"))


class GitFailed(KitError):
    """git could not do a local piece of work."""

    code = "git"
    exit_code = 5


_SSH = "core.sshcommand"
_NO_PROMPT = "ssh -o BatchMode=yes -o ConnectTimeout=10"
_PROGRAMS = {
    ("core", "askpass"): "",
    ("core", "gitproxy"): "",
    ("core", "pager"): "cat",
    ("core", "editor"): "true",
    ("remote", "uploadpack"): "git-upload-pack",
    ("remote", "receivepack"): "git-receive-pack",
    ("remote", "vcs"): "",
    ("filter", "clean"): "",
    ("filter", "smudge"): "",
    ("filter", "process"): "",
    ("filter", "required"): "false",
    ("diff", "command"): "",
    ("diff", "textconv"): "",
    ("diff", "external"): "",
    ("gpg", "program"): "gpg",
}


def unreachable(answer: Answer, url: str) -> RemoteFailed:
    """Returns the failure for a remote that could not be reached or refused, with git's own words."""
    return RemoteFailed(
        f"the remote {url} cannot be reached or refuses: {answer.complaint}",
        hint="check the network and your rights, then run the same command again",
        complaint=answer.complaint,
    )


def _setting(entry: str) -> tuple[str, str]:
    name, _, value = entry.partition("\n")
    return name, value


def _local_hint(err: str) -> str:
    if "dubious ownership" in err:
        return "the repository belongs to someone else: git config --global --add safe.directory <path>"
    return "run git fsck to see whether the repository is whole"


def _environment(environment: Mapping[str, str], protocols: str) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": protocols,
        "LC_ALL": "C",
        "LANGUAGE": "",
    }


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()
