"""Finds the schemas, templates, example and rule files that ship with kit.

A wheel carries them inside the package (`kit/_data`); a checkout or an editable install has them
beside it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Returns the folder `schemas`, `templates` or `example-repo` that ships with kit."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def inside(name: str) -> bytes:
    """Returns the bytes of a data file that lies among the modules, such as `safety/secrets.json`."""
    return (_PACKAGE / name).read_bytes()
