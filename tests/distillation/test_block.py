"""Candidates as files, their fingerprints, and more evidence for what is known."""

from __future__ import annotations

from kit.distillation import block
from kit.distillation.draft import fingerprint
from kit.records import check, record, record_type
from tests.distillation import told
from tests.distillation.stories import EVENT_LOOP
from tests.distillation.transcript import Says

BLOCK = record_type.shipped()["block"]
AT = "2026-11-21T10:00:00Z"
(DRAFT,) = told.of_session("event-loop").drafts


def again() -> record.Record:
    return block.make(DRAFT, session="sessions/codex/other", by="kit-distill/1", at=AT)


def test_the_fingerprint_is_of_the_problem_not_of_how_it_is_told() -> None:
    other = DRAFT._replace(title="Another title", situation=(), line=900, confidence=0.1)
    assert fingerprint(other) == fingerprint(DRAFT)
    assert fingerprint(DRAFT._replace(signature="another failure")) != fingerprint(DRAFT)
    longer = (*EVENT_LOOP[:2], Says("I think about it."), *EVENT_LOOP[2:])
    assert fingerprint(told.of_story(longer).drafts[0]) == fingerprint(DRAFT)


def test_more_evidence_keeps_the_words_and_drops_the_approval_of_other_content() -> None:
    known = told.as_block(DRAFT).with_fields(
        {
            "status": "stable",
            "verified": [{"by": "human:ana", "at": "2026-11-20T11:00:00Z", "digest": "sha256:" + "0" * 64}],
        }
    )
    more = block.more_evidence(known, again())
    assert more is not None
    parsed = record.parse(more.path, more.dump())
    assert check.check(parsed, BLOCK) == []
    assert parsed.body == known.body
    assert "verified" not in parsed.meta
    assert parsed.meta["status"] == "draft"
    names = [each["id"] for each in parsed.meta["sources"]]
    assert len(names) == len(set(names))
    assert sum(each["resource"].startswith("kit:sessions/codex/other") for each in parsed.meta["sources"]) == 8


def test_evidence_that_is_there_already_is_not_added_again() -> None:
    known = told.as_block(DRAFT)
    assert block.more_evidence(known, told.as_block(DRAFT)) is None


def test_a_block_never_has_more_sources_than_its_schema_allows() -> None:
    known = told.as_block(DRAFT)
    for number in range(9):
        more = block.more_evidence(known, block.make(DRAFT, session=f"sessions/codex/s{number}", by="a/1", at=AT))
        known = more or known
    assert len(known.meta["sources"]) == block.MAX_SOURCES
    assert [each for each in check.check(record.parse(known.path, known.dump()), BLOCK) if each.is_error] == []


def test_an_id_that_is_taken_gets_a_piece_of_the_fingerprint() -> None:
    one = told.as_block(DRAFT)
    two = block.make(DRAFT, session=told.SESSION, by="a/1", at=AT, taken={one.id})
    assert two.id == f"{one.id}-{fingerprint(DRAFT)[7:13]}"
