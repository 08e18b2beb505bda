"""Fixtures: an environment in which nothing of this machine counts, real repositories, real remotes.

Repositories are copied from those git made once a session: cheaper than the commands each time.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.remotes import PathRemote, Remote, daemon_remote, http_remote, path_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# What programs need to run at all. The rest goes: GIT_*, KIT_*, proxies, a harness's session id.
_KEPT = ("PATH", "TMP", "TEMP", "PY", "VIRTUAL_ENV", "COV", "HYPOTHESIS", "LD_", "DYLD_", "SYSTEMROOT")
_GITCONFIG = """[user]
\tname = Test
\temail = test@example.com
[init]
\tdefaultBranch = main
"""


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Leaves only what programs need in the environment, for the fixtures of the session too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if not name.startswith(_KEPT):
                patch.delenv(name)
        _settle(patch, tmp_path_factory.mktemp("home"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("TZ", "UTC")
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.setenv("TERM", "dumb")
        yield


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory of the test's own, with a name and an address for git."""
    return _settle(monkeypatch, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `remote.git`, `clone` of it and `repo` without a remote, one commit on main."""
    folder = tmp_path_factory.mktemp("template")
    remote = path_remote(folder / "remote.git")
    git(folder, "clone", "--quiet", "--template=", remote.url, "clone")
    clone = folder / "clone"
    (clone / "README.md").write_text("# A project\n")
    git(clone, "add", "README.md")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        patch.setenv("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        git(clone, "commit", "--quiet", "-m", "Begin")
    git(clone, "push", "--quiet", "--set-upstream", "origin", "main")
    git(clone, "remote", "set-head", "origin", "main")
    shutil.copytree(clone, folder / "repo")
    git(folder / "repo", "remote", "remove", "origin")
    return folder


@pytest.fixture
def repo(template: Path, tmp_path: Path) -> Path:
    """A repository with one commit on main and no remote."""
    return _copy(template / "repo", tmp_path / "repo")


@pytest.fixture
def remote(template: Path, tmp_path: Path) -> Iterator[PathRemote]:
    """A bare repository reached by its path, with the commit of `repo` on main."""
    with path_remote(_copy(template / "remote.git", tmp_path / "remote.git")) as made:
        yield made


@pytest.fixture(params=["path", "git", "http"])
def any_remote(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Remote]:
    """The same by its path, behind git daemon (and the proxy for its faults), and over smart HTTP."""
    folder = _copy(template / "remote.git", tmp_path / "any.git")
    makers: dict[str, Callable[[], Remote]] = {
        "path": lambda: path_remote(folder),
        "git": lambda: daemon_remote(folder, proxied=True),
        "http": lambda: http_remote(folder),
    }
    with makers[request.param]() as made:
        yield made


@pytest.fixture
def clones(template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., list[Path]]:
    """Makes n clones of `remote`, or of the remote with the url `of`, each in a folder of its own."""
    made: list[Path] = []

    def clone(n: int, *, of: str = "") -> list[Path]:
        url = of or request.getfixturevalue("remote").url
        first = len(made)
        for number in range(first, first + n):
            folder = _copy(template / "clone", tmp_path / f"clone-{number}")
            config = folder / ".git" / "config"
            config.write_text(config.read_text().replace(str(template / "remote.git"), url))
            made.append(folder)
        return made[first:]

    return clone


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    return target


def _settle(patch: pytest.MonkeyPatch, home: Path) -> Path:
    (home / "gitconfig").write_text(_GITCONFIG)
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    return home


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write golden files anew.")
