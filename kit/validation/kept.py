"""What is kept of the last run, so that a second one costs what changed: the looks, by path and object id.

They hold for one version of the rules and one set of schemas, which their stamp names; anything else in the file,
and any damage to it, means that there is nothing kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from kit import __version__, resources
from kit.store import derived
from kit.validation.look import Look

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Kept = dict[str, tuple[str, Look]]

_CODE = ("records", "safety", "validation")


def stamp(root: str, schemas: Iterable[tuple[str, str]]) -> str:
    """Returns what the looks depend on besides the files: this code, the shipped schemas and the project's own."""
    package = Path(resources.__file__).parent
    files = [file for folder in _CODE for file in (package / folder).iterdir() if file.suffix in (".py", ".json")]
    files += resources.folder("schemas").iterdir()
    states = sorted((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    return hashlib.sha256(repr((__version__, root, sorted(schemas), states)).encode()).hexdigest()


def read(folder: Path, root: str, stamp: str) -> Kept:
    """Returns the looks kept in the derived `folder`, by path, each with the object id it was made of.

    Where they do not hold there are none.
    """
    try:
        head, _, body = _file(folder, root).read_bytes().partition(b"\n")
        if head.decode() != f"{stamp} {hashlib.sha256(body).hexdigest()}":
            return {}
        return {path: (oid, Look(*fields)) for path, (oid, *fields) in json.loads(body).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(folder: Path, root: str, stamp: str, kept: Mapping[str, tuple[str, Look]]) -> None:
    """Writes the looks below the derived `folder`, which is made; where nothing can be written, nothing is kept."""
    entries = {path: [oid, *look] for path, (oid, look) in kept.items()}
    body = json.dumps(entries, ensure_ascii=True, separators=(",", ":"), check_circular=False).encode()
    with contextlib.suppress(OSError):
        head = f"{stamp} {hashlib.sha256(body).hexdigest()}\n".encode()
        derived.write(_file(derived.make(folder), root), head + body)


def _file(folder: Path, root: str) -> Path:
    """Returns the file of one knowledge folder; a repository can hold several."""
    name = f"validate-{hashlib.sha256(root.encode()).hexdigest()[:8]}" if root else "validate"
    return folder / "cache" / f"{name}.json"
