from __future__ import annotations

import gc
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InvalidInput, KitError, TimedOut
from kit.store import generation
from kit.store.build import LONGEST_DOCUMENT
from kit.store.index import Document, Field, Index, Refreshed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIELDS = (Field("title", "text", 3.0), Field("body", "text"), Field("language", "keyword"))
ROOT = Path(__file__).parents[2]
FILES = {
    "a.md": "Retry a push\nThe remote answers 503 until the lock is gone. #python",
    "b.md": "Locks\nA stale index.lock blocks every commit, push and rebase. #python #rust",
    "c.md": "Parsing\nA byte-order mark hides the front matter.",
    "empty.txt": "",
}


class Files:
    """A tree of files as the index sees it: the first line is the title, #words are the languages."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        self.loaded: list[str] = []

    @property
    def tree_id(self) -> str:
        return oid(repr(sorted(self.files.items())))

    def entries(self) -> dict[str, str]:
        return {path: oid(text) for path, text in self.files.items()}

    def load(self, paths: Sequence[str]) -> Iterator[Document]:
        self.loaded += paths
        for path in paths:
            title, _, body = self.files[path].partition("\n")
            languages = [word[1:] for word in body.split() if word.startswith("#")]
            if title:
                yield Document(path, {"title": title, "body": body, "language": languages})

    def refresh(self, index: Index, **options: float) -> Refreshed:
        self.loaded.clear()
        return index.refresh(self.tree_id, self.entries, self.load, **options)


def oid(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def found(index: Index, query: str, **options: object) -> list[str]:
    return [hit.path for hit in index.search(query, k=10, **options).hits]  # type: ignore[arg-type]


@pytest.fixture
def files() -> Files:
    return Files(FILES)


@pytest.fixture
def index(tmp_path: Path, files: Files) -> Index:
    made = Index(tmp_path / "index", FIELDS)
    files.refresh(made)
    return made


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
    def load(_: Sequence[str]) -> list[Document]:
        raise KitError("no such blob")

    before = index.tree_id
    with pytest.raises(KitError, match="no such blob"):
        index.refresh("other", lambda: {"x.md": "1"}, load)
    assert index.tree_id == before
    assert found(index, "lock") == ["b.md", "a.md"]


# Damage, age, trust


def test_each_file_that_is_damaged_costs_time_only(index: Index, files: Files, tmp_path: Path) -> None:
    files.files["d.md"] = "New\nlock"
    files.refresh(index)
    expected = index.search("lock", k=5)
    for path in sorted(file.relative_to(tmp_path) for file in (tmp_path / "index").rglob("*") if file.is_file()):
        for damage in (_truncate, _overwrite, Path.unlink):
            # A segment that was rebuilt has another name.
            if (tmp_path / path).exists():
                damage(tmp_path / path)
            again = Index(tmp_path / "index", FIELDS)
            files.refresh(again)
            assert again.search("lock", k=5) == expected, (path, damage)


# Whoosh leaves the files open that it cannot read.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_damage_that_shows_only_when_it_is_read_costs_time_only(index: Index, files: Files) -> None:
    expected = index.search("lock", k=5)
    folder = index._folder
    for pattern in ("*.seg", "*.toc", "documents.json", "objects.json"):
        _overwrite_unseen(index, next(folder.glob(f"segment-*/{pattern}")))
        again = Index(folder, FIELDS)
        files.refresh(again)
        assert again.search("lock", k=5) == expected, pattern
        assert again.tree_id == files.tree_id
    gc.collect()


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_damaged_part_does_not_survive_an_incremental_refresh(index: Index, files: Files) -> None:
    _overwrite_unseen(index, next(index._folder.glob("segment-*/*.seg")))
    files.files["d.md"] = "New\nlock"
    again = Index(index._folder, FIELDS)
    files.refresh(again)
    assert sorted(found(again, "lock")) == ["a.md", "b.md", "d.md"]
    gc.collect()


def test_an_index_of_another_kind_is_built_anew(index: Index, files: Files) -> None:
    for other in (Index(index._folder, FIELDS[:2]), Index(index._folder, FIELDS, version="2")):
        assert other.tree_id is None
        files.refresh(other)
        assert files.loaded == sorted(FILES)
        assert found(other, "lock") == ["b.md", "a.md"]


def test_an_index_of_another_whoosh_is_built_anew(index: Index, files: Files) -> None:
    held = generation.current(index._folder, stamp=index._stamp)
    assert held
    generation.publish(index._folder, held._replace(engine="whoosh 9.9"), stamp=index._stamp)
    again = Index(index._folder, FIELDS)
    files.refresh(again)
    assert found(again, "lock") == ["b.md", "a.md"]
    assert files.loaded == sorted(FILES)


def test_a_search_without_an_index_finds_nothing_in_nothing(tmp_path: Path) -> None:
    assert Index(tmp_path / "index", FIELDS).search("lock", k=5) == ([], 0, 0)


def test_an_index_that_was_copied_is_not_read(index: Index, tmp_path: Path) -> None:
    shutil.copytree(index._folder, tmp_path / "copy")
    copy = Index(tmp_path / "copy", FIELDS)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert copy.tree_id is None


def test_a_folder_that_others_may_enter_is_not_read_and_made_private(index: Index, files: Files) -> None:
    index._folder.chmod(0o755)
    assert index.tree_id is None
    files.refresh(index)
    assert files.loaded == sorted(FILES)
    assert index._folder.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_folder_is_refused(index: Index, files: Files, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(index._folder)
    linked = Index(tmp_path / "link", FIELDS)
    for use in (lambda: linked.tree_id, lambda: files.refresh(linked), lambda: linked.search("lock", k=5)):
        with pytest.raises(InvalidInput, match="link"):
            use()


def test_links_planted_in_the_folder_lead_nowhere(tmp_path: Path, files: Files) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("gold")
    folder = tmp_path / "index"
    folder.mkdir(mode=0o700)
    for name in ("lock", "current", "current.new", "segment-000001"):
        (folder / name).symlink_to(treasure)
    index = Index(folder, FIELDS)
    files.refresh(index)
    assert found(index, "lock") == ["b.md", "a.md"]
    assert treasure.read_text() == "gold"


def test_a_pipe_planted_in_the_folder_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / "current")
    assert Index(folder, FIELDS).tree_id is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(index: Index) -> None:
    os.chown(index._folder, 12345, -1)
    with pytest.raises(InvalidInput, match="own"):
        index.search("lock", k=5)


def test_a_dropped_index_is_gone_and_comes_back(index: Index, files: Files) -> None:
    index.drop()
    assert index.tree_id is None
    assert [file.name for file in index._folder.iterdir()] in ([], ["lock"])
    files.refresh(index)
    assert found(index, "lock") == ["b.md", "a.md"]


def test_the_status_says_what_the_index_holds(index: Index, files: Files) -> None:
    status = index.status()
    assert (status.generation, status.tree_id, status.documents) == (1, files.tree_id, 3)
    assert status.bytes > 1000
    index.drop()
    assert index.status()[:4] == (0, None, 0, 0)


# Several processes

_OTHER = """
import sys, time
from pathlib import Path
from tests.store.test_index import FIELDS, Files, Index, found
index = Index(Path(sys.argv[1]), FIELDS)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _OTHER + script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


