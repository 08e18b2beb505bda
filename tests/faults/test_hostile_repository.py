"""A repository that is hostile in its own config, hooks and links makes kit refuse; it never runs anything."""

from __future__ import annotations

import contextlib
import importlib.util
import shlex
import stat
from typing import TYPE_CHECKING

import pytest

from kit.cli import COMMANDS
from tests.git import git, try_git
from tests.kit import Done, kit
from tests.remotes import (
    DaemonRemote,
    HttpRemote,
    PathRemote,
    Remote,
    daemon_remote,
    http_remote,
    path_remote,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Words for every command; one that is not here fails the test, so that a new command is tried too.
WORDS: dict[str, list[str]] = {
    "init": ["init"],
    "demo": [],
    "completion": ["completion bash"],
    "claim": ["claim t --path src/** --ttl 1h", "claim t", "claim --next"],
    "renew": ["renew t"],
    "release": ["release t"],
    "complete": ["claim u", "complete u --commit HEAD", "claim v", "complete v"],
    "wait": ["wait u v --timeout 0.1s"],
    "tasks": ["tasks", "tasks --all --json"],
    "task": ["task add w --needs u", "task show u"],
    "check-paths": ["check-paths", "check-paths --staged", "check-paths src/a.py"],
    "send": ["send ben hello", "send @all hello"],
    "inbox": ["inbox", "inbox --all --ack"],
    "memory": ["memory set a.b 1", "memory get a.b", "memory list", "memory history a.b", "memory delete a.b"],
    "artifact": ["artifact put README.md", "artifact list", "artifact get README.md"],
    "agents": ["agents"],
    "status": ["status"],
    "log": ["log"],
    "session": [
        "session mirror --all",
        "session mirror --all --follow --for 0.01s",
        "session list",
        "session show t",
        "session search t",
        "session export t",
        "session stop t",
        "session compact t",
        "session delete t",
        "session link",
        "session link --commit HEAD --session claude-code/t",
        "session link --pr 1",
        "session link --install",
        "session link --uninstall",
    ],
    "distill": ["distill t", "distill t --dry-run", "session loops t", "session loops --active"],
    "trace": ["trace HEAD", "trace README.md:1", "trace block:a", "trace session:t", "trace pr:1"],
    "replay": ["replay --out replay.html --force"],
    "redact": ["redact README.md", "redact --check README.md"],
    "purge": ["purge --session t", "purge --session t --apply --push"],
    "sync": ["sync"],
    "gc": ["gc"],
    "context": [
        "context new c",
        "context add --role user README.md",
        "context log",
        "context show",
        "context status",
        "context diff HEAD~1..HEAD",
        "context find x",
        "context branch d",
        "context switch c",
        "context merge d",
        "context compile",
        "context blame",
        "context audit --across all",
        "context export --out c.bundle",
        "context gc",
    ],
    "recall": ["recall anything", "recall anything --work-tree"],
    "index": ["index status", "index rebuild", "index drop"],
    "new": ["new fact --set title=x"],
    "show": ["show README.md"],
    "list": ["list"],
    "types": ["types"],
    "schema": ["schema block"],
    "fmt": ["fmt --check"],
    "outcome": ["outcome a helped"],
    "mv": ["mv a b"],
    "gate": ["gate list", "gate list --work-tree", "gate run a", "gate run --rev HEAD"],
    "promote": ["promote a --push", "promote a --pr", "promote --retire a --reason x"],
    "review": [
        "review list --fetch",
        "review show a",
        "review approve a --push",
        "review reject a --reason x",
        "review request-changes a --reason x",
        "review ack a --gate links --reason x",
        "review import --pr 1",
    ],
    "validate": ["validate", "validate --staged", "validate --rev HEAD", "validate --diff HEAD"],
}
HOOKS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "reference-transaction",
    "push-to-checkout", "pre-auto-gc", "post-rewrite", "sendemail-validate", "fsmonitor-watchman",
    "post-index-change", "pre-receive", "update", "proc-receive", "post-receive", "post-update",
)  # fmt: skip


def exists(command: str) -> bool:
    return importlib.util.find_spec(f"kit.cli.{COMMANDS[command].module}") is not None


def run_all(folder: Path) -> list[Done]:
    """Runs every command there is; none may crash (exit status 3) or say that kit itself failed."""
    ended = []
    for name in COMMANDS:
        for words in WORDS[name] if exists(name) else []:
            with contextlib.chdir(folder):  # what a command writes by a relative path belongs there
                done = kit(folder, *shlex.split(words))
            assert done.code != 3, (words, done)
            ended.append(done)
    return ended


