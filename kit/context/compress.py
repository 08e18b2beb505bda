"""Folds a range of a thread into one entry that stands for it: the originals stay, and the fold says which they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import entry, installed, place, retain, tokens, version, write
from kit.context import span as spans
from kit.context import thread as threads
from kit.context.thread import State
from kit.errors import Blocked, InvalidInput, Taken
from kit.model import prompt as material
from kit.records import estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.retain import Lack
    from kit.context.span import Span
    from kit.context.write import Base, Beside, Edit
    from kit.store.author import Author
    from kit.store.store import Store

#: Characters that a summary may have: what is held against patterns is of bounded size.
MAX_SUMMARY = 200_000
#: How often an engine is asked, with what its last answer lacked.
ASKS = 2
_MAX_PROMPT = 380_000
_TASK = """Summarise the part of a conversation below, so that an agent can go on with only your summary in its place.
Keep decisions and their reasons, names, paths, numbers, errors and what is still to be done. Write plain text, no
preamble.
"""


class Folded(NamedTuple):
    """The fold as it was written, its commit, and what it stands for."""

    fold: Entry
    commit: str
    span: Span


def fold(
    store: Store,
    state: State,
    span: Span,
    text: str,
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    target: int = 0,
    model: str = "",
    maker: Author | None = None,
    made_at: str = "",
    beside: Beside | None = None,
) -> Folded:
    """Commits a fold of `span` with the summary `text`; nothing is sent.

    `maker` is who has made it, on the commit `made_at`, where that is not the author now.
    Raises Blocked when the summary lacks a pattern of an important entry or has more than `target` tokens, Taken when
    what it stands for was changed since `state` was read.
    """
    text = redactor.text(text)
    check(span, text, target)
    is_important = any(each.priority == "important" for each in (*span.important, *span.told))
    maker = maker or author
    last = (int(span.last.id[:12], 16) + 1) / 1000  # entries of one time are in the order of their ids
    made = entry.check(
        entry.Entry(
            entry.make_id(max(maker.when, last), random()), span.last.at, "assistant", "output", text,
            priority="important" if is_important else "normal", tokens=count(text), tags=("fold",), model=model,
            folds=span.ids, agent=maker.name, instance=maker.instance,
            origin=f"kit:context/{state.thread}@{made_at or state.commit}",
        )
    )  # fmt: skip
    stands_at: list[str] = []

    def edit(base: Base) -> Edit:
        if base.oid != state.commit:
            _check_same(State(store, state.thread, base.oid), span)
        paths = dict(place.places(store.objects, base.oid, base.folder, [made.id]))
        stands_at[:] = [paths[made.id]]
        return {paths[made.id]: made.dump()}

    told: dict[str, Any] = {"Entry": made.id, "Folds": len(span.ids), "Commit": state.commit}
    told |= {"Model": model} if model else {}
    commit = write.commit(
        store, state.thread, edit, event="context-compress", author=author, notes=told, beside=beside,
        subject=f"compress {len(span.ids)} entries, {span.tokens} to {made.tokens.count if made.tokens else 0} tokens",
    )  # fmt: skip
    return Folded(made._replace(path=stands_at[0]), commit, span)


def check(span: Span, text: str, target: int = 0) -> None:
    """Raises Blocked when a text may not stand for a span, and says all that it lacks."""
    if not text.strip():
        raise InvalidInput("the summary is empty", hint="--content FILE, or - for standard input", code="empty")
    if len(text) > MAX_SUMMARY:
        raise InvalidInput(
            f"the summary has {len(text)} characters", hint=f"the limit is {MAX_SUMMARY}", code="too_large"
        )
    lacking = retain.lacks(span.important, text)
    if lacking:
        raise Blocked(
            f"the summary lacks what must be kept: {said(lacking)}",
            hint="write it into the summary, or kit context annotate ENTRY --no-retain",
            code="retain",
            lacks=[each._asdict() for each in lacking[:50]],
        )
    tokens = count(text).count
    if target and tokens > target:
        raise Blocked(
            f"the summary has {tokens} tokens, the target is {target}", hint="shorten it, or raise --target",
            code="over_target", tokens=tokens, target=target,
        )  # fmt: skip


def said(lacking: Sequence[Lack]) -> str:
    """Returns the patterns that are missing, in a few words, each with its entry."""
    words = [
        f"{each.pattern!r} of {each.entry}"
        + (f" ({each.reason}: it is not tried)" if each.why == retain.UNSAFE else "")
        for each in lacking[:5]
    ]
    return ", ".join(words) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")


def count(text: str) -> entry.Tokens:
    """Returns the tokens of a text, by the best counter there is here."""
    name = installed.best()
    return entry.Tokens(tokens.counter(name)(text), name)


def ask(span: Span, ask_model: Callable[[str], str], *, nonce: str, target: int = 0) -> str:
    """Returns the summary that a model gives; when it lacks something it is asked once more.

    Raises InvalidInput when the span is too long to be asked about, and what `ask_model` raises.
    """
    answer = ""
    lack = ""
    for number in range(ASKS):
        answer = ask_model(prompt(span, nonce=nonce, target=target, lack=lack)).strip()
        try:
            check(span, answer, target)
        except Blocked as error:
            lack = error.message
            if number == ASKS - 1:
                raise
        else:
            break
    return answer


def written(
    store: Store, thread: str, ask_model: Callable[[str], str], *, nonce: str
) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Returns what makes the text of a compress step (`kit.context.step`): a model's summary of its range."""

    def make(given: Mapping[str, Any]) -> Mapping[str, Any]:
        found = spans.span(threads.read(store, thread), f"{given['first']}..{given['last']}")
        return {**given, "text": ask(found, ask_model, nonce=nonce, target=given.get("target", 0))}

    return make


def prompt(span: Span, *, nonce: str, target: int = 0, lack: str = "") -> str:
    """Returns what a model is asked; `nonce` is random, and marks where the material stands.

    Raises InvalidInput when the span is too long.
    """
    parts = [_TASK]
    parts += [f"Use at most {target} tokens."] if target else []
    patterns = [f"- {each['match']}: {each['pattern']}" for one in span.important for each in one.retain]
    parts += ["Each of these must stand in the summary, letter for letter:", *patterns[:200]] if patterns else []
    parts += [f"Your last summary was refused: {lack}"] if lack else []
    said = [f"[{each.role}{f' {each.tool}' if each.tool else ''}]\n{each.text}" for each in span.told]
    parts.append(material.data("\n\n".join(said), nonce=nonce, name="conversation"))
    text = "\n\n".join(parts)
    if len(text) > _MAX_PROMPT:
        raise InvalidInput(
            f"the range has {len(text)} characters, the limit is {_MAX_PROMPT} (about "
            f"{estimate.tokens(_MAX_PROMPT)} tokens)",
            hint="fold it in several ranges: kit context compress FIRST..LAST", code="too_large",
        )  # fmt: skip
    return text


def _check_same(now: State, span: Span) -> None:
    """Raises Taken when what a span holds is no longer in force, or is folded by now."""
    heads = {each.head.id: each for each in version.versions(now.entries)}
    stands = all(
        each.head.id in heads and heads[each.head.id].head._replace(path="") == each.head._replace(path="")
        for each in span.folded
    )
    taken = {name for each in now.entries for name in each.folds} & {*span.ids}
    before = {name for each in span.folded for name in each.head.folds}
    if not stands or taken - before:
        raise Taken("what is to be folded was changed meanwhile", hint="look again: kit context show", code="changed")
