"""What every harness promises, whatever its files are: nothing lost, nothing twice, and no failure for content."""

from __future__ import annotations

import json
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.errors import InvalidInput, NotFound
from kit.harnesses import HARNESSES, active, appended, named, source_of
from kit.harnesses.harness import LEFT_OUT
from kit.records import ids
from tests.harnesses.layouts import LAYOUTS, LINES, PROJECT, SESSION, Layout, everything, move_aside, prepare, said

of_all = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda each: each.name)
of_lines = pytest.mark.parametrize("layout", LINES, ids=lambda each: each.name)


@pytest.fixture
def house(tmp_path: Path, layout: Layout) -> Path:
    prepare(layout, tmp_path)
    return tmp_path


def words(start: int, end: int) -> list[str]:
    return [f"word {number}" for number in range(start, end)]


@of_all
def test_a_session_is_found_by_its_project(house: Path, layout: Layout) -> None:
    layout.write(house, 3)
    harness = HARNESSES[layout.harness]
    (found,) = harness.find(layout.places(house), project=PROJECT)
    assert found == harness.find(layout.places(house), project=None)[0]
    assert (found.harness, found.path) == (layout.harness, layout.path(house))
    assert not ids.problem(found.session)
    assert found.size > 0
    assert found.modified > 0
    if layout.harness != "generic":
        assert found.session == SESSION
        assert found.cwd == str(PROJECT)
        assert harness.find(layout.places(house), project=Path("/home/dev/other")) == []


@of_all
def test_where_nothing_lies_nothing_is_found(house: Path, layout: Layout) -> None:
    assert HARNESSES[layout.harness].find(layout.places(house), project=None) == []
    assert active(layout.places(house)._replace(environment={}), PROJECT) is None


@of_all
@pytest.mark.parametrize("limit", [1, 150, 1000])
def test_many_small_steps_read_what_one_reads(house: Path, layout: Layout, limit: int) -> None:
    layout.write(house, 40)
    whole = layout.read(house, limit=1 << 30)
    assert whole.is_end
    steps, records = everything(layout, house, limit=limit)
    assert records == whole.records
    assert said(layout, records) == words(0, 40)
    assert len(steps) > 1
    assert [step.start for step in steps] == [0, *(step.end for step in steps[:-1])]
    assert steps[-1].end == whole.end
    assert all(len(step.cursor) <= 4096 and not step.notice and not step.bad for step in steps)


@of_all
def test_only_what_is_new_is_read_on(house: Path, layout: Layout) -> None:
    layout.write(house, 5)
    before = layout.read(house)
    assert layout.read(house, before.cursor).records == []
    layout.grow(house, 5, 9)
    after = layout.read(house, before.cursor)
    assert (said(layout, after.records), after.notice, after.start) == (words(5, 9), "", before.end)
    again = layout.read(house, after.cursor)
    assert (again.records, again.notice, again.is_end, again.start, again.end) == ([], "", True, after.end, after.end)


@of_all
def test_a_session_that_became_another_is_read_anew_and_said(house: Path, layout: Layout) -> None:
    layout.write(house, 5)
    before = layout.read(house)
    layout.write(house, 6, first=50)
    after = layout.read(house, before.cursor)
    assert (after.notice, after.start) == ("replaced", 0)
    assert said(layout, after.records) == words(50, 56)
    assert layout.read(house, after.cursor).notice == ""


@of_all
def test_a_session_that_was_cut_is_read_anew_and_said(house: Path, layout: Layout) -> None:
    layout.write(house, 9)
    before = layout.read(house)
    layout.write(house, 4)
    after = layout.read(house, before.cursor)
    assert after.notice == ("replaced" if layout.name == "hermes-rows" else "truncated")
    assert said(layout, after.records) == words(0, 4)


@of_all
def test_a_cursor_that_is_none_is_refused_and_one_of_another_kind_means_anew(house: Path, layout: Layout) -> None:
    layout.write(house, 2)
    for cursor in ("x", "[1]", '{"at":', "\0"):
        with pytest.raises(InvalidInput):
            layout.read(house, cursor)
    after = layout.read(house, '{"of":"something else"}')
    assert after.notice == "replaced"
    assert said(layout, after.records) == words(0, 2)


@of_all
def test_a_source_that_is_gone_is_not_found(house: Path, layout: Layout) -> None:
    layout.write(house, 2)
    source = layout.source(house)
    layout.path(house).unlink()
    with pytest.raises(NotFound):
        HARNESSES[layout.harness].read(source, "", limit=100)


@of_all
def test_a_file_is_known_by_its_content_wherever_it_lies(house: Path, layout: Layout) -> None:
    layout.write(house, 3)
    strange = house / ("transcript" + layout.path(house).suffix)
    layout.path(house).rename(strange)
    found = source_of(strange)
    expected = "pi" if layout.name == "openclaw-lines" else layout.harness  # the shape is one
    assert found.harness == expected
    chunk = HARNESSES[found.harness].read(found, "", limit=1 << 20)
    assert said(layout, chunk.records) == words(0, 3)


