"""Damage, age and strangers in the folder of the index cost time, never a wrong answer or trust."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest

from kit.errors import InvalidInput
from kit.store import generation
from kit.store.index import Index
from tests.store.indexed import FIELDS, FILES, Files, found


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
