"""Signs a commit as git is set up to, and tells whether one carries the signature of a given key.

Which keys count is told by the caller; what a repository's own config names as the program to run does not.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import NotWritten
from kit.store.git import failure

if TYPE_CHECKING:
    from kit.store.author import Author
    from kit.store.git import Git

_PROGRAMS = {"gpg.program": "gpg", "gpg.openpgp.program": "gpg", "gpg.x509.program": "gpgsm",
             "gpg.ssh.program": "ssh-keygen", "gpg.ssh.defaultkeycommand": ""}  # fmt: skip
_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_SSH_KEY = re.compile(r"(?:ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+={0,3}")
_SECONDS = 60.0  # a person may have to touch a key


def is_wanted(git: Git) -> bool:
    """Says whether git signs commits here."""
    return git.config.get("commit.gpgsign", "").lower() in ("true", "yes", "on", "1")


def sign(git: Git, oid: str, author: Author) -> str:
    """Returns the id of the same commit with a signature by git's own settings.

    Raises NotWritten when it cannot be signed: no key, or none that opens.
    """
    lines = git.run("cat-file", "commit", oid).text
    head, _, message = lines.partition("\n\n")
    tree = next(line[5:] for line in head.split("\n") if line.startswith("tree "))
    parents = [word for line in head.split("\n") if line.startswith("parent ") for word in ("-p", line[7:])]
    who = [(f"{role}.{key}", value) for role in ("user", "author", "committer")
           for key, value in (("name", author.name), ("email", author.email))]  # fmt: skip
    words = ("commit-tree", "-S", *parents, "-F", "-", tree)
    message_bytes = message.encode("utf-8", "surrogateescape")
    answer = git.run(*_with(git, who), *words, stdin=message_bytes, seconds=_SECONDS, codes=range(256))
    if answer.code:
        if answer.may_not_write:
            raise failure("commit-tree", answer)
        raise NotWritten(
            f"the commit could not be signed: {answer.complaint}",
            hint="git config user.signingkey names the key, gpg.format ssh or openpgp its kind",
            code="not_signed",
        )
    return answer.text.strip()


def is_signed_by(git: Git, oid: str, key: str) -> bool:
    """Says whether a commit carries a valid signature by `key`: an ssh public key, or the fingerprint of a gpg key."""
    head = git.run("cat-file", "commit", oid).text.partition("\n\n")[0]
    is_ssh = "\ngpgsig -----BEGIN SSH SIGNATURE-----" in head
    if found := _SSH_KEY.match(key.strip()):
        return is_ssh and _is_by_ssh(git, oid, found[0])
    fingerprint = key.replace(" ", "").removeprefix("0x").upper()
    if is_ssh or not _FINGERPRINT.fullmatch(fingerprint):
        return False
    answer = git.run(*_with(git, []), "verify-commit", "--raw", oid, seconds=_SECONDS, codes=range(256))
    valid = [line.split() for line in answer.err.splitlines() if line.startswith("[GNUPG:] VALIDSIG ")]
    return answer.code == 0 and any(fingerprint in (words[2], words[-1]) for words in valid)


def _is_by_ssh(git: Git, oid: str, key: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="kit-signers-") as folder:
        file = Path(folder) / "allowed"
        file.write_text(f'signer namespaces="git" {key}\n', encoding="ascii")
        settings = [("gpg.ssh.allowedSignersFile", str(file)), ("gpg.ssh.revocationFile", "")]
        answer = git.run(*_with(git, settings), "verify-commit", oid, seconds=_SECONDS, codes=range(256))
    good = [line for line in answer.err.splitlines() if line.startswith('Good "git" signature for signer with ')]
    return answer.code == 0 and len(good) == 1


def _with(git: Git, settings: list[tuple[str, str]]) -> list[str]:
    """Returns the words that set `settings`, and the programs for signatures as the person has them, or git's own."""
    trusted = {each.name: each.value for each in git.settings if each.is_trusted}
    programs = [(name, trusted.get(name, default)) for name, default in _PROGRAMS.items()]
    told = [each for each in programs if each[1] or each[0] in git.config]
    return [word for name, value in (*told, *settings) for word in ("-c", f"{name}={value}")]
