"""Which remotes may decide who holds what.

A remote that is a folder runs its own hooks as the person who pushes, as git has it; one that a repository brings
along inside itself would be a way to run what nobody has looked at. Folders beside it are the person's to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kit.store.defuse import Setting


def check(remote: str, settings: Sequence[Setting], *, top: Path, git_folder: Path) -> None:
    """Raises InvalidInput when there is no one place that decides, or when it is inside `top` or the git folder.

    And when the config makes git run a program to fetch what a partial clone lacks, which no option overrides.
    """
    own = {each.name for each in settings if not each.is_trusted}
    if _ends(own, "remote", "uploadpack") and (_ends(own, "remote", "promisor") or "extensions.partialclone" in own):
        raise InvalidInput(
            "the config of this repository names a program to fetch missing objects with",
            hint="git config --get-regexp 'remote\\..*\\.uploadpack' shows it; remove it, or set it with --global",
            code="program_in_config",
        )
    urls = [each.value for each in settings if each.name == f"remote.{remote}.url"]
    push_urls = [each.value for each in settings if each.name == f"remote.{remote}.pushurl"]
    if len(push_urls or urls) > 1:
        raise InvalidInput(
            f"the remote {remote!r} has {len(push_urls or urls)} urls to push to, and only one can decide who wins",
            hint='name a remote with one url: remote = "..." below [live] in kit.toml',
            code="several_urls",
        )
    own_rewrites = [each.name[len("url.") :].rpartition(".")[0] for each in settings
                    if not each.is_trusted and each.name.startswith("url.")]  # fmt: skip
    for url in (*urls, *push_urls, *own_rewrites):
        if _is_inside(url, top, git_folder):
            raise InvalidInput(
                f"the remote {remote!r} stands inside this repository, with hooks of its own",
                hint="move it out of the work tree, or remove the remote: this repository then decides itself",
                code="remote_inside",
            )


def _ends(names: set[str], section: str, key: str) -> list[str]:
    return [name for name in names if name.startswith(section + ".") and name.endswith("." + key)]


def path_of(url: str) -> str | None:
    """Returns the path of a remote that is a folder, None for any other url."""
    if url.startswith("file://"):
        return url.removeprefix("file://")
    return None if ":" in url.split("/", 1)[0] else url  # host:path, or a transport


def _is_inside(url: str, top: Path, git_folder: Path) -> bool:
    path = path_of(url)
    if path is None:
        return False
    place = (top / path).resolve()
    return place.is_relative_to(top) or place.is_relative_to(git_folder)