@of_all
def test_the_newest_session_of_the_project_is_the_active_one(house: Path, layout: Layout) -> None:
    layout.write(house, 2)
    found = active(layout.places(house), PROJECT)
    assert found is not None
    assert found.path == layout.path(house)


@of_all
def test_unknown_records_are_said_and_none_fails(layout: Layout) -> None:
    records = [b'{"type":"from-a-later-version"}', b"{}", b"[1]", b"not json", b'{"type":{"a":[]}}', b'{"type":null}']
    found = list(HARNESSES[layout.harness].events(enumerate(records, 1)))
    assert {each.kind for each in found} == {"other"}
    tools = [each.tool for each in found]
    assert "from-a-later-version" in tools
    assert tools.count("not-json") == 2


@of_all
def test_what_was_left_out_is_an_event_of_its_own(layout: Layout) -> None:
    (found,) = HARNESSES[layout.harness].events([(7, json.dumps({"type": LEFT_OUT, "bytes": 9, "why": "x"}).encode())])
    assert (found.kind, found.tool, found.line) == ("other", LEFT_OUT, 7)


@of_lines
def test_a_torn_last_line_waits_for_its_end(house: Path, layout: Layout) -> None:
    layout.write(house, 3)
    path = layout.path(house)
    whole = path.read_bytes()
    for cut in range(len(whole) - len(layout.lines(2, 3)[0]), len(whole) - 1):
        path.write_bytes(whole[:cut])
        before = layout.read(house)
        assert said(layout, before.records) == words(0, 2)
        assert before.is_end
        assert before.bad == 0
        path.write_bytes(whole)
        after = layout.read(house, before.cursor)
        assert said(layout, after.records) == words(2, 3)
        assert after.notice == ""


@of_lines
def test_a_last_line_that_is_whole_needs_no_line_end(house: Path, layout: Layout) -> None:
    layout.write(house, 3)
    path = layout.path(house)
    path.write_bytes(path.read_bytes()[:-1])
    before = layout.read(house)
    assert said(layout, before.records) == words(0, 3)
    with path.open("ab") as handle:
        handle.write(b"\n" + layout.lines(3, 4)[0] + b"\r\n\r\n")
    after = layout.read(house, before.cursor)
    assert after.records == layout.lines(3, 4)


@of_lines
@pytest.mark.parametrize(
    "bad",
    [b"not json", b'"a text"', b"[1]", b"\0\0\0", b'{"a":', b"\xff\xfe", b"[" * 100_000, b"{" + b'"a":{' * 5_000],
    ids=["words", "text", "list", "nul", "torn", "no-utf-8", "deep-list", "deep-object"],
)
def test_a_bad_line_is_kept_as_it_is_and_counted(house: Path, layout: Layout, bad: bytes) -> None:
    layout.write(house, 2)
    path = layout.path(house)
    with path.open("ab") as handle:
        handle.write(bad + b"\n" + layout.lines(2, 3)[0] + b"\n")
    chunk = layout.read(house)
    assert chunk.bad == 1
    assert chunk.records[-2] == bad
    assert said(layout, chunk.records) == words(0, 3)
    assert chunk.checksum == sha256(path.read_bytes()).hexdigest()


@of_lines
def test_bytes_that_are_no_text_do_not_spoil_a_record(house: Path, layout: Layout) -> None:
    layout.write(house, 1)
    strange = (b"a\xff\xfeb", b"c\\u0000d", b"e\\ud800f", b"g\xed\xa0\x80h")
    spoiled = [layout.lines(at, at + 1)[0].replace(b"word %d" % at, each) for at, each in enumerate(strange, 1)]
    spoiled.append(layout.lines(5, 6)[0][:-1] + b',"timestamp":"x","timestamp":"y"}')
    with layout.path(house).open("ab") as handle:
        handle.write(b"\n".join(spoiled) + b"\n")
    chunk = layout.read(house)
    assert chunk.records[-5:] == spoiled
    assert chunk.bad == 0
    told = said(layout, chunk.records)
    assert told[:4] == ["word 0", "a\ufffd\ufffdb", "c\0d", "e\ufffdf"]
    assert all(each.encode() for each in told)


@of_lines
@pytest.mark.parametrize("limit", [10, 5_000, 1 << 20])
def test_a_line_too_long_is_passed_over_and_said(
    house: Path, layout: Layout, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appended, "MAX_RECORD", 2_000)
    monkeypatch.setattr(appended, "_PIECE", 700)
    layout.write(house, 2)
    long = b'{"type":"user","long":"' + b"x" * 9_000 + b'"}'
    with layout.path(house).open("ab") as handle:
        handle.write(long + b"\n" + layout.lines(2, 3)[0] + b"\n")
    steps, records = everything(layout, house, limit=limit)
    assert said(layout, records) == words(0, 3)
    (left,) = [found for each in records if (found := json.loads(each)).get("type") == LEFT_OUT]
    assert left["bytes"] == len(long)
    assert [step.start for step in steps] == [0, *(step.end for step in steps[:-1])]
    assert steps[-1].end == layout.path(house).stat().st_size


