"""Finds the schemas, templates and example that ship with kit.

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
