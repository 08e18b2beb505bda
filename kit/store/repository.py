"""Finds the repository a command works in and reads its `kit.toml`.

The way up from the current folder looks only for `.git`, never for a bare repository: a clone can carry one whose
config runs programs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kit import config
from kit.errors import InvalidInput, NotFound
from kit.safety.redact import redactor
from kit.store import authority, derived, plain_file, tree
from kit.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kit.config import Config
    from kit.safety.redactor import Redactor

_ENV_FILES = (".env", ".env.local")
MAX_ENV = 1 << 20  # bytes


@dataclass(frozen=True)
class Repository:
    """A git repository: `top` is the work tree's top folder, or the repository itself where it is bare.

    `home` is the folder in it where `kit.toml` stands, "" for the top: one repository can hold several knowledge
    folders, each with settings of its own.
    """

    top: Path
    environment: Mapping[str, str] = field(repr=False)
    is_bare: bool = False
    home: str = ""

    @cached_property
    def git(self) -> Git:
        return Git(self.top, self.environment, self.is_bare)

    @cached_property
    def config(self) -> Config:
        """The settings in `kit.toml` of the work tree. Raises InvalidInput when it is wrong."""
        file = self.top / self.home / config.FILE
        if self.is_bare or file.is_symlink() or not file.is_file():
            return config.defaults()
        with file.open("rb") as opened:
            return config.parse(opened.read(config.MAX_BYTES + 1))

    @property
    def root(self) -> str:
        """The folder that holds the knowledge, relative to the top, "" for the top itself."""
        return "/".join(filter(None, (self.home, self.config.text("root"))))

    @property
    def knowledge(self) -> Path:
        return self.top / self.root

    @cached_property
    def derived(self) -> Path:
        """The folder `.kit` for what can be made again; it is made, with its own ignore file, when first used.

        Raises InvalidInput when it is, or holds, a symbolic link.
        """
        return derived.checked(self.top / ("kit" if self.is_bare else ".kit"))

    def reviewed_names(self) -> list[str]:
        """Returns where the reviewed branch is looked for, best first.

        `[review] branch` of kit.toml; without it the remote's default branch as last fetched, else the local one.
        """
        named, tracked = self.config.text("review.branch"), f"refs/remotes/{self.config.text('live.remote')}/"
        if named:
            return [tracked + named, "refs/heads/" + named, named]
        remote = [tracked + name for name in ("HEAD", "main", "master")]
        return [*remote, "refs/heads/main", "refs/heads/master", "HEAD"]

    @cached_property
    def remote(self) -> str | None:
        """The name of the remote that decides, None where there is none and the repository itself decides.

        Raises InvalidInput when it has several places to push to, or stands inside this repository.
        """
        name = self.config.text("live.remote")
        if f"remote.{name}.url" not in self.git.config:
            return None
        authority.check(name, self.git.settings, top=self.top, git_folder=self.git.common_folder)
        return name

    @cached_property
    def redactor(self) -> Redactor:
        """What takes secrets out of all that is written here; paths stay, for those who share a machine.

        It knows the rules of `kit.toml`, and the secrets in the environment and in `.env`. Raises InvalidInput for a
        rule that cannot be used.
        """
        return self.redactor_of(is_personal=False)

    def redacted(self, text: str) -> str:
        """Returns what a person or an agent wrote without secrets, as it may be written here."""
        return self.redactor.text(text) if text else ""

    def redactor_of(self, *, home: str = "", env_files: Sequence[bytes] = (), is_personal: bool = True) -> Redactor:
        """Returns another one, for a session or a file: it also takes out the names of home folders."""
        files = [] if self.is_bare else [self.top / self.home / name for name in _ENV_FILES]
        found = [plain_file.read(file, limit=MAX_ENV) for file in files if file.is_file() and not file.is_symlink()]
        try:
            return redactor(
                self.config,
                environment=self.environment,
                env_files=[*found, *env_files],
                home=home,
                is_personal=is_personal,
            )
        except InvalidInput as error:
            raise self._with_line(error) from None

    def _with_line(self, error: InvalidInput) -> InvalidInput:
        """Returns the failure over a rule of kit.toml with the line on which the rule stands."""
        text = (self.top / self.home / config.FILE).read_text("utf-8")
        number = int(error.details.get("rule", 1))
        line = config.line_of(text, "redaction.rules", number - 1)
        message = f"{config.FILE}:{line}: {error.message}"
        return InvalidInput(message, hint=error.hint, code=error.code, line=line, rule=number)

    @property
    def remote_url(self) -> str:
        """Where the remote is, for messages: without a name or password in it."""
        return self.url_of(self.remote or "")

    def url_of(self, remote: str) -> str:
        """Returns where a remote is, for messages: without a name or password in it."""
        return re.sub(r"(?<=://)[^/@]*@", "", self.git.config.get(f"remote.{remote}.url", ""))


def find(start: Path, *, environment: Mapping[str, str]) -> Repository:
    """Returns the repository that `start` is in (a bare one only if `start` is its very folder).

    The nearest `kit.toml` on the way up holds. Raises NotFound when there is no repository.
    """
    start = start.resolve()
    home = start
    for folder in (start, *start.parents):
        if not (home / config.FILE).is_file():
            home = folder
        if (folder / ".git").exists():
            is_at_top = home == folder or not (home / config.FILE).is_file()
            return Repository(folder, environment, home="" if is_at_top else home.relative_to(folder).as_posix())
    if all((start / part).exists() for part in ("HEAD", "objects", "refs")):
        return Repository(start, environment, is_bare=True)
    raise NotFound(
        f"{start} is not in a git repository", hint="run git init, or name one with --repo DIR", code="no_repository"
    )


def reviewed_revision(repository: Repository) -> str | None:
    """Returns the full name of the branch whose records are recalled, None when there is no commit yet."""
    names = repository.reviewed_names()
    found = tree.folder_ids(repository.git, names, [])
    return next((name for name in names if name in found), None)
