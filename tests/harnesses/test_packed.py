"""Compressed transcripts: read like plain ones, within bounds, and never a mystery."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from kit.errors import InvalidInput
from kit.harnesses import HARNESSES, appended, packed, source_of
from kit.harnesses.harness import LEFT_OUT, Places
from tests.harnesses.layouts import LAYOUTS, PROJECT, SESSION, everything, said

if TYPE_CHECKING:
    from pathlib import Path

zstandard = pytest.importorskip("zstandard")
CODEX = next(each for each in LAYOUTS if each.name == "codex")
WORDS = [f"word {number}" for number in range(40)]


def pack(path: Path) -> Path:
    """Compresses a rollout in the way of Codex: the compressed file takes the plain one's place."""
    target = path.with_name(path.name + ".zst")
    target.write_bytes(zstandard.compress(path.read_bytes()))
    path.unlink()
    return target


@pytest.mark.parametrize("limit", [1, 300, 1 << 20])
def test_a_compressed_rollout_is_read_like_a_plain_one(tmp_path: Path, limit: int) -> None:
    CODEX.write(tmp_path, 40)
    plain = CODEX.read(tmp_path)
    pack(CODEX.path(tmp_path))
    source = CODEX.source(tmp_path)
    assert (source.session, source.cwd, source.path.suffix) == (SESSION, str(PROJECT), ".zst")
    steps, records = everything(CODEX, tmp_path, limit=limit)
    assert records == plain.records
    assert steps[-1].end == plain.end
    assert source_of(source.path).session == SESSION


def test_reading_goes_on_where_the_plain_file_was_left(tmp_path: Path) -> None:
    CODEX.write(tmp_path, 30)
    source = CODEX.source(tmp_path)
    before = CODEX.read(tmp_path)
    CODEX.grow(tmp_path, 30, 40)
    pack(CODEX.path(tmp_path))
    for each in (source, CODEX.source(tmp_path)):
        after = HARNESSES["codex"].read(each, before.cursor, limit=1 << 20)
        assert (said(CODEX, after.records), after.notice) == (WORDS[30:], "")
        again = HARNESSES["codex"].read(each, after.cursor, limit=1 << 20)
        assert (again.records, again.start, again.end, again.is_end) == ([], after.end, after.end, True)


def test_the_plain_file_counts_where_both_stand(tmp_path: Path) -> None:
    CODEX.write(tmp_path, 2)
    path = CODEX.path(tmp_path)
    data = path.read_bytes()
    pack(path)
    path.write_bytes(data)
    assert CODEX.source(tmp_path).path == path


def test_other_content_under_the_same_name_is_noticed(tmp_path: Path) -> None:
    CODEX.write(tmp_path, 5)
    pack(CODEX.path(tmp_path))
    before = CODEX.read(tmp_path)
    CODEX.write(tmp_path, 5, first=20)
    pack(CODEX.path(tmp_path))
    after = CODEX.read(tmp_path, before.cursor)
    assert (after.notice, said(CODEX, after.records)) == ("replaced", [f"word {number}" for number in range(20, 25)])


def test_a_bomb_is_stopped_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED", 30 << 20)
    path = tmp_path / "rollout-bomb.jsonl.zst"
    compressor = zstandard.ZstdCompressor().compressobj()
    with path.open("wb") as handle:
        handle.write(compressor.compress(b'{"type":"compacted","payload":{}}\n'))
        for _ in range(100):
            handle.write(compressor.compress(b"0" * (1 << 20)))
        handle.write(compressor.flush())
    assert path.stat().st_size < 100_000
    records, cursor, steps = [], "", 0
    tracemalloc.start()
    try:
        while True:
            chunk = appended.read(path, cursor, limit=1 << 20)
            records, cursor, steps = records + chunk.records, chunk.cursor, steps + 1
            if chunk.is_end:
                break
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert steps < 5
    assert peak < 60 << 20
    assert any(LEFT_OUT in json.loads(each)["type"] for each in records[1:])
    assert appended.read(path, cursor, limit=1 << 20).records == []


def test_a_damaged_file_gives_what_it_has_and_then_says_so(tmp_path: Path) -> None:
    CODEX.write(tmp_path, 40)
    path = pack(CODEX.path(tmp_path))
    whole = zstandard.decompress(path.read_bytes())
    half = zstandard.ZstdCompressor().compress(whole[: len(whole) // 2].rpartition(b"\n")[0] + b"\n")
    path.write_bytes(half + b"\x28\xb5\x2f\xfd" + b"\xff" * 50)
    first = CODEX.read(tmp_path)
    assert said(CODEX, first.records) == WORDS[: len(first.records) - 1]
    assert len(first.records) > 10
    with pytest.raises(InvalidInput, match="damaged"):
        CODEX.read(tmp_path, first.cursor)


def test_a_file_cut_while_it_is_written_waits_for_the_rest(tmp_path: Path) -> None:
    CODEX.write(tmp_path, 40)
    path = pack(CODEX.path(tmp_path))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    first = appended.read(path, "", limit=1 << 20)
    path.write_bytes(data)
    second = appended.read(path, first.cursor, limit=1 << 20)
    assert said(CODEX, first.records + second.records) == WORDS
    assert second.notice == ""


def test_without_the_package_the_failure_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CODEX.write(tmp_path, 2)
    pack(CODEX.path(tmp_path))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    (source,) = HARNESSES["codex"].find(Places(tmp_path, {}), project=None)
    with pytest.raises(InvalidInput, match="zstandard is not installed") as failed:
        HARNESSES["codex"].read(source, "", limit=100)
    assert failed.value.hint == "pip install 'knowledge-kit[zstd]'"
    assert failed.value.code == "no_zstd"
