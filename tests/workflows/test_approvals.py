"""Whose approvals count: commits made by people, by an agent, with and without signatures, on real branches."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.kit import kit
from tests.review import play

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = play.CANDIDATE.replace("status: draft", "status: stable")


@pytest.fixture
def repo(repo: Path) -> Path:
    play.begin(repo)
    git(repo, "checkout", "--quiet", "-b", "work")
    return repo


def commit(repo: Path, name: str, files: dict[str, str], *words: str) -> None:
    for path, text in files.items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(text)
    git(repo, "add", "--all")
    who = ("-c", f"user.name={name}", "-c", f"user.email={name}@example.com")
    git(repo, *who, "commit", "--quiet", "--message", "x", *words)


def found(repo: Path) -> set[str]:
    return play.rules(kit(repo, "validate", "--diff", "main", "--json"))


def propose(repo: Path, by: str = "bot") -> None:
    commit(repo, by, {"blocks/loop-closed.md": BLOCK})


def approve(repo: Path, name: str, by: str = "human:ana") -> None:
    file = repo / "blocks/loop-closed.md"
    commit(repo, name, {"blocks/loop-closed.md": play.approval(file.read_text(), by)})


def test_the_commit_of_that_person_counts(repo: Path) -> None:
    propose(repo)
    approve(repo, "ana")
    assert found(repo) == set()


def test_the_commit_of_anyone_else_does_not(repo: Path) -> None:
    propose(repo)
    approve(repo, "bot")
    assert found(repo) == {"approval.author"}
    git(repo, "commit", "--quiet", "--amend", "--no-edit", "--author", "Ben <ben@example.com>")
    assert found(repo) == {"approval.author"}


def test_nobody_approves_their_own(repo: Path) -> None:
    propose(repo, "ana")
    approve(repo, "ana")
    assert found(repo) == {"approval.proposer"}
    approve(repo, "ben", "human:ben")
    assert found(repo) == set()


def test_whoever_changes_a_word_beside_the_approval_is_an_author_too(repo: Path) -> None:
    propose(repo)
    file = repo / "blocks/loop-closed.md"
    changed = file.read_text().replace("first test.", "test before.")
    commit(repo, "ana", {"blocks/loop-closed.md": play.approval(changed)})
    assert found(repo) == {"approval.proposer"}


def test_a_person_whom_nobody_named_does_not_count(repo: Path) -> None:
    propose(repo)
    approve(repo, "eve", "human:eve")
    assert found(repo) == {"approval.approver", "approval.missing"}


def test_what_the_branch_says_of_who_may_approve_does_not_count(repo: Path) -> None:
    more = '\n[[review.people]]\nid = "eve"\nemail = "eve@example.com"\n'
    commit(repo, "eve", {"kit.toml": play.TOML + more, ".github/CODEOWNERS": "* @eve\n"})
    propose(repo)
    approve(repo, "eve", "human:eve")
    assert found(repo) == {"approval.approver", "approval.missing", "review.settings"}


def test_code_owners_and_approvers_of_the_base_decide(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "main")
    toml = play.TOML.replace("format = 1\n", 'format = 1\n[review]\napprovers = ["human:ana", "human:ben"]\n')
    play.begin(repo, toml=toml, files={"CODEOWNERS": "/blocks/ @ben\n"})
    git(repo, "checkout", "--quiet", "-b", "next")
    propose(repo)
    approve(repo, "ana")
    assert found(repo) == {"approval.approver", "approval.missing"}
    approve(repo, "ben", "human:ben")
    assert found(repo) == set()


def test_a_base_that_names_nobody_is_told_and_nothing_is_made_up(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "main")
    play.begin(repo, toml="format = 1\n")
    git(repo, "checkout", "--quiet", "-b", "next")
    propose(repo)
    approve(repo, "bot")
    assert found(repo) == {"review.people"}


def test_an_approval_that_a_merge_slips_in_is_that_of_who_merged(repo: Path) -> None:
    propose(repo)
    git(repo, "checkout", "--quiet", "main")
    commit(repo, "ana", {"facts/README.md": "# Facts\n"})
    git(repo, "checkout", "--quiet", "work")
    git(repo, "merge", "--quiet", "--no-commit", "--no-ff", "main")
    approve(repo, "bot")
    assert found(repo) == {"approval.author"}


def test_an_approval_survives_a_merge_of_the_base_and_one_that_the_base_has_is_not_asked_for_again(repo: Path) -> None:
    propose(repo)
    approve(repo, "ana")
    git(repo, "checkout", "--quiet", "main")
    commit(repo, "ben", {"facts/README.md": "# Facts\n"})
    git(repo, "checkout", "--quiet", "work")
    git(repo, "-c", "user.email=bot@example.com", "merge", "--quiet", "--no-edit", "main")
    assert found(repo) == set()
    git(repo, "checkout", "--quiet", "main")
    git(repo, "merge", "--quiet", "--squash", "work")
    commit(repo, "bot", {})
    git(repo, "checkout", "--quiet", "-b", "later")
    text = (repo / "blocks/loop-closed.md").read_text()
    commit(repo, "bot", {"blocks/loop-closed.md": text.replace("\n---\n", "\n# a comment\n---\n", 1)})
    assert found(repo) == set()


def test_a_response_against_it_stands_until_the_content_changes(repo: Path) -> None:
    propose(repo)
    approve(repo, "ana")
    git(repo, "branch", "kit/promote/loop-closed")
    ben = play.person(repo, "ben")
    done = ben("review", "request-changes", "loop-closed", "--reason", "which version?", "--json")
    assert done.code == 0, done
    git(repo, "reset", "--quiet", "--hard", "kit/promote/loop-closed")
    assert found(repo) == {"review.changes"}
    text = (repo / "blocks/loop-closed.md").read_text()
    commit(repo, "bot", {"blocks/loop-closed.md": text.replace("first test", "first test of 0.23")})
    assert found(repo) == {"approval.stale"}


def test_what_was_recalled_is_not_taken_out_unnoticed_and_an_old_approval_does_not_bring_it_back(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "main")
    old = play.approval(BLOCK)
    stale = old.replace("first test.", "test before it.")  # what ana has approved does not stand there any more
    play.begin(repo, files={"blocks/loop-closed.md": stale, "blocks/other.md": play.approval(BLOCK)})
    git(repo, "checkout", "--quiet", "-b", "next")
    (repo / "blocks/other.md").unlink()
    commit(repo, "bot", {"blocks/loop-closed.md": old})
    assert found(repo) == {"review.removed", "approval.author"}


def test_what_a_person_is_said_to_have_acknowledged_or_rejected_must_be_theirs(repo: Path) -> None:
    propose(repo)
    approve(repo, "ana")
    ack = {"by": "human:ana", "at": "2026-11-21T10:00:00Z", "reason": "fine"}
    digest = "sha256:" + "0" * 64
    verdict = {"type": "verdict", "candidate": "x", "gate": "prose", "result": "pass", "candidate_digest": digest,
               "gate_digest": digest, "by": "kit/0.1", "at": ack["at"], "acknowledged": ack}  # fmt: skip
    response = {"type": "response", "candidate": "x", "decision": "rejected", "digest": digest, **ack}
    files = {"reviews/x/prose.json": json.dumps(verdict), "reviews/x/response.json": json.dumps(response)}
    commit(repo, "ana", files)
    assert found(repo) == set()
    git(repo, "commit", "--quiet", "--amend", "--no-edit", "--author", "Bot <bot@example.com>")
    assert found(repo) == {"review.author"}


needs_keys = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not there")


@pytest.fixture
def keys(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        file = tmp_path / f"key-{name}"
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True, capture_output=True
        )
        return file

    return make


def signing(key: Path) -> tuple[str, ...]:
    return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")


@needs_keys
def test_where_signatures_are_asked_for_only_that_persons_key_counts(
    clones: Callable[..., list[Path]], keys: Callable[[str], Path]
) -> None:
    (folder,) = clones(1)
    ana, eve = keys("ana"), keys("eve")
    public = ana.with_suffix(".pub").read_text().strip()
    toml = play.TOML.replace("format = 1\n", "format = 1\n[review]\nsigned = true\n").replace(
        'email = "ana@example.com"\n', f'email = "ana@example.com"\nkey = "{public}"\n'
    )
    play.begin(folder, toml=toml)
    play.candidate(folder)
    assert play.agent(folder)("promote", "loop-closed", "--json").code == 0
    git(folder, "checkout", "--quiet", "kit/promote/loop-closed")

    # Her name is not enough, and neither is a signature by another key, whatever the branch or the config says.
    approve(folder, "ana")
    assert found(folder) == {"approval.signature"}
    git(folder, *signing(eve), "commit", "--quiet", "--amend", "--no-edit", "-S")
    signers = folder.parent / "signers"
    signers.write_text(f"ana@example.com {eve.with_suffix('.pub').read_text()}")
    git(folder, "config", "gpg.ssh.allowedSignersFile", str(signers))
    assert found(folder) == {"approval.signature"}
    git(folder, "reset", "--quiet", "--hard", "HEAD~1")

    # kit review approve signs with the key that git is told of.
    git(folder, "checkout", "--quiet", "main")
    git(folder, "config", "gpg.format", "ssh")
    git(folder, "config", "user.signingkey", str(ana))
    done = play.person(folder, "ana")("review", "approve", "loop-closed", "--json")
    assert done.code == 0, done
    assert done.json["is_signed"]
    git(folder, "checkout", "--quiet", "kit/promote/loop-closed")
    assert found(folder) == set()
    git(folder, "fsck", "--strict")


@needs_keys
def test_without_a_key_that_opens_nothing_is_approved(clones: Callable[..., list[Path]], tmp_path: Path) -> None:
    (folder,) = clones(1)
    play.begin(folder)
    play.candidate(folder)
    play.agent(folder)("promote", "loop-closed", "--json")
    before = git(folder, "rev-parse", "kit/promote/loop-closed")
    ana = play.person(folder, "ana")
    for name, value in (("commit.gpgsign", "true"), ("gpg.format", "ssh"), ("user.signingkey", str(tmp_path / "none"))):
        git(folder, "config", name, value)
    assert ana("review", "approve", "loop-closed", "--json").error["code"] == "not_signed"
    assert git(folder, "rev-parse", "kit/promote/loop-closed") == before
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    git(folder, "config", "gpg.ssh.program", str(trap))
    git(folder, "config", "gpg.ssh.defaultKeyCommand", str(trap))
    ana("review", "approve", "loop-closed", "--json")
    assert not Path(tmp_path / "sprung").exists()


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not there")
def test_a_gpg_key_is_named_by_its_fingerprint(
    clones: Callable[..., list[Path]], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("g")  # short: the agent's socket stands in it
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    made: dict[str, str] = {}
    try:
        for name in ("ana", "eve"):
            who = f"{name} <{name}@example.com>"
            words = [
                "gpg",
                "--batch",
                "--quiet",
                "--passphrase",
                "",
                "--quick-generate-key",
                who,
                "ed25519",
                "sign",
                "0",
            ]
            subprocess.run(words, check=True, capture_output=True)
            listed = subprocess.run(
                ["gpg", "--batch", "--with-colons", "--list-keys", who], check=True, capture_output=True, text=True
            )
            made[name] = next(line.split(":")[9] for line in listed.stdout.splitlines() if line.startswith("fpr:"))
        (folder,) = clones(1)
        toml = play.TOML.replace("format = 1\n", "format = 1\n[review]\nsigned = true\n").replace(
            'email = "ana@example.com"\n', f'email = "ana@example.com"\nkey = "{made["ana"]}"\n'
        )
        play.begin(folder, toml=toml)
        git(folder, "checkout", "--quiet", "-b", "work")
        propose(folder)
        approve(folder, "ana")
        assert found(folder) == {"approval.signature"}
        for name, rules in (("eve", {"approval.signature"}), ("ana", set())):
            git(folder, "commit", "--quiet", "--amend", "--no-edit", f"-S{made[name]}")
            assert found(folder) == rules
    finally:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False, capture_output=True)
