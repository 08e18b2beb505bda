"""Records that say much the same are near, whatever the words around."""

from __future__ import annotations

from kit.review import near
from tests.distillation import told
from tests.distillation.transcript import Runs, Says


def test_records_that_say_much_the_same_are_near_and_others_are_not() -> None:
    (one,) = told.of_session("event-loop").drafts
    (other,) = told.of_story((
        Runs("pytest -q", "E   RuntimeError: Event loop is closed\n1 failed\n", 1),
        Says("The session-scoped client fixture keeps the event loop of the first test because the loop is"
             " closed too early."),
        Runs("LOOP=session pytest -q", "3 passed\n"),
    )).drafts  # fmt: skip
    (far,) = told.of_session("leaking").drafts
    known = [(each.path, each.dump()) for each in map(told.as_block, (other, far))]
    assert [each.path for each in near.find(told.as_block(one), known)] == [told.as_block(other).path]
