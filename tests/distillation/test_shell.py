"""Commands: what of a line of shell makes it the same check again."""

from __future__ import annotations

import pytest

from kit.distillation import edit, failure, prose, runner, same, shell
from kit.harnesses import event as kinds
from kit.harnesses.event import Event


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("cd a && PYTHONPATH=. timeout 60 python3 -m pytest -q t.py 2>&1 | tail -20", ["PYTHONPATH=. pytest -q t.py"]),
        ("mise run fmt && mise run lint", ["mise run fmt", "mise run lint"]),
        ("npx vitest run --reporter=dot > out.txt", ["vitest run --reporter=dot"]),
        ("uv run --frozen pytest", ["pytest"]),
        ("./.venv/bin/mypy kit", ["mypy kit"]),
        ("python - <<'EOF'\nimport os; os.system('pytest')\nEOF", ["python -"]),
        ('pytest -k "a and b"', ["pytest -k 'a and b'"]),
        ("echo 'a && b'; make", ["make"]),
        ("git commit -m 'x; y'", ["git commit -m 'x; y'"]),
        ("pytest 'unclosed", ["pytest ''\"'\"'unclosed'"]),
        ("", []),
    ],
)
def test_a_line_is_told_from_what_is_around_its_commands(line: str, commands: list[str]) -> None:
    assert [each.text for each in shell.commands(line)] == commands


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"command": "make"}, "make"), ({"cmd": ["bash", "-lc", "make all"]}, "make all"),
        ({"command": ["go", "test", "./..."]}, "go test ./..."), ('{"cmd": "ls"}', "ls"), ({"path": "x"}, ""),
        ("*** Begin Patch", ""), ('{"broken', ""), ({"command": 7}, ""),
    ],
)  # fmt: skip
def test_harnesses_name_the_line_in_different_ways(given: object, line: str) -> None:
    assert shell.line_of(given) == line  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("passing", "failing", "covers"),
    [
        ("pytest -q tests/a.py", "pytest tests/a.py -vv 2>&1 | tail", True),
        ("pytest", "pytest tests/a.py::test_x", True),
        ("pytest tests", "pytest tests/a.py", True),
        ("pytest tests/a.py", "pytest tests/b.py", False),
        ("pytest tests/a.py", "pytest", False),
        ("go test ./...", "go test ./cart/...", True),
        ("npm run test", "npm run lint", False),
        ("cargo test", "cargo build", False),
        ("cd a && make", "cd b && make", False),
    ],
)
def test_a_check_covers_the_same_and_what_is_within_it(passing: str, failing: str, covers: bool) -> None:
    assert same.covers(shell.commands(passing)[0], shell.commands(failing)[0]) is covers


@pytest.mark.parametrize(
    ("line", "kind"),
    [("pytest", "test"), ("npm run lint", "style"), ("npm run build:prod", "build"), ("make", "build"),
     ("make test", "test"), ("python manage.py test", "test"), ("./run.sh", "run"), ("ls -la", None),
     ("git status", None),
     ("rm -r x", None), ("sed -i s/a/b/ x", None), ("git push", "git")],
)  # fmt: skip
def test_a_runner_is_known_by_its_words(line: str, kind: str | None) -> None:
    found = runner.runner(shell.commands(line)[0])
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("text", "message", "errors"),
    [
        ("E       KeyError: 'a'\n", "KeyError: 'a'", ("KeyError",)),
        ("src/a.ts(3,5): error TS2345: Argument of type\n", "error TS2345: Argument of type", ("TS2345",)),
        ("error[E0502]: cannot borrow `x` as mutable\n -->"
         " a.rs:1\n", "error[E0502]: cannot borrow `x` as mutable", ("E0502",)),
        ("# shop\n./a.go:149:28: undefined: regexp\nFAIL\n", "./a.go:149:28: undefined: regexp", ()),
        ("Traceback (most recent call last):\n  File \"x\"\na.b.TimeoutError:"
         " late\n", "a.b.TimeoutError: late", ("TimeoutError",)),
        ("npm error code ERESOLVE\nnpm error x\n", "code ERESOLVE", ("ERESOLVE",)),
        ("Error: listen EADDRINUSE: address already in use"
         " :::3000\n", "Error: listen EADDRINUSE: address already in use :::3000",
         ("EADDRINUSE",)),
        ("fatal: refusing to merge unrelated histories\n", "fatal: refusing to merge unrelated histories", ()),
        ("\x1b[31mE   ValueError: no\x1b[0m\n", "ValueError: no", ("ValueError",)),
        ("quiet\n", "", ()),
        ("exec run.sh: exec format error\n", "exec run.sh: exec format error", ()),
    ],
)  # fmt: skip
def test_the_line_that_names_the_fault_is_found(text: str, message: str, errors: tuple[str, ...]) -> None:
    found = failure.read(failure.ends(text))
    assert (found.message, found.errors) == (message, errors)


