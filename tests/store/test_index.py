"""What the index finds, and what a refresh loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import KitError
from kit.store.build import LONGEST_DOCUMENT
from kit.store.index import Document, Index, Refreshed
from tests.store.indexed import FIELDS, FILES, Files, found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# What is found


def test_a_title_counts_for_more_than_a_body(index: Index) -> None:
    assert found(index, "locks") == ["b.md", "a.md"]
    assert found(index, "push") == ["a.md", "b.md"]


def test_any_form_of_a_word_is_found(index: Index) -> None:
    assert found(index, "How do I retry when pushes are blocked?") == ["a.md", "b.md"]


def test_the_answer_says_how_many_were_searched_and_matched(index: Index) -> None:
    answer = index.search("lock", k=1)
    assert (len(answer.hits), answer.matched, answer.searched) == (1, 2, 3)


def test_a_filter_keeps_documents_that_hold_one_of_its_values(index: Index) -> None:
    assert found(index, "lock", filters={"language": ["RUST", "go"]}) == ["b.md"]
    assert sorted(found(index, "lock mark", filters={"language": ["rust", ""]})) == ["b.md", "c.md"]
    assert index.search("lock", filters={"language": ["go"]}, k=5) == ([], 0, 0)
    assert index.search("mark", filters={"language": ["python"]}, k=5) == ([], 0, 2)


def test_a_filter_by_a_field_that_is_no_keyword_is_a_defect_of_the_caller(index: Index) -> None:
    with pytest.raises(ValueError, match="title"):
        index.search("lock", filters={"title": ["Locks"]}, k=5)


def test_equals_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    files = Files({f"{name}.md": "Same\ntext" for name in "dbcae"})
    index = Index(tmp_path / "index", FIELDS)
    files.refresh(index)
    assert [hit.path for hit in index.search("same text", k=3).hits] == ["a.md", "b.md", "c.md"]


def test_the_text_of_a_huge_document_is_cut(tmp_path: Path) -> None:
    files = Files({"a.md": "Long\nearly " + "x " * (LONGEST_DOCUMENT // 2) + "late"})
    index = Index(tmp_path / "index", FIELDS)
    files.refresh(index)
    assert found(index, "early") == ["a.md"]
    assert found(index, "late") == []


@pytest.fixture(scope="module")
def needle(tmp_path_factory: pytest.TempPathFactory) -> Index:
    made = Index(tmp_path_factory.mktemp("needle") / "index", FIELDS)
    Files({**FILES, "needle.md": "Needle\nthe one that is looked for"}).refresh(made)
    return made


JUNK = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        "AND",
        "OR NOT",
        '"',
        "'",
        "* ? : ^2 ~",
        "[a TO b]",
        "{",
        "\\",
        "title:",
        "\0",
        "\ud800",
        "(" * 50,
        "-",
        "?",
    ]
)


@settings(max_examples=300, deadline=None)
@given(JUNK, JUNK)
def test_any_text_is_a_legal_query_and_hides_nothing(needle: Index, before: str, after: str) -> None:
    assert found(needle, before) is not None
    assert "needle.md" in found(needle, f"{before} needle {after}")


@pytest.mark.parametrize("text", ["", " ", "?!", "...", "''", "\0\0", "\ud800"])
def test_a_query_of_nothing_finds_nothing(needle: Index, text: str) -> None:
    assert needle.search(text, k=5) == ([], 0, 4)


@pytest.mark.parametrize("size", [10_000, 1_000_000])
def test_a_huge_query_is_answered_from_its_most_telling_words(needle: Index, size: int) -> None:
    trace = '  File "/usr/lib/site-packages/foo/bar.mjs", line 17, in run_all\n'
    query = trace * (size // len(trace)) + "NeedleError: the one that is looked for"
    assert found(needle, query)[0] == "needle.md"


# What a refresh does


def test_a_refresh_loads_only_what_changed(tmp_path: Path) -> None:
    files = Files(FILES | {f"{number}.md": f"Number {number}\nmore" for number in range(20)})
    index = Index(tmp_path / "index", FIELDS)
    assert files.refresh(index) == Refreshed(24, 0)
    assert files.refresh(index) == Refreshed(0, 0)
    assert files.loaded == []
    files.files |= {"c.md": "Parsing\nNow about locks.", "d.md": "New\nlock"}
    del files.files["a.md"]
    assert files.refresh(index) == Refreshed(2, 1)
    assert files.loaded == ["c.md", "d.md"]
    assert sorted(found(index, "lock")) == ["b.md", "c.md", "d.md"]
    assert index.search("lock", k=5).searched == 23


def test_a_path_without_a_document_is_not_asked_for_again(index: Index, files: Files) -> None:
    for number in range(3):
        files.files["d.md"] = f"New\nnumber {number}"
        files.refresh(index)
        assert "empty.txt" not in files.loaded


def test_the_parts_stay_few(index: Index, files: Files) -> None:
    for number in range(40):
        files.files[f"{number}.md"] = f"Number {number}\nlock"
        files.refresh(index)
    assert index.status().segments <= 7
    assert index.search("lock", k=5).matched == 42


def test_an_index_without_documents_answers(tmp_path: Path) -> None:
    index = Index(tmp_path / "index", FIELDS)
    Files({}).refresh(index)
    assert index.search("lock", k=5) == ([], 0, 0)
    Files({"empty.txt": ""}).refresh(index)
    assert index.search("lock", filters={"language": [""]}, k=5) == ([], 0, 0)


TEXTS = st.text("ab cd\n#x", max_size=30) | st.sampled_from(list(FILES.values()))
TREES = st.dictionaries(st.sampled_from("pqrstuvw"), TEXTS, max_size=8)


@settings(max_examples=15, deadline=None)
@given(st.lists(TREES, min_size=2, max_size=6))
def test_refreshing_step_by_step_equals_building_anew(
    tmp_path_factory: pytest.TempPathFactory, trees: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    stepwise = Index(folder / "steps", FIELDS)
    for tree in trees:
        Files(tree).refresh(stepwise)
    anew = Index(folder / "anew", FIELDS)
    Files(trees[-1]).refresh(anew)
    for query in ("a", "ab cd", "lock push x", "front matter"):
        assert stepwise.search(query, k=10) == anew.search(query, k=10)
        for language in ("python", ""):
            only = {"language": [language]}
            assert stepwise.search(query, filters=only, k=10) == anew.search(query, filters=only, k=10)


def test_what_the_loader_raises_goes_through_and_changes_nothing(index: Index) -> None:
    def load(paths: Sequence[str]) -> Iterator[Document]:
        yield Document(paths[0], {"title": "lock"})
        raise KitError("no such blob")

    before = index.tree_id
    with pytest.raises(KitError, match="no such blob"):
        index.refresh("other", lambda: {"x.md": "1", "y.md": "1"}, load)
    assert index.tree_id == before
    assert found(index, "lock") == ["b.md", "a.md"]
    assert len(list(index._folder.glob("segment-*"))) == 2