SLOW_WRITER = """
files = Files({"a.md": "Slow\\nlock"})
def load(paths):
    print("writing", flush=True)
    sys.stdin.readline()
    yield from Files.load(files, paths)
print(index.refresh(files.tree_id, files.entries, load).loaded, flush=True)
"""


def test_a_reader_never_waits_for_a_writer(index: Index, files: Files) -> None:
    with start(SLOW_WRITER, index._folder) as writer:
        assert says(writer) == "writing"
        files.files["d.md"] = "New\nlock"
        started = time.monotonic()
        assert files.refresh(index) == Refreshed(busy=True)
        assert found(index, "lock") == ["b.md", "a.md"]
        assert time.monotonic() - started < 2
        writer.communicate("go\n")
    assert found(index, "slow") == ["a.md"]


def test_without_an_index_the_one_being_built_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with start(SLOW_WRITER, folder) as writer:
        assert says(writer) == "writing"
        files = Files({"a.md": "Slow\nlock"})
        index = Index(folder, FIELDS)
        with pytest.raises(TimedOut):
            files.refresh(index, patience=0.2)
        with pytest.raises(TimedOut):
            index.drop(patience=0.2)
        with start("print(Files({'a.md': 'Slow\\nlock'}).refresh(index).loaded)", folder) as waiting:
            writer.communicate("go\n")
            assert says(waiting) == "0"
    assert found(index, "slow") == ["a.md"]


