"""The bars on the corpus of made-up secrets: what is found, how exactly, and what is taken that is none."""

from __future__ import annotations

from tests.safety import corpus, score


def test_the_bars_of_the_issue_are_met_on_the_corpus() -> None:
    found = score.score()
    assert found.kinds >= 300
    assert found.recall >= 0.97, score.told(found)
    assert found.strict >= 0.95, score.told(found)
    assert found.over <= 0.01, score.told(found)


def test_the_corpus_is_wide_and_comes_out_the_same_every_time() -> None:
    positives = list(corpus.positives())
    assert positives == list(corpus.positives())
    assert len(positives) >= 2000
    assert len({each.context for each in positives}) >= 50
    negatives = list(corpus.negatives())
    assert len({each.kind for each in negatives}) >= 18
    assert len(negatives) >= 700
    assert all(each.secret in each.text for each in positives)


def test_a_secret_that_is_left_in_part_counts_as_missed() -> None:
    assert score.is_left("abcdefghijklmnop", "x [REDACTED:key]ijklmnop y")
    assert not score.is_left("abcdefghijklmnop", "x [REDACTED:key] y")
