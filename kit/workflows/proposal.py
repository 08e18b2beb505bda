"""Makes a candidate of an entry of a thread, so that it goes through the same gates as what was distilled.

Nothing of it is invented: what the entry does not say is lacking, is named, and stops the promotion until someone
writes it. Its sources name the entry at a commit, those that a fold stands for, and the lines of sessions behind them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import edit, fields, origin, sentence
from kit.distillation import claim
from kit.errors import InvalidInput, Taken, UsageError
from kit.records import ids, record, record_type, times
from kit.workflows import candidates, quotations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.records.record import Record
    from kit.store.store import Store

TYPES = ("block", "decision", "fact")
MAX_SOURCES = 20
_MAX_TITLE, _MAX_DESCRIPTION = 100, 300
#: The section that an entry without headings is; a fact has none.
_SECTION = {"block": "Unlock", "decision": "Decision", "fact": ""}


class Wish(NamedTuple):
    """What is to be proposed; what is empty is taken from the entry. `sections` are texts by their headings."""

    type: str
    id: str = ""
    title: str = ""
    description: str = ""
    sections: Mapping[str, str] = {}
    tags: Sequence[str] = ()


class Proposal(NamedTuple):
    """A candidate, the sections that it lacks, and how many of the entries behind it are not among its sources."""

    record: Record
    entry: str
    lacking: tuple[str, ...]
    left: int


def propose(store: Store, state: State, name: str, wish: Wish, *, by: str, now: float) -> Proposal:
    """Returns the candidate for an entry as it is in force; nothing is written. `by` is as records name it.

    Raises NotFound for no such entry, UsageError or InvalidInput for what no record can have.
    """
    each = edit.of(state, name).head
    if not each.text.strip():
        raise InvalidInput(f"{name} says nothing", hint="propose an entry that does", code="empty")
    declared = record_type.shipped()[wish.type]
    first = next(iter(sentence.sentences(each.text)), None)
    said = sentence.same(first.text).strip("# *").rstrip(".") if first else ""
    title = wish.title or said
    if len(title) > _MAX_TITLE:
        raise UsageError(f"its first sentence has {len(title)} characters", hint="give --title TEXT, at most 100")
    description = wish.description or (f"{said}."[:_MAX_DESCRIPTION] if wish.type != "block" else "")
    if not description:
        raise UsageError("a block needs a description", hint='give --description "Use when ..."', code="no_description")
    sections = [section.name for section in declared.sections]
    if unknown := [heading for heading in wish.sections if heading not in sections]:
        raise UsageError(f"a {wish.type} has no section {unknown[0]!r}", hint=f"it has {', '.join(sections)}")
    body, lacking = _body(each, wish, [(section.name, section.is_required) for section in declared.sections])
    sources, left = _sources(store, state, each)
    meta: dict[str, Any] = {
        "type": wish.type,
        "id": ids.check(wish.id, what="id") if wish.id else ids.slug(title.replace(".", "-"))[:60] or "proposal",
        "title": title,
        "description": description,
        "status": "draft",
    }
    if tags := [tag for tag in dict.fromkeys((*wish.tags, *each.tags)) if tag != "decision"][:20]:
        meta["tags"] = tags
    if wish.type == "decision":
        meta["decided"] = times.stamp(each.at)[:10]
    meta |= {"sources": sources, "generated": {"by": by, "at": times.stamp(now)[:19] + "Z"}}
    made = record.make(f"{declared.folder}/{meta['id']}.md", meta, body)
    return Proposal(record.parse(made.path, made.dump()), each.id, lacking, left)


def keep(store: Store, made: Proposal) -> str:
    """Writes a proposal to `.kit/candidates/` and returns the path; an earlier one for the same entry is replaced.

    Raises Taken when another candidate has its id.
    """
    for each in candidates.waiting(store.repository):
        if each.id == made.record.id and _first(each) != _first(made.record):
            raise Taken(f"there is another candidate {each.id!r}", hint="give this one another --id", value=each.id)
    return candidates.keep(store.repository, made.record)


def _first(each: Record) -> str:
    """Returns the entry that a candidate was made of, whatever the commit, "" for another kind of candidate."""
    sources = each.meta.get("sources")
    first = sources[0] if isinstance(sources, list) and sources else None
    named = origin.parse(str(first.get("resource", ""))) if isinstance(first, dict) else None
    return f"{named.thread}/{named.entry}" if named else ""


def _body(each: Entry, wish: Wish, declared: list[tuple[str, bool]]) -> tuple[str, tuple[str, ...]]:
    """Returns the body, and the headings that must be there and are not."""
    headings = [name for name, _ in declared]
    found = dict(_parts(each.text, headings))
    lead = found.pop("", "").strip()
    own = _SECTION[wish.type]
    if own and lead and own not in found:
        found[own], lead = lead, ""
    found |= wish.sections
    parts = [lead] if lead else []
    parts += [f"## {name}\n\n{found[name].strip()}" for name in headings if found.get(name, "").strip()]
    lacking = tuple(name for name, is_required in declared if is_required and not found.get(name, "").strip())
    return "\n\n".join(parts) + "\n", lacking


def _parts(text: str, headings: list[str]) -> Iterator[tuple[str, str]]:
    """Yields what stands below each heading of the type, "" for what stands before the first."""
    name = ""
    lines: list[str] = []
    for line in text.split("\n"):
        heading = line.removeprefix("## ").strip() if line.startswith("## ") else None
        if heading in headings:
            yield name, "\n".join(lines)
            name, lines = str(heading), []
        else:
            lines.append(line)
    yield name, "\n".join(lines)


def _sources(store: Store, state: State, each: Entry) -> tuple[list[dict[str, str]], int]:
    """Returns what a candidate rests on, the entry first, and how many of the entries behind it were left out."""
    known = {one.id: one for one in state.entries}
    behind = [known[fold[:21]] for fold in each.folds if fields.is_id(fold[:21]) and fold[:21] in known]
    found: list[dict[str, str]] = []
    left = 0
    for one in [each, *behind]:
        if len(found) >= MAX_SOURCES:
            left += 1
            continue
        quoted = claim.quote(one.text)
        if quoted:
            found.append(_source(origin.name(state.thread, state.commit, one.id), quoted))
        # A session is named only where it is here and seen to say it.
        resource = one.origin if one.origin.startswith(origin.SESSION) else ""
        if resource and quoted and quotations.look(store, "", resource, quoted).state == "found":
            found.append(_source(resource, quoted))
    return [{"id": f"s{number}", **source} for number, source in enumerate(found, 1)], left


def _source(resource: str, excerpt: str) -> dict[str, str]:
    return {"resource": resource, "excerpt": excerpt, "digest": claim.digest(excerpt)}
