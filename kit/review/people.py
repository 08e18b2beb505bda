"""Who may approve what: the people of kit.toml and the owners of CODEOWNERS, as the reviewed branch names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit import config as settings
from kit.review import owners
from kit.store import tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.config import Config
    from kit.review.owners import Rule
    from kit.store.git import Git

HUMAN = "human:"
_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


class Person(NamedTuple):
    """One person who reviews; `key` is what their signature must be made with, `login` their name at the forge."""

    id: str
    email: str
    key: str = ""
    login: str = ""

    @property
    def by(self) -> str:
        """How records name them."""
        return HUMAN + self.id


class People(NamedTuple):
    """Everybody who reviews, and the rules for who decides; `importers` may carry approvals over from the forge."""

    everybody: tuple[Person, ...]
    approvers: frozenset[str]
    rules: tuple[Rule, ...]
    is_signed: bool
    importers: frozenset[str]

    def of_email(self, email: str) -> Person | None:
        """Returns whose commits have this address, None when it is nobody's."""
        return next((each for each in self.everybody if each.email.casefold() == email.casefold()), None)

    def of_login(self, login: str) -> Person | None:
        return next((each for each in self.everybody if each.login.casefold() == login.casefold()), None)

    def named(self, by: str) -> Sequence[Person]:
        """Returns the entries of one person, who can have several addresses and keys."""
        return [each for each in self.everybody if each.by == by]

    def why_not(self, by: str, path: str) -> str:
        """Returns why an approval by `by` of the file at `path` does not count, "" when it does."""
        known = self.named(by)
        if not known:
            return f"{by} is not among review.people"
        if self.approvers and by not in self.approvers:
            return f"{by} is not among review.approvers"
        wanted = owners.of(self.rules, path)
        if wanted and not any(self._is(each, owner) for each in known for owner in wanted):
            return f"CODEOWNERS gives {path} to {', '.join(wanted)}"
        return ""

    def _is(self, person: Person, owner: str) -> bool:
        name = owner.removeprefix("@").casefold()
        return name == (person.login if owner.startswith("@") else person.email).casefold()


def of(config: Config, owners_file: bytes = b"") -> People:
    """Returns the people that settings and a CODEOWNERS file name."""
    everybody = tuple(
        Person(each["id"], each["email"], each.get("key", ""), each.get("login", "") or each["id"])
        for each in config.tables("review.people")
    )
    return People(
        everybody,
        frozenset(config.texts("review.approvers")),
        owners.parse(owners_file.decode("utf-8", "replace")),
        config.is_on("review.signed"),
        frozenset(each.casefold() for each in config.texts("review.importers")),
    )


def at(git: Git, commit: str, config_path: str) -> People:
    """Returns the people as a commit names them: its kit.toml and the first CODEOWNERS it has."""
    files = {each.path: each.data for each in tree.read_at(git, commit, [config_path, *_OWNERS])}
    data = files[config_path]
    found = settings.read(data)[0] if data is not None else settings.defaults()
    return of(found, next((files[path] or b"" for path in _OWNERS if files[path] is not None), b""))


def files(config_path: str) -> tuple[str, ...]:
    """Returns the paths of the files that say who may approve."""
    return (config_path, *_OWNERS)