class Canary:
    """A folder that stays empty unless someone runs one of the programs made here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cage = folder / "cage"
        self.cage.mkdir(parents=True)

    def program(self, name: str) -> Path:
        """Returns a program that leaves a file with its name in the cage."""
        file = self.folder / f"run-{name}"
        file.write_text(f"#!/bin/sh\n: >{shlex.quote(str(self.cage))}/{name}\n")
        file.chmod(0o755)
        return file

    def sung(self) -> list[str]:
        return sorted(each.name for each in self.cage.iterdir())


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    return Canary(tmp_path / "canary")


@pytest.fixture(params=["path", "git", "http", "none"])
def origin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Remote | None]:
    makers = {"path": path_remote, "git": daemon_remote, "http": http_remote}
    if request.param == "none":
        yield None
        return
    with makers[request.param](tmp_path / "far.git") as made:
        yield made


def poison(folder: Path, canary: Canary) -> None:
    """Sets everything in a repository's own config and hooks that makes git run a program."""
    hooks = folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        (hooks / name).write_bytes(canary.program(f"hook-{name}").read_bytes())
        (hooks / name).chmod(0o755)
    run = {name: str(canary.program(name)) for name in (
        "fsmonitor", "ssh", "askpass", "proxy", "pager", "editor", "alternate", "helper", "url-helper", "clean",
        "smudge", "process", "odd-clean", "external", "driver", "textconv", "gpg", "ssh-gpg", "pack", "upload",
        "receive", "included",
    )}  # fmt: skip
    (folder / ".git" / "more").write_text(f'[filter "included"]\n\tclean = {run["included"]}\n')
    with (folder / ".git" / "config").open("a") as config:
        config.write(f"""
[core]
\tfsmonitor = {run["fsmonitor"]}
\thooksPath = {hooks}
\tsshCommand = {run["ssh"]}
\taskPass = {run["askpass"]}
\tgitProxy = {run["proxy"]}
\tpager = {run["pager"]}
\teditor = {run["editor"]}
\talternateRefsCommand = {run["alternate"]}
[credential]
\thelper = !{run["helper"]}
[credential "http://127.0.0.1"]
\thelper = {run["url-helper"]}
[filter "plain"]
\tclean = {run["clean"]}
\tsmudge = {run["smudge"]}
\tprocess = {run["process"]}
\trequired
[filter "odd=name"]
\tclean = {run["odd-clean"]}
[diff]
\texternal = {run["external"]}
[diff "driver"]
\tcommand = {run["driver"]}
\ttextconv = {run["textconv"]}
[gpg]
\tprogram = {run["gpg"]}
[gpg "ssh"]
\tprogram = {run["ssh-gpg"]}
[log]
\tshowSignature = true
[push]
\tgpgSign = if-asked
\tdefault = nothing
[uploadpack]
\tpackObjectsHook = {run["pack"]}
[remote "origin"]
\tuploadpack = {run["upload"]}
\treceivepack = {run["receive"]}
\tmirror = true
[http]
\tsaveCookies = true
\tcookieFile = {canary.cage}/cookies
[http "http://127.0.0.1"]
\tsaveCookies = true
[include]
\tpath = more
""")
    for number, name in enumerate(("plain", "odd=name", "included")):
        (folder / f"file{number}").write_text("one\n")
        with (folder / ".gitattributes").open("a") as attributes:
            attributes.write(f"file{number} filter={name} diff=driver\n")


def test_every_command_has_words() -> None:
    assert set(COMMANDS) == set(WORDS)


def test_no_command_runs_what_a_repository_names(repo: Path, origin: Remote | None, canary: Canary) -> None:
    for number in range(3):
        (repo / f"file{number}").write_text("zero\n")
    git(repo, "add", "--all")
    git(repo, "commit", "-q", "-m", "Files")
    if origin:
        git(repo, "remote", "add", "origin", origin.url)
        git(repo, "push", "-q", "origin", "main")
    poison(repo, canary)
    ended = run_all(repo)
    assert canary.sung() == []
    assert ended[0].code in (0, 2)
    claimed = kit(repo, "claim", "mine", "--json")
    assert claimed.code == 0, claimed
    if origin:
        assert git(origin.path, "rev-parse", "--verify", "refs/kit/tasks/mine")
    for control in (["diff", "HEAD"], ["push", "origin", "main:other"]):  # git itself does run them
        try_git(repo, "-c", "remote.origin.mirror=false", *control)
    reached = {HttpRemote: {"cookies"}, DaemonRemote: {"proxy"}, PathRemote: {"receive"}}.get(type(origin), set())
    assert {"fsmonitor", "process"} | reached <= set(canary.sung())


@pytest.mark.parametrize("url", ["ext::{program}", "{program}", "file://{hooked}", "{hooked}", "."])
def test_a_url_that_runs_programs_is_refused(url: str, repo: Path, canary: Canary) -> None:
    hooked = path_remote(repo / "vendor" / "hooked.git")
    for name in HOOKS:
        hooked.hook(name, canary.program(f"hook-{name}").read_text())
        (repo / ".git" / "hooks").mkdir(exist_ok=True)
        (repo / ".git" / "hooks" / name).write_bytes(canary.program(f"own-{name}").read_bytes())
        (repo / ".git" / "hooks" / name).chmod(0o755)
    program = canary.program("url")
    git(repo, "config", "remote.origin.url", url.format(program=program, hooked=hooked.path))
    run_all(repo)
    assert kit(repo, "claim", "t").code in (5, 8)
    assert canary.sung() == []


