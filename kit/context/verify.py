"""Proves that what a compile record says was sent is what its commit and options give, or says what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit import __version__
from kit.context.compilation import Sent
from kit.context.options import GENERATION
from kit.errors import InvalidInput, KitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.context.compilation import Compilation
    from kit.context.compiled import Compiled

#: The three answers: the bytes are the same; they are not; they cannot be made here, and why.
PROVEN, DIFFERS, UNPROVEN = "proven", "differs", "unproven"


class Verified(NamedTuple):
    """What came of one record; `differs` names what is not as recorded, or why it cannot be known."""

    record: Compilation
    answer: str
    differs: tuple[str, ...] = ()


def verify(record: Compilation, again: Callable[[Compilation], Compiled]) -> Verified:
    """Compares a record with what `again` compiles from its commit and options, never from a cache."""
    try:
        compiled = again(record)
    except InvalidInput as error:
        return Verified(record, UNPROVEN, (error.message,))
    except KitError as error:
        if error.code in ("not_found", "no_tokenizer"):
            return Verified(record, UNPROVEN, (error.message,))
        return Verified(record, DIFFERS, (f"it cannot be compiled any more: {error.message}",))
    said = _differences(record, compiled)
    return Verified(record, DIFFERS if said else PROVEN, tuple(said))


def _differences(record: Compilation, compiled: Compiled) -> list[str]:
    now = [Sent(*(each[key] for key in Sent._fields)) for each in compiled.account["entries"]]
    then = {each.id: each for each in record.entries}
    found: list[str] = []
    for each in now:
        before = then.pop(each.id, None)
        if before is None:
            found.append(f"{each.id} was not sent")
        elif before != each:
            names = [name for name in Sent._fields if getattr(before, name) != getattr(each, name)]
            found.append(f"{each.id} has another {' and '.join(names)}")
    found += [f"{name} is not in it" for name in then]
    if not found and [each.id for each in now] != [each.id for each in record.entries]:
        found.append("the order is another")
    total = compiled.account["tokens"]["total"]
    if total != record.tokens:
        found.append(f"it has {total} tokens, not {record.tokens}")
    if compiled.account["cut_by_reason"] != record.cut:
        found.append("other entries were cut")
    if compiled.digest != record.digest:
        found.append(f"the bytes are {compiled.digest}, not {record.digest}")
    if found and (record.kit, record.generation) != (__version__, GENERATION):
        found.append(f"it was compiled by kit {record.kit}, this is {__version__}")
    return found
