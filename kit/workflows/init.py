"""Makes a repository a knowledge repository: adds what is missing, changes nothing that is there."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING, NamedTuple

from kit import config, resources
from kit.errors import InvalidInput, NotFound
from kit.records import record_type
from kit.safety import paths
from kit.store import derived, repository, work_files
from kit.store.git import Git
from kit.store.repository import Repository
from kit.store.work_files import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from kit.records.record_type import RecordType

_PAGES = {
    "schemas": """# Schemas

The project's own record types: `<type>.schema.json` declares one. Its `x-kit` block says where the records stand
(`"plane": "reviewed"`, `"path": "notes/{id}.md"`), which sections they have, and which template a new one is made
from. `kit schema fact` prints one to begin with, `kit types` lists all there are.
""",
    "templates": """# Templates

What `kit new` fills in: `<type>.md` (or `.json`) for a type of the project, or in place of one that ships with kit.
A template is a record in which a text in braces, such as `{Why it happens.}`, is to be replaced; all else is kept.
""",
}


class Made(NamedTuple):
    """What `init` did: all paths are below `top`; `is_new` says whether it made the git repository too."""

    top: Path
    root: str
    is_new: bool
    created: list[str]
    kept: list[str]


def init(
    folder: Path, *, environment: Mapping[str, str], root: str = "", remote: str = "", example: bool = False
) -> Made:
    """Writes kit.toml, the folders of reviewed records and `.kit`, all where they are missing.

    `folder` may be a folder of a repository: the knowledge stands in it then, or below it in `root`, and kit.toml at
    the top, unless there is one nearer already. It becomes a repository where it is in none.

    Raises InvalidInput when kit.toml says otherwise, is of a newer format, or when a link stands where something is to
    be written; nothing but the repository has been made then.
    """
    found, is_new = _repository(folder, environment)
    if found.is_bare:
        raise InvalidInput(f"{found.top} has no work tree", hint="run kit init in a clone of it", code="bare")
    below = folder.resolve().relative_to(found.top / found.home).as_posix()
    wanted = "/".join(part for part in (below if below != "." else "", root.rstrip("/")) if part)
    root = _agreed(found, "root", wanted)
    remote = _agreed(found, "live.remote", remote)
    if root and (reason := paths.why_unsafe(root)):
        raise InvalidInput(f"the folder {root!r} {reason}", hint="choose a plain name such as kb", code="unsafe_path")
    values = {"root": root} | ({"live.remote": remote} if remote else {})
    settings = config.file(values).encode()
    config.parse(settings)
    files = {posixpath.join(found.home, config.FILE): settings}
    root = posixpath.join(found.home, root).rstrip("/")
    files |= {posixpath.join(root, path): data for path, data in _files(example=example)}
    created = [path for path in files if not _is_there(found.top, path)]
    if found.derived.is_symlink():
        raise InvalidInput(f"{found.derived} is a symbolic link", hint="remove it: kit follows no links")
    work_files.apply(found.top, [Change(path, None, files[path]) for path in created])
    derived.make(found.derived)
    return Made(found.top, root, is_new, created, [path for path in files if path not in created])


def _repository(folder: Path, environment: Mapping[str, str]) -> tuple[Repository, bool]:
    try:
        return repository.find(folder, environment=environment), False
    except NotFound:
        folder.mkdir(parents=True, exist_ok=True)
        Git(folder / ".git", environment, is_bare=True).run("init", "--quiet")  # named: no other is found
        return Repository(folder.resolve(), environment), True


def _agreed(found: Repository, name: str, wanted: str) -> str:
    """Returns the value that holds: that of kit.toml where there is one, which must not be another than wanted."""
    if not (found.top / found.home / config.FILE).is_file():
        return wanted
    there = found.config.text(name)
    if wanted not in ("", there):
        raise InvalidInput(
            f"{config.FILE} says {name} = {there!r}, not {wanted!r}",
            hint=f"change it there; a second knowledge folder begins with a {config.FILE} of its own in it",
            code="config",
        )
    return there


def _files(*, example: bool) -> Iterator[tuple[str, bytes]]:
    """Yields what belongs into the knowledge folder."""
    types = record_type.shipped()
    shown = [each for each in types.values() if each.is_reviewed and not each.made_by]
    for declared in shown:
        if not declared.beside:
            others = [each for each in shown if each.beside == declared.name]
            yield f"{declared.folder}/README.md", _page(declared, others).encode()
    for folder, text in _PAGES.items():
        yield f"{folder}/README.md", text.encode()
    source = resources.folder("example-repo")
    for file in sorted(source.rglob("*")) if example else ():
        path = file.relative_to(source).as_posix()
        if file.is_file() and record_type.of_path(types.values(), path) is not None:
            yield path, file.read_bytes()


def _page(declared: RecordType, others: Sequence[RecordType]) -> str:
    """Returns the README.md of a type's folder, made from its schema and from those of others that stand there too."""
    beside = [f"\n## Beside them: `type: {each.name}`\n\n{_about(each)}" for each in others]
    return f"# {declared.folder.capitalize()}\n\n{''.join([_about(declared), *beside])}"


def _about(declared: RecordType) -> str:
    rules = declared.schema["properties"].get("sections", {}).get("properties", {})
    required = "\n".join(
        f"- **{each.name}**{'' if each.is_required else ' (may be missing)'}: {rules[each.name]['description']}"
        for each in declared.sections
    )
    return (
        f"{declared.description} One file each, named by its id: `{declared.path}`.\n\n"
        f"{required}\n\n"
        f"`kit new {declared.name}` begins one, `kit schema {declared.name}` says what each field is for.\n"
    )


def _is_there(top: Path, path: str) -> bool:
    """Says whether a regular file stands there. Raises InvalidInput for a link or anything else in its place."""
    try:
        mode = work_files.place(top, path).lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"{path} is not a regular file", hint="move it away: kit follows no links", path=path)
    return True
