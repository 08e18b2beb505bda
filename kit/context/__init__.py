"""Floor 3: an agent's context as commits: threads of entries, and what a model is sent of them.

`open` and `Thread` are for a program's own loop (`kit.context.library`); they are loaded when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kit.context.library import Thread
    from kit.context.library import open as open  # noqa: A004 - context.open reads as it is

__all__ = ["Thread", "open"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    from kit.context import library

    return getattr(library, name)
