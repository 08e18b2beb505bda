"""The operations that transform a thread, each carried out from plain arguments, by whoever typed or accepted it.

What is in the table can be proposed: kept as data, and carried out later by somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context import annotate, collapse, compress, edit, merge, new, pending, pick, sides, span, thread, tip
from kit.context import conflict as conflicting
from kit.context.intercept import Refused
from kit.context.means import Done, Operation
from kit.errors import InvalidInput, NotFound, Taken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.conflict import Conflict
    from kit.context.means import Means
    from kit.context.thread import State
    from kit.store.store import Store

    Arguments = Mapping[str, Any]


#: What `more` says of a rebase or a pick that is refused where the order would mean something else.
STRICT = "strict"


def _compress(means: Means, given: Arguments) -> Done:
    found = _span(means.state, given)
    text, target = given["text"], given.get("target", 0)
    compress.check(found, text, target)
    told = {"text": text, "tokens": {"before": found.tokens, "after": compress.count(text).count},
            "folds": list(found.ids)}  # fmt: skip
    text = means.during(told)["text"]
    made = compress.fold(
        means.store, means.state, found, text, random=means.random, target=target, model=given.get("model", ""),
        maker=means.maker, made_at=means.base, beside=means.beside, **means.who,
    )  # fmt: skip
    return Done(made.commit, made)


def _span(state: State, given: Arguments) -> span.Span:
    return span.span(state, f"{given['first']}..{given['last']}")


def _about_compress(_: Store, state: State, given: Arguments) -> Any:
    found = _span(state, given)
    if "text" in given:
        compress.check(found, given["text"], given.get("target", 0))
    heads = [[each.root.id, each.head.id, each.head.oid] for each in found.folded]
    return [heads, [[each.id, each.oid] for each in found.important]]


def _tokens(state: State, given: Arguments) -> dict[str, int]:
    return {"before": _span(state, given).tokens, "after": compress.count(given["text"]).count}


def _merge(means: Means, given: Arguments, *, verb: str = pending.MERGE) -> Done:
    _check_known(means.store, given["source"], given["theirs"])

    def settle(conflicts: Sequence[Conflict]) -> list[Conflict]:
        told = {"choices": {each.root: each.choice for each in conflicts},
                "conflicts": {each.root: each.kind for each in conflicts}}  # fmt: skip
        choices = means.during(told)["choices"]
        return [each._replace(choice=_choice(each, choices)) for each in conflicts]

    who: dict[str, Any] = {"random": means.random, "settle": settle, "beside": means.beside, **means.who}
    name, wanted = means.state.thread, {"strategy": given.get("strategy", ""), **who}
    if means.more is True:
        made = merge.go_on(means.store, name, **who)
    else:
        made = merge.merge(
            means.store, name, given["source"], given["theirs"], verb=verb, is_strict=means.more == STRICT, **wanted
        )
    return Done(made.commit, made)


def _rebase(means: Means, given: Arguments) -> Done:
    return _merge(means, given, verb=pending.REBASE)


def _pick(means: Means, given: Arguments) -> Done:
    source = pick.at(means.store, given["source"], given["theirs"])
    means.during({"entries": list(given["entries"])})
    made = pick.pick(
        means.store, means.state.thread, source, given["entries"], random=means.random, beside=means.beside,
        is_strict=means.more == STRICT, maker=means.maker, made_at=means.base, **means.who,
    )  # fmt: skip
    return Done(made.commit, made)


def _about_pick(store: Store, state: State, given: Arguments) -> Any:
    source = pick.at(store, given["source"], given["theirs"])
    if not pick.choose(store, state.thread, source, given["entries"]).drafts:
        raise Taken("all of it is here already", code="changed")
    return []


def _choice(each: Conflict, choices: object) -> str:
    choice = choices.get(each.root) if isinstance(choices, dict) else None
    if choice != each.choice and choice not in (conflicting.OURS, conflicting.THEIRS):
        raise Refused(
            f"a program of kit.toml chose {str(choice)[:40]!r} for {each.root}", hint="ours or theirs", code="intercept"
        )
    return str(choice)


def _about_merge(store: Store, state: State, given: Arguments) -> Any:
    theirs = given["theirs"]
    _check_known(store, given["source"], theirs)
    if store.objects.descends(state.commit, theirs):
        raise Taken(f"all of {given['source']} is here already", code="changed")
    found = conflicts(store, state, theirs)
    if found and not given.get("strategy"):
        raise InvalidInput(f"{len(found)} conflicts have no choice", hint="--strategy auto, ours, theirs", code="open")
    return [each.digest for each in found]


def conflicts(store: Store, state: State, theirs: str) -> tuple[Conflict, ...]:
    """Returns what a merge of a commit would have to settle."""
    if store.objects.descends(state.commit, theirs):
        return ()
    return sides.compare(store, state.thread, state.commit, theirs).found.conflicts


def _check_known(store: Store, source: str, theirs: str) -> None:
    """Raises NotFound for a commit that is not of the thread: no other history may be brought in by its id."""
    if not store.objects.descends(tip.of(store, source).oid, theirs):
        raise NotFound(f"{theirs[:12]} is no commit of {source}", hint="kit context log --on THREAD lists them")


def _branch(means: Means, given: Arguments) -> Done:
    _check_known(means.store, means.state.thread, given["at"])
    name, commit = given["name"], given["at"]
    if made := _made(means, name):
        return Done(made, name)
    means.during({"name": name, "at": commit})
    made = new.from_commit(
        means.store, name, means.state.thread, commit, purpose=given.get("purpose", ""), notes=means.beside.notes,
        **means.who,
    )  # fmt: skip
    return Done(made, name)


def _made(means: Means, name: str) -> str:
    """Returns the commit by which the same proposal has begun the thread: whoever accepted it died right after."""
    proposal = means.beside.notes.get("Proposal")
    oid = tip.tip(means.store, name).oid if proposal else ""
    if not oid:
        return ""
    words = ("--fixed-strings", "--all-match", f"--grep=Kit-Proposal: {proposal}", "--grep=Kit-Event: context-branch")
    return means.store.repository.git.run("log", "-1", "--format=%H", *words, oid).text.strip()


def _about_branch(store: Store, state: State, given: Arguments) -> Any:
    _check_known(store, state.thread, given["at"])
    return []


def _pin(means: Means, given: Arguments) -> Done:
    means.during({"entries": list(given["entries"])})
    note, who = means.more or annotate.Note("pinned"), means.who
    made = annotate.annotate(means.store, means.state.thread, given["entries"], note, beside=means.beside, **who)
    return Done(made.commit, made)


def _about_pin(_: Store, state: State, given: Arguments) -> Any:
    heads = [edit.of(state, name).head for name in given["entries"]]
    if all(each.priority == "pinned" for each in heads):
        raise Taken("all of it is pinned already", code="changed")
    return [[each.id, each.oid] for each in heads]


def _collapse(means: Means, given: Arguments) -> Done:
    text = means.during({"text": given["text"]})["text"]
    made = collapse.collapse(
        means.store, given["child"], text, into=means.state.thread, random=means.random, maker=means.maker,
        made_at=means.base, beside=means.beside, target=given.get("target", 0), model=given.get("model", ""),
        **means.who,
    )  # fmt: skip
    return Done(made.commit, made)


def _about_collapse(store: Store, state: State, given: Arguments) -> Any:
    child = thread.read(store, given["child"])
    collapse.check_open(child)
    if "text" in given:
        compress.check(collapse.own(store, child, state.thread), given["text"], given.get("target", 0))
    return [child.commit]


def _some(names: Sequence[str]) -> str:
    return " ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


#: Each operation by its name (`kit.config.OPERATIONS` lists them for kit.toml).
OPERATIONS: Mapping[str, Operation] = {
    "compress": Operation(
        _compress, {"first": "entry", "last": "entry", "text": "text", "target": "count?", "model": "line?"},
        _about_compress, lambda given: f"fold {given['first']}..{given['last']} into one entry",
        lambda given: f"compress {given['first']}..{given['last']} --content FILE", ("text",), _tokens,
    ),
    "merge": Operation(
        _merge, {"source": "thread", "theirs": "commit", "strategy": "strategy?"},
        _about_merge, lambda given: f"merge {given['source']}:{given['theirs'][:10]}"
        + (f", settled by {given['strategy']}" if given.get("strategy") else ""),
        lambda given: f"merge {given['source']}:{given['theirs'][:10]}", ("choices",),
    ),
    "rebase": Operation(
        _rebase, {"source": "thread", "theirs": "commit", "strategy": "strategy?"},
        _about_merge, lambda given: f"rebase onto {given['source']}:{given['theirs'][:10]}"
        + (f", settled by {given['strategy']}" if given.get("strategy") else ""),
        lambda given: f"rebase {given['source']}:{given['theirs'][:10]}", ("choices",),
    ),
    "pick": Operation(
        _pick, {"source": "thread", "theirs": "commit", "entries": "entries"},
        _about_pick, lambda given: f"pick {_some(given['entries'])} of {given['source']}",
        lambda given: f"pick {given['source']}:{given['theirs'][:10]} {' '.join(given['entries'])}",
    ),
    "branch": Operation(
        _branch, {"name": "thread", "at": "commit", "purpose": "line?"},
        _about_branch, lambda given: f"begin {given['name']} from {given['at'][:10]}",
        lambda given: f"branch {given['name']} {given['at'][:10]}",
    ),
    "pin": Operation(
        _pin, {"entries": "entries"}, _about_pin, lambda given: f"pin {_some(given['entries'])}",
        lambda given: f"annotate {' '.join(given['entries'])} --priority pinned",
    ),
    "collapse": Operation(
        _collapse, {"child": "thread", "text": "text", "target": "count?", "model": "line?"}, _about_collapse,
        lambda given: f"collapse {given['child']} into one entry",
        lambda given: f"collapse {given['child']} --content FILE", ("text",),
    ),
}  # fmt: skip


def named(operation: object) -> Operation:
    """Returns an operation by its name. Raises InvalidInput when there is none."""
    if not isinstance(operation, str) or operation not in OPERATIONS:
        shown = str(operation)[:40]
        raise InvalidInput(f"there is no operation {shown!r}", hint=", ".join(OPERATIONS), code="operation")
    return OPERATIONS[operation]