def test_a_writer_that_is_killed_at_any_moment_costs_time_only(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    script = """
print("ready", flush=True)
for number in range(1000):
    Files({f"{n}.md": f"Number {n}\\nstate {n % 7 if n > number else number}" for n in range(12)}).refresh(index)
"""
    index = Index(folder, FIELDS)
    for moment in range(12):
        with start(script, folder) as writer:
            assert says(writer) == "ready"
            # The moments are spread over the first few generations that the writer makes.
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(moment * 0.009)
            writer.send_signal(signal.SIGKILL)
        found(index, "number state")
        files = Files({**FILES, f"{moment}.md": f"Number {moment}\nlock"})
        files.refresh(index)
        assert sorted(found(index, "lock")) == sorted(["a.md", "b.md", f"{moment}.md"])
    assert len(list(folder.glob("segment-*"))) <= 8


def test_readers_see_whole_generations_while_a_writer_replaces_them(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    reader = """
print("ready", flush=True)
seen = set()
while "end" not in seen:
    answer = index.search("state", k=20)
    assert answer.searched == answer.matched == 8, answer
    seen.add("end" if found(index, "end") else "middle")
print("whole", flush=True)
"""
    index = Index(folder, FIELDS)

    def write(word: str, number: int) -> None:
        Files({f"{n}.md": f"{word}\nstate {max(n, number)}" for n in range(8)}).refresh(index)

    write("begin", 0)
    with start(reader, folder) as one, start(reader, folder) as two:
        assert says(one) == says(two) == "ready"
        for number in range(40):
            write("middle", number % 8)
        write("end", 0)
        assert says(one) == says(two) == "whole"


def test_a_reader_keeps_its_answers_while_its_parts_are_replaced(index: Index, files: Files) -> None:
    reader = Index(index._folder, FIELDS)
    found(reader, "lock")
    for number in range(5):
        files.files["b.md"] = f"Locks\nnumber {number}"
        files.refresh(index)
        assert found(reader, f"number {number}") == ["b.md"]


def test_a_full_disk_leaves_the_last_generation(index: Index, files: Files, tmp_path: Path) -> None:
    script = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    print(Files({"x.md": "New\\n" + " ".join(map(str, range(500)))}).refresh(index).failed)
except Exception as fault:
    print(type(fault).__name__, fault.code)
print(found(index, "lock"))
"""
    with start(script, index._folder) as process:
        assert "File too large" in says(process)
        assert says(process) == "['b.md', 'a.md']"
    with start(script, tmp_path / "none") as process:
        assert says(process) == "KitError index"
    assert found(index, "lock") == ["b.md", "a.md"]
    assert files.refresh(index) == Refreshed()


def test_asking_whether_anything_changed_imports_nothing_heavy(index: Index, files: Files) -> None:
    script = """
import sys
from pathlib import Path
from kit.store.index import Field, Index
index = Index(Path(sys.argv[1]), [Field("title", "text", 3.0), Field("body", "text"), Field("language", "keyword")])
print(index.tree_id, index.refresh(sys.argv[2], dict, list).loaded)
print(sorted({"whoosh", "filelock", "hashlib", "shutil"} & sys.modules.keys()))
"""
    command = [sys.executable, "-c", script, str(index._folder), files.tree_id]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{files.tree_id} 0\n[]\n"


def _truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _overwrite(file: Path) -> None:
    file.write_bytes(b"\x9c" * file.stat().st_size)


def _overwrite_unseen(index: Index, file: Path) -> None:
    """Damages a file so that only reading it can tell: its size and times are what the index expects."""
    held = generation.current(index._folder, stamp=index._stamp)
    assert held
    _overwrite(file)
    segments = tuple(
        segment._replace(files=generation.fingerprint(index._folder / segment.name)) for segment in held.segments
    )
    generation.publish(index._folder, held._replace(segments=segments), stamp=index._stamp)