@of_lines
def test_a_line_too_long_that_grows_is_read_once(house: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appended, "MAX_RECORD", 2_000)
    monkeypatch.setattr(appended, "_PIECE", 700)
    layout.write(house, 1)
    path = layout.path(house)
    cursor, end, records = "", 0, []
    for more in (b'{"a":"' + b"x" * 3_000, b"y" * 3_000, b'z"}\n' + layout.lines(1, 2)[0] + b"\n"):
        with path.open("ab") as handle:
            handle.write(more)
        while True:
            chunk = layout.read(house, cursor)
            assert (chunk.start, chunk.notice) == (end, "")
            cursor, end = chunk.cursor, chunk.end
            records += chunk.records
            if chunk.is_end:
                break
        assert end == path.stat().st_size
    assert said(layout, records) == words(0, 2)
    assert json.loads(records[-2])["bytes"] == 6_009


def test_a_line_of_sixty_megabytes_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as handle:
        handle.write(b'{"role":"user","content":"')
        for _ in range(60):
            handle.write(b"x" * (1 << 20))
        handle.write(b'"}\n{"role":"user","content":"word 0"}\n')
    tracemalloc.start()
    try:
        first = appended.read(path, "", limit=1 << 20)
        second = appended.read(path, first.cursor, limit=1 << 20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert json.loads(first.records[0])["bytes"] == (60 << 20) + 28
    assert second.records == [b'{"role":"user","content":"word 0"}']
    assert peak < 40 << 20


@of_lines
def test_a_file_that_was_moved_aside_is_read_to_its_end_before_the_new_one(house: Path, layout: Layout) -> None:
    layout.write(house, 3)
    before = layout.read(house)
    layout.grow(house, 3, 5)
    with layout.path(house).open("ab") as handle:
        handle.write(b'{"torn":')
    move_aside(layout.path(house))
    layout.write(house, 2, first=20)
    rest = layout.read(house, before.cursor)
    assert (said(layout, rest.records), rest.notice, rest.is_end) == (words(3, 5), "", False)
    assert rest.records[-1] == b'{"torn":'
    anew = layout.read(house, rest.cursor)
    assert (said(layout, anew.records), anew.notice, anew.start) == (words(20, 22), "rotated", 0)


def test_a_line_too_long_at_the_end_of_a_file_moved_aside_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appended, "MAX_RECORD", 2_000)
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a":1}\n{"long":"' + b"x" * 5_000)
    cursor = ""
    for _ in range(2):
        chunk = appended.read(path, cursor, limit=1 << 20)
        cursor = chunk.cursor
    assert (chunk.records, chunk.end) == ([], path.stat().st_size)
    move_aside(path)
    path.write_bytes(b'{"b":1}\n')
    rest = appended.read(path, cursor, limit=1 << 20)
    assert json.loads(rest.records[0])["bytes"] == 5_009
    anew = appended.read(path, rest.cursor, limit=1 << 20)
    assert (anew.records, anew.notice) == ([b'{"b":1}'], "rotated")


@of_lines
def test_a_copy_that_took_the_place_of_the_file_is_gone_on_with(house: Path, layout: Layout) -> None:
    layout.write(house, 3)
    before = layout.read(house)
    path = layout.path(house)
    data = path.read_bytes()
    move_aside(path).unlink()
    path.write_bytes(data)
    layout.grow(house, 3, 4)
    after = layout.read(house, before.cursor)
    assert (said(layout, after.records), after.notice) == (words(3, 4), "")


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_however_it_grows_and_is_read_nothing_is_lost_nor_twice(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"")
    parts = data.draw(
        st.lists(st.binary(max_size=40) | st.sampled_from([b"\n", b'{"a":1}', b'{"b":"x"}\n']), max_size=12)
    )
    cursor, end, records = "", 0, []
    for part in [*parts, b"\n"]:
        with path.open("ab") as handle:
            handle.write(part)
        for limit in data.draw(st.lists(st.integers(1, 60), max_size=3)):
            chunk = appended.read(path, cursor, limit=limit)
            assert (chunk.start, chunk.notice) == (end, "")
            cursor, end = chunk.cursor, chunk.end
            records += chunk.records
    while True:
        chunk = appended.read(path, cursor, limit=7)
        records += chunk.records
        cursor = chunk.cursor
        if chunk.is_end:
            break
    assert chunk.end == path.stat().st_size
    text = path.read_bytes()
    assert b"".join(records).split() == b"".join(each.removesuffix(b"\r") for each in text.split(b"\n")).split()


def test_a_harness_that_there_is_none_of_is_not_found() -> None:
    with pytest.raises(NotFound, match="no harness 'emacs'"):
        named("emacs")
    assert all(HARNESSES[name].name == name for name in HARNESSES)


def test_a_file_of_nobodys_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("just words\n")
    with pytest.raises(InvalidInput, match="not a transcript"):
        source_of(tmp_path / "notes.txt")
    with pytest.raises(NotFound):
        source_of(tmp_path / "nothing.jsonl")
