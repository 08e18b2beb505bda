"""What has a say in a step: before it (its arguments), during it (what is about to be committed), and after it.

An interceptor is a function of a program's own, or a program that kit.toml names and the person trusts. It is given
one JSON object and answers with one: `{}` lets the step go on, `{"allow": false, "reason": "..."}` refuses it, and
`{"arguments": {...}}` before or `{"result": {...}}` during it change it. Any other answer, or none, blocks.
"""

from __future__ import annotations

import json
import shlex
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import Blocked, KitError
from kit.model import command, trust
from kit.records import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from kit.config import Config

    Call = Callable[[dict[str, Any]], object]

#: The setting of git's global or system config that holds the digests of the programs that may be run.
TRUST = "kit.trustIntercept"
BEFORE, DURING, AFTER = "before", "during", "after"
ALL = "all"
_CHANGES = {BEFORE: "arguments", DURING: "result"}


class Refused(Blocked):
    """Someone who has a say in a step does not allow it, or cannot be asked."""

    code = "refused"


class Interceptor(NamedTuple):
    """Who has a say in an operation (or `all`) and when; `refusal` is why it may not be asked: that blocks."""

    operation: str
    when: str
    name: str
    call: Call
    refusal: Blocked | None = None


class Said(NamedTuple):
    """What stands of arguments or a result after all were asked, and who had a say, `before guard` or `... changed`."""

    value: dict[str, Any]
    names: tuple[str, ...] = ()


def programs(
    config: Config, *, environment: Mapping[str, str], folder: Path, trusted: Collection[str]
) -> tuple[Interceptor, ...]:
    """Returns the programs that kit.toml names, in its order; nothing is run.

    `folder` is where they run, `trusted` the digests of those that the person trusts.
    """
    found = []
    for each in config.tables("context.intercept"):
        does = f"run {each['run']!r} {each['when']} {each['operation']}"
        digest = trust.digest(["intercept", each["operation"], each["when"], each["run"]])
        refusal = trust.refusal(digest, trusted, name=TRUST, does=does, code="untrusted_program")
        try:
            words = shlex.split(each["run"])
        except ValueError as error:
            words, refusal = [], Blocked(f"{each['run']!r} is no command: {error}", hint="look at context.intercept")
        seconds = config.number("context.patience")
        call = partial(_run, words, seconds=seconds, environment=environment, folder=folder)
        name = command.name_of(words[0] if words else "")
        found.append(Interceptor(each["operation"], each["when"], name, call, refusal))
    return tuple(found)


def functions(given: Mapping[str, Call] | Sequence[Interceptor] | None) -> tuple[Interceptor, ...]:
    """Returns functions as interceptors: by when they are asked, for all operations, or as they are."""
    if given is None:
        return ()
    if not isinstance(given, dict):
        return tuple(each for each in given if isinstance(each, Interceptor))
    return tuple(Interceptor(ALL, when, getattr(call, "__name__", "function"), call) for when, call in given.items())


def of(interceptors: Sequence[Interceptor], operation: str) -> tuple[Interceptor, ...]:
    """Returns those of an operation. Raises Blocked when one of them is not trusted: it is never left out."""
    found = tuple(each for each in interceptors if each.operation in (operation, ALL))
    for each in found:
        if each.refusal:
            error = each.refusal
            raise Refused(error.message, hint=error.hint, code=error.code, **error.details)
    return found


def asked(interceptors: Sequence[Interceptor], when: str, event: Mapping[str, Any]) -> Said:
    """Asks those of before or during in turn, each with what the one before has left.

    Raises Blocked when one refuses, fails, is late or gives no answer.
    """
    key = _CHANGES[when]
    value, names = dict(event[key]), []
    for each in interceptors:
        if each.when == when:
            answer = _answer(each, when, {**event, "when": when, key: json.loads(json.dumps(value))})
            if answer.get("allow") is False:
                raise Refused(
                    f"{each.name} refuses: {str(answer.get('reason') or 'it gave no reason')[:500]}",
                    hint="see [[context.intercept]] in kit.toml", by=each.name,
                )  # fmt: skip
            is_changed = key in answer and answer[key] != value
            value = answer.get(key, value)
            names.append(f"{when} {each.name}{' changed it' if is_changed else ''}")
    return Said(value, tuple(names))


def told(interceptors: Sequence[Interceptor], event: Mapping[str, Any]) -> list[str]:
    """Tells those of after what was committed; returns what went wrong, which undoes nothing."""
    failed = []
    for each in interceptors:
        if each.when == AFTER:
            try:
                each.call({**event, "when": AFTER})
            except Exception as error:  # noqa: BLE001 - the step is done whatever a function of others raises
                failed.append(f"after {each.name}: {getattr(error, 'message', None) or error!r}"[:500])
    return failed


def _answer(each: Interceptor, when: str, event: dict[str, Any]) -> dict[str, Any]:
    key = _CHANGES[when]
    try:
        answer = each.call(event)
        answer = strict_json.load(answer.encode()) if isinstance(answer, str) else {} if answer is None else answer
        if not isinstance(answer, dict) or not isinstance(answer.get("allow", True), bool):
            raise TypeError("it is no JSON object")
        if extra := answer.keys() - {"allow", "reason", key}:
            raise TypeError(f"it has {', '.join(sorted(map(str, extra)))}")
        if not isinstance(answer.get(key, {}), dict):
            raise TypeError(f"its {key} is no object")
    except Exception as error:  # noqa: BLE001 - a function of others may raise anything: it blocks
        why = error.message if isinstance(error, KitError) else f"{type(error).__name__}: {error}"
        raise Refused(
            f"{each.name} gave no answer {when} the step: {why[:500]}", hint="see docs/context-steps.md",
            code="intercept", by=each.name,
        ) from None  # fmt: skip
    return answer


def _run(
    words: Sequence[str], event: dict[str, Any], *, seconds: float, environment: Mapping[str, str], folder: Path
) -> object:
    return command.ask(
        words, json.dumps(event, ensure_ascii=False) + "\n", seconds=seconds, limit=strict_json.MAX_BYTES,
        environment=environment, folder=folder, setting="context.intercept",
    )  # fmt: skip
