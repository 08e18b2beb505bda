"""Writes a draft as the file of a block: a draft's sentences with the labels of their sources, and nothing else.

A candidate has no approval and is no stable record, whatever the transcript says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit.distillation.claim import Sources
from kit.distillation.draft import LIMITS, fingerprint
from kit.records import ids, record

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kit.distillation.claim import Claim
    from kit.distillation.draft import Draft
    from kit.records.record import Record

FOLDER = "blocks"
MAX_ID = 60
MAX_SOURCES = 40
_TAG = re.compile(r"[a-z0-9][a-z0-9.+#_-]*")


def make(draft: Draft, *, session: str, by: str, at: str, taken: Collection[str] = ()) -> Record:
    """Returns the candidate as it will stand in `blocks/`; `session` is `sessions/<harness>/<session>`.

    `by` and `at` say who distilled it and when; `taken` are ids that others have.
    """
    mark = fingerprint(draft)
    name = _id(draft.title, mark, taken)
    sources = Sources(session)
    parts = {
        "Situation": draft.situation, "Mechanism": draft.mechanism, "Dead ends": draft.dead_ends,
        "Unlock": draft.unlock, "Verification": draft.verification,
    }  # fmt: skip
    body = "\n".join(
        f"## {heading}\n\n{_text(claims, sources, is_list=heading == 'Dead ends')}\n"
        for heading in LIMITS
        if (claims := parts[heading])
    )
    meta: dict[str, Any] = {
        "type": "block",
        "id": name,
        "title": draft.title,
        "description": draft.description,
        "status": "draft",
    }
    if tags := _tags(draft):
        meta["tags"] = tags
    if applies := draft.scope.to_json():
        meta["applies_to"] = applies
    meta |= {"fingerprint": mark, "sources": sources.entries()[:MAX_SOURCES], "generated": {"by": by, "at": at}}
    return record.make(f"{FOLDER}/{name}.md", meta, body)


def more_evidence(known: Record, candidate: Record) -> Record | None:
    """Returns a block with the sources of a candidate that tells the same problem appended, None when it has them all.

    The block's own words stay; its approval is of other content from now on, so it is left out. The labels of the new
    sources go on from those that are there; they say of the whole block that it held once more.
    """
    old = known.meta.get("sources")
    sources = list(old) if isinstance(old, list) else []
    there = {(each.get("resource"), each.get("digest")) for each in sources if isinstance(each, dict)}
    given = [each for each in candidate.meta["sources"] if (each["resource"], each["digest"]) not in there]
    if not given or len(sources) >= MAX_SOURCES:
        return None
    names = {str(each.get("id")) for each in sources if isinstance(each, dict)}
    number = 1
    for each in given[: MAX_SOURCES - len(sources)]:
        while f"m{number}" in names:
            number += 1
        names.add(f"m{number}")
        sources.append({**each, "id": f"m{number}"})
    changes = {"sources": sources, "verified": None, "status": "draft", "generated": candidate.meta["generated"]}
    return known.with_fields(changes)


def _text(claims: Sequence[Claim], sources: Sources, *, is_list: bool) -> str:
    return "\n".join(f"{'- ' if is_list else ''}{sources.cite(each)}" for each in claims)


def _id(title: str, mark: str, taken: Collection[str]) -> str:
    title = title.replace(".", "-")
    name = ids.slug(title[:MAX_ID].rpartition(" ")[0] if len(title) > MAX_ID else title) or "solved-problem"
    return name if name not in taken else ids.slug(f"{name[:MAX_ID]}-{mark[7:13]}")


def _tags(draft: Draft) -> list[str]:
    words = [*draft.scope.frameworks, *draft.scope.languages, *draft.scope.errors]
    tags = [re.sub(r"[^a-z0-9.+#_-]+", "-", word.lower()).strip("-.") for word in words]
    return [each for each in dict.fromkeys(tags) if _TAG.fullmatch(each) and len(each) <= 60][:8]
