"""What a value does wrong, in words: one complaint per fault, with the value, the limit and what to write instead.

The words are for people and agents alike; jsonschema's own print whole values and know no fix.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Pointer = tuple[str | int, ...]

GUESSES = 50  # of one mapping: for more, what was meant does not matter, and guessing takes long
_SHOWN = 60
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


class Complaint(NamedTuple):
    """`rule` is missing, extra, type or value; `pointer` leads from the projection to what is wrong."""

    pointer: Pointer
    rule: str
    message: str
    fix: str


def complaints(keyword: str, rule: Any, *, value: Any, schema: dict[str, Any], pointer: Pointer) -> list[Complaint]:
    """Returns what `value`, at `pointer` of the projection, does wrong under one keyword of its schema."""
    if keyword == "required":
        return [_missing(name, schema, pointer) for name in rule if name not in value]
    if keyword == "additionalProperties":
        known = list(schema.get("properties", {}))
        extra = [name for name in value if name not in known]
        return [_extra(name, known, pointer, is_guessed=at < GUESSES) for at, name in enumerate(extra)]
    if keyword == "uniqueItems":
        return [_twice(value, pointer)]
    where = name_of(pointer)
    told = _TOLD.get(keyword)
    if told is None:
        return [Complaint(pointer, "value", f"{where} is {shown(value)}, against {keyword}", _like(schema))]
    message, fix = told(rule, value)
    return [Complaint(pointer, "type" if keyword == "type" else "value", f"{where} {message}", fix or _like(schema))]


def name_of(pointer: Sequence[str | int]) -> str:
    """Returns how a place of the projection is called in messages: `applies_to.languages[0]`, `section 'Unlock'`."""
    part, *rest = pointer or ("",)
    if part == "sections" and rest:
        return f"the section {rest[0]!r}" + (f", item {int(rest[1]) + 1}," if len(rest) > 1 else "")
    if part == "meta" and rest:
        text = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in rest)
        return f"'{text[1:]}'"
    if part in ("headings", "links") and rest:
        return f"{str(part)[:-1]} {int(rest[0]) + 1}"
    return {"meta": "the record", "": "the record"}.get(str(part), f"the {part}")


def shown(value: object) -> str:
    """Returns a value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Returns the one of `known` that `name` is most likely meant to be, "" when none is near."""
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)), "")


def _missing(name: str, schema: dict[str, Any], pointer: Pointer) -> Complaint:
    declared = schema.get("properties", {}).get(name)
    declared = declared if isinstance(declared, dict) else {}  # a schema may also be true or false
    about = f" ({declared['description']})" if "description" in declared else ""
    if pointer == ("sections",):
        return Complaint(pointer, "missing", f"the section {name!r} is missing", f"add a line ## {name}{about}")
    field = name_of((*(pointer or ("meta",)), name))
    example = f": {shown(_example(declared))}" if _example(declared) is not None else ""
    return Complaint(pointer, "missing", f"{field} is missing", f"add {name}{example}{about}")


def _extra(name: str, known: list[str], pointer: Pointer, *, is_guessed: bool) -> Complaint:
    near = nearest(name, known) if is_guessed else ""
    fix = f"write {near}" if near else f"remove it; known here: {', '.join(known) or 'none'}"
    return Complaint((*pointer, name), "extra", f"{name_of((*pointer, name))} is not known here", fix)


def _twice(values: list[Any], pointer: Pointer) -> Complaint:
    texts = [json.dumps(value, sort_keys=True) for value in values]
    at = next((at for at, text in enumerate(texts) if text in texts[:at]), 0)
    message = f"{name_of(pointer)} holds {shown(values[at])} twice"
    return Complaint((*pointer, at), "value", message, "keep one of them")


def _type(rule: str | list[str], value: object) -> tuple[str, str]:
    wanted = " or ".join(_WORDS.get(name, name) for name in ([rule] if isinstance(rule, str) else rule))
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return f"is {_WORDS[kinds.get(type(value), 'null')]} ({shown(value)}), it must be {wanted}", ""


def _enum(rule: list[object], value: object) -> tuple[str, str]:
    near = nearest(str(value), [each for each in rule if isinstance(each, str)])
    allowed = ", ".join(str(each) for each in rule)
    return f"is {shown(value)}, it must be one of {allowed}", f"write {near}" if near else f"write one of {allowed}"


def _const(rule: object, value: object) -> tuple[str, str]:
    return f"is {shown(value)}, it must be {shown(rule)}", f"write {rule}"


def _long(rule: int, value: str) -> tuple[str, str]:
    return f"has {len(value)} characters, the limit is {rule}", f"make it {len(value) - rule} characters shorter"


def _short(rule: int, value: str) -> tuple[str, str]:
    return ("is empty", "") if not value else (f"has {len(value)} characters, it needs {rule}", "")


def _many(rule: int, value: list[object]) -> tuple[str, str]:
    return f"has {len(value)} items, the limit is {rule}", f"remove {len(value) - rule} of them"


def _few(rule: int, value: list[object]) -> tuple[str, str]:
    return f"has {len(value)} items, it needs {rule}", ""


def _date(rule: str, value: str) -> tuple[str, str]:
    kinds = {"date": ("a day that exists", "YYYY-MM-DD"), "date-time": ("a point in time", "YYYY-MM-DDThh:mm:ssZ")}
    kind, form = kinds.get(rule, (f"a valid {rule}", ""))
    return f"is {shown(value)}, which is not {kind}", f"write it as {form}" if form else ""


_TOLD: dict[str, Callable[[Any, Any], tuple[str, str]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": lambda rule, value: (f"is {shown(value)}, which does not match {rule}", ""),
    "format": _date,
    "minLength": _short,
    "maxLength": _long,
    "minItems": _few,
    "maxItems": _many,
    "minimum": lambda rule, value: (f"is {value}, it must be at least {rule}", ""),
    "maximum": lambda rule, value: (f"is {value}, it must be at most {rule}", ""),
}


def _example(schema: dict[str, Any]) -> object:
    for keyword in ("examples", "enum"):
        if schema.get(keyword):
            return next(iter(schema[keyword]))
    return schema.get("const")


def _like(schema: dict[str, Any]) -> str:
    """Returns what to write according to the schema's own example and description."""
    example = _example(schema)
    about = str(schema.get("description", ""))
    if example is None:
        return about
    return f"write it like {shown(example)}" + (f" ({about})" if about else "")
