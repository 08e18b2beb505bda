"""An answer as text for people, Markdown or XML for prompts, and JSON: records whole, and always what was cut."""

from __future__ import annotations

from html import escape  # of the same five characters; xml.sax would load all of urllib
from typing import TYPE_CHECKING, Any

from kit.safety.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.memory.recall import Answer, Item


def to_json(answer: Answer, *, query: str, searched_in: str) -> dict[str, Any]:
    """Returns the answer as one JSON object."""
    return {
        "query": query,
        "source": searched_in,
        "items": [_item(each) | {"body": each.record.body.strip()} for each in answer.items],
        "cut": [_item(each) for each in answer.cut],
        "left_out": [_item(each) for each in answer.left_out],
        "searched": answer.searched,
        "matched": answer.matched,
        "unsearched_in_work_tree": answer.unsearched,
        "notes": list(answer.notes),
    }


def to_text(answer: Answer) -> str:
    """Returns the records for a person to read, best first."""
    return "\n\n".join(f"[{number}] {_line(each)}\n{_body(each)}" for number, each in enumerate(answer.items, 1))


def to_markdown(answer: Answer) -> str:
    """Returns the records as Markdown, each below a first-level heading."""
    parts = []
    for each in answer.items:
        source = f"`{_plain(each.record.path)}`" + (f" ({', '.join(each.marks)})" if each.marks else "")
        parts.append(f"# {_plain(_title(each), is_line=True)}\n\n{source}\n\n{_body(each)}")
    return "\n\n".join(parts)


def to_xml(answer: Answer) -> str:
    """Returns the records as XML; their text is escaped, so nothing in it can close or open an element."""
    lines = [f'<recall searched="{answer.searched}" matched="{answer.matched}" cut="{len(answer.cut)}">']
    for each in answer.items:
        names = {
            "id": each.record.id,
            "type": each.record.type,
            "path": each.record.path,
            "marks": " ".join(each.marks),
        }
        attributes = "".join(f' {name}="{escape(_plain(text, is_line=True))}"' for name, text in names.items() if text)
        lines += [f"<record{attributes}>", f"<title>{escape(_plain(_title(each), is_line=True))}</title>"]
        lines += [f"<body>\n{escape(_body(each))}\n</body>", "</record>"]
    return "\n".join([*lines, "</recall>"])


FORMATS: dict[str, Callable[[Answer], str]] = {"text": to_text, "md": to_markdown, "xml": to_xml}


def account(answer: Answer, *, searched_in: str, budget: int) -> list[str]:
    """Returns what is said beside the records: where was looked, how much, what was cut, and what was not searched."""
    said = [f"{len(answer.items)} of {answer.matched} matching, {answer.searched} records of {searched_in} searched"]
    if answer.cut:
        tokens = sum(each.tokens for each in answer.cut)
        names = ", ".join(each.record.id for each in answer.cut[:5]) + (", ..." if len(answer.cut) > 5 else "")
        said.append(f"cut for -k or the budget of {budget} tokens: {len(answer.cut)} ({tokens} tokens): {names}")
    if answer.left_out:
        names = ", ".join(f"{each.record.id} ({', '.join(each.marks)})" for each in answer.left_out[:5])
        said.append(f"left out, --all shows them: {names}" + (", ..." if len(answer.left_out) > 5 else ""))
    if answer.unsearched:
        said.append(
            f"{answer.unsearched} records of the work tree are not reviewed and were not searched (--work-tree)"
        )
    if answer.unsearched is None:
        said.append("git could not say whether the work tree holds more records")
    return [*said, *answer.notes]


def _item(each: Item) -> dict[str, Any]:
    meta = each.record.meta
    shown = ("description", "status", "tags", "applies_to", "sources", "verified", "stale_after")
    return {
        "id": each.record.id,
        "type": each.record.type,
        "path": each.record.path,
        "title": _title(each),
        "score": round(each.score, 4),
        "marks": list(each.marks),
        "tokens": each.tokens,
        **{name: meta[name] for name in shown if name in meta},
    }


def _line(each: Item) -> str:
    marks = f"  ({', '.join(each.marks)})" if each.marks else ""
    return f"{_plain(_title(each), is_line=True)}  <{each.record.type} {each.record.id}>{marks}"


def _title(each: Item) -> str:
    return str(each.record.meta.get("title", each.record.id))


def _body(each: Item) -> str:
    """Returns the text without the labels that name its sources: whoever wants those asks for the record."""
    sources: Any = each.record.meta.get("sources")
    text = each.record.body
    for source in sources if isinstance(sources, list) and "[^" in text else ():
        if isinstance(source, dict) and source.get("id"):
            text = text.replace(f"[^{source['id']}]", "")
    return _plain(text)


def _plain(text: str, *, is_line: bool = False) -> str:
    return printable(text.strip(), keep_newlines=not is_line)
