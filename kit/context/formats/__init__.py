"""How what was chosen is written: one file each, and one line in the table below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context.formats import anthropic, neutral, openai, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from kit.context.turns import Turn

#: Each returns the bytes of turns; what it is given beside them is the account of the compile.
FORMATS: dict[str, Callable[[Sequence[Turn], Mapping[str, Any]], bytes]] = {
    "text": text.write,
    "json": neutral.write,
    "openai": openai.write,
    "anthropic": anthropic.write,
}
