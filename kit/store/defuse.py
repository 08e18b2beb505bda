"""What a repository's own config could make git run or write, and the settings that stand in its place.

What the person or the machine has configured is trusted; what a repository brings along is not, wherever it includes
it from. Values are passed through the environment: a name like `filter.a=b.clean` cannot be overridden with `-c`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: For every command, whatever the config says.
ALWAYS = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.quotePath", "true"),
    ("core.alternateRefsCommand", ""),
    ("safe.bareRepository", "explicit"),
    ("protocol.ext.allow", "never"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.gpgSign", "false"),
    ("submodule.recurse", "false"),
    ("log.showSignature", "false"),
)
_SSH = "core.sshcommand"
_NO_PROMPT = "ssh -o BatchMode=yes -o ConnectTimeout=10"
_HARMLESS = {
    ("core", "askpass"): "",
    ("core", "pager"): "cat",
    ("core", "editor"): "true",
    ("remote", "vcs"): "",
    ("remote", "mirror"): "false",
    ("filter", "clean"): "",
    ("filter", "smudge"): "",
    ("filter", "process"): "",
    ("filter", "required"): "false",
    ("diff", "command"): "",
    ("diff", "textconv"): "",
    ("diff", "external"): "",
    ("gpg", "program"): "gpg",
    ("http", "savecookies"): "false",
}


class Setting(NamedTuple):
    """One line of `git config --list --show-scope`; section and key are in lower case."""

    scope: str
    name: str
    value: str

    @property
    def is_trusted(self) -> bool:
        return self.scope in ("system", "global")


def environment(settings: Sequence[Setting], given: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that make a command harmless which reaches a remote or reads the work tree."""
    own = {each.name for each in settings if not each.is_trusted}
    told = with_settings([*ALWAYS, *_overrides(settings, own, given)])
    # Of several core.gitProxy the first counts, so none can be overridden by a setting.
    return told | {"GIT_PROXY_COMMAND": ""} if "core.gitproxy" in own else told


def program(settings: Sequence[Setting], remote: str, key: str, default: str) -> str:
    """Returns what to run on a remote's side, `uploadpack` or `receivepack`, for the option of a command.

    Of several settings git takes the first, so the repository's own cannot be overridden by another one.
    """
    told = [each.value for each in settings if each.is_trusted and each.name == f"remote.{remote}.{key}"]
    return told[0] if told else default


def with_settings(settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Returns the variables by which git takes these settings (git-config, ENVIRONMENT; git 2.31)."""
    told = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings):
        told[f"GIT_CONFIG_KEY_{number}"] = name
        told[f"GIT_CONFIG_VALUE_{number}"] = value
    return told


def _overrides(settings: Sequence[Setting], own: set[str], given: Mapping[str, str]) -> list[tuple[str, str]]:
    trusted = {each.name: each.value for each in settings if each.is_trusted}
    helpers = [(each.name, each.value) for each in settings if each.is_trusted and each.name == "credential.helper"]
    is_ssh_given = "GIT_SSH_COMMAND" in given or ("GIT_SSH" in given and _SSH not in own)
    found = [] if is_ssh_given else [(_SSH, trusted.get(_SSH, _NO_PROMPT))]
    for name in sorted(own):
        section, _, key = name.lower().partition(".")
        key = key.rsplit(".", 1)[-1]
        if (section, key) == ("credential", "helper"):
            found += [(name, ""), *helpers]
        elif (section, key) in _HARMLESS:
            found.append((name, trusted.get(name, _HARMLESS[section, key])))
    return found
