"""Floor 3: an agent's context as commits: threads of entries, and what a model is sent of them.

`open`, `resume` and `Thread` are for a program's own loop (`kit.context.library`), and loaded when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kit.context.library import Thread
    from kit.context.opening import open as open  # noqa: A004 - context.open reads as it is
    from kit.context.opening import resume as resume

__all__ = ["Thread", "open", "resume"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    from kit.context import opening

    return getattr(opening, name)