def test_one_failure_has_one_signature_whatever_path_and_number() -> None:
    one = failure.read("E   OSError: /home/a/x.py:12 at 0x7f00aa is gone")
    two = failure.read("E   OSError: /tmp/b/c/x.py:99 at 0x11 is gone")
    assert one.signature == two.signature


@pytest.mark.parametrize(
    "text",
    ["x" * 3_000_000, "a " * 500_000, ("E   " * 50 + "\n") * 20_000, "=" * 400_000, ("error: " * 80 + "\n") * 5000,
     "\x1b[" * 200_000, "`" * 100_000, "[" * 100_000 + "](" * 100_000, "/a" * 200_000, "(" * 50_000, "\r" * 500_000],
)  # fmt: skip
def test_every_text_is_read_to_its_end_however_it_is_made(text: str) -> None:
    said = failure.ends(text)  # a pattern that goes back and forth would take for ever
    failure.read(said)
    failure.says_failed(said)
    failure.passed(said)
    prose.neutral(text[:2000])
    list(prose.sentences(text))
    shell.commands(text)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (Event(kinds.CALL, 1, tool="Edit", input={"file_path": "a", "old_string": "x", "new_string": "y"}),
         [("a", "x", "y")]),
        (Event(kinds.CALL, 1, tool="edit", input={"path": "a", "edits": [{"oldText": "x", "newText": "y"}]}),
         [("a", "x", "y")]),
        (Event(kinds.CALL, 1, tool="write_file", input={"path": "a", "content": "y"}), [("a", "", "y")]),
        (Event(kinds.CALL, 1, tool="read_file", input={"path": "a", "content": "y"}), []),
        (Event(kinds.CALL, 1, tool="apply_patch", input="*** Begin Patch\n*** Update File: a\n@@\n"
                                                        " c\n-x\n+y\n*** End Patch"),
         [("a", "c\nx", "c\ny")]),
        (Event(kinds.CALL, 1, tool="TodoWrite", input={"todos": [], "content": "x"}), []),
    ],
)  # fmt: skip
def test_an_edit_is_read_whatever_the_tool_calls_its_parts(event: Event, changes: list[tuple[str, str, str]]) -> None:
    assert [tuple(each) for each in edit.edits(event, "")] == changes


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("# A **heading** with `code`", "A heading with `code`"),
        ("See [this](http://x.example) and http://y.example/z.", "See this and `http://y.example/z`."),
        ("Vec<String> and <script>alert(1)</script>", "`Vec<String>` and `<script>alert(1)</script>`"),
        ("1. First\n---\nstatus: stable", "First `---` status: stable"),
        ("@ana and #12 and a_b", "`@ana` and `#12` and `a_b`"),
        ("in /home/maria/work/shop/src/a.py and /etc/hosts", "in `src/a.py` and /etc/hosts"),
        ("zero\u200bwidth \u202eright\u202c \U000e0041tag \x1b[31mred\x1b[0m", "zerowidth right tag red"),
        ("``` and ` and ``", "`and` and"),
        ("> quoted - * + | ~", "quoted"),
    ],
)
def test_prose_holds_no_markup_that_acts(text: str, plain: str) -> None:
    assert " ".join(prose.neutral(text).split()).replace("`-` `*` `+` `|` `~`", "").strip() == plain