def test_a_rewritten_url_runs_nothing_either(repo: Path, canary: Canary) -> None:
    program = canary.program("url")
    git(repo, "config", "remote.origin.url", "https://example.invalid/x.git")
    git(repo, "config", f"url.ext::{program} .insteadOf", "https://example.invalid/")
    run_all(repo)
    assert kit(repo, "claim", "t").code == 8
    assert canary.sung() == []


def test_a_submodule_runs_nothing_when_files_are_compared(repo: Path, template: Path, canary: Canary) -> None:
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(template / "remote.git"), "sub")
    git(repo, "commit", "-q", "-m", "Add sub")
    inner = repo / ".git" / "modules" / "sub"
    with (inner / "config").open("a") as config:
        config.write(f'[filter "x"]\n\tclean = {canary.program("clean")}\n')
        config.write(f"[core]\n\tfsmonitor = {canary.program('fsmonitor')}\n")
    (repo / "sub" / ".gitattributes").write_text("* filter=x\n")
    (repo / "sub" / "README.md").write_text("changed\n")
    run_all(repo)
    assert canary.sung() == []


def test_a_work_tree_elsewhere_is_not_looked_at(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "secret-name").write_text("x")
    git(repo, "config", "core.worktree", str(tmp_path / "private"))
    kit(repo, "claim", "t")
    done = kit(repo, "complete", "t", "--json")
    assert "secret-name" not in done.out
    assert done.code in (0, 5)


@pytest.mark.parametrize("inside", ["", "held", "live", "index"])
def test_nothing_is_written_through_a_link_in_the_place_of_the_derived_folder(
    inside: str, repo: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    if inside:
        (repo / ".kit").mkdir()
        (repo / ".kit" / ".gitignore").write_text("*\n")
    (repo / ".kit" / inside if inside else repo / ".kit").symlink_to(outside)
    run_all(repo)
    done = kit(repo, "claim", "t")
    assert (done.code, "symbolic link" in done.err) == (5, True)
    assert list(outside.iterdir()) == []
    assert git(repo, "for-each-ref", "refs/kit/tasks/t") == ""


def test_a_config_that_git_cannot_read_is_told(repo: Path) -> None:
    (repo / ".git" / "config").write_text("[core\n")
    for done in run_all(repo):
        assert done.code in (0, 1, 2, 4, 5), done


def test_a_git_folder_that_is_none_does_not_lead_to_the_one_above(repo: Path) -> None:
    inner = repo / "inner"
    (inner / ".git").mkdir(parents=True)
    assert kit(inner, "claim", "t").code == 5
    assert git(repo, "for-each-ref", "refs/kit") == ""


@pytest.mark.parametrize("toml", [
    "a = " + "[" * 5000, "[" + ".".join("a" * 3000) + "]\nb = 1\n", "x = 1\n" * 100_000, "\x00", "a.b = 1\na = 2\n",
    "[live]\nremote = '--upload-pack=x'\n", "[live]\nprefix = 'refs/../x'\n", "[live]\ntimeout = '1e9999s'\n",
    "root = '/etc'\n", "root = '../..'\n", "root = 'a/../../..'\n", "[claims]\nttl = 1e400\n",
])  # fmt: skip
def test_a_kit_toml_that_is_none_is_told_with_its_line(toml: str, repo: Path) -> None:
    (repo / "kit.toml").write_text(toml)
    done = kit(repo, "claim", "t", "--json")
    assert (done.code, done.error["code"]) == (5, "invalid_config"), toml[:40]


def test_a_kit_toml_that_is_no_file_or_too_large_is_no_config(repo: Path, clones: Callable[..., list[Path]]) -> None:
    (repo / "kit.toml").write_bytes(b"# x\n" * 1_000_000)
    assert kit(repo, "claim", "t", "--json").error["code"] == "invalid_config"
    (clone,) = clones(1)
    (clone / "kit.toml").symlink_to("/dev/zero")
    assert kit(clone, "claim", "t").code == 0


def test_a_symbolic_live_ref_does_not_move_the_branch_it_points_to(repo: Path) -> None:
    tip = git(repo, "rev-parse", "main")
    git(repo, "symbolic-ref", "refs/kit/tasks/t", "refs/heads/main")
    kit(repo, "claim", "t", "--takeover", "--reason", "broken")
    assert git(repo, "rev-parse", "main") == tip


def test_a_head_that_points_nowhere_useful_is_survived(repo: Path) -> None:
    for head in ("ref: refs/heads/none", "ref: refs/kit/tasks/t", "0" * 40):
        (repo / ".git" / "HEAD").write_text(head + "\n")
        for done in run_all(repo):
            assert done.code != 3, done
    assert stat.S_ISREG((repo / ".git" / "HEAD").stat().st_mode)
