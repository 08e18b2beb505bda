"""What the rules make of the sessions in notes.md, and what they make of any."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kit.distillation import claim, quoted, rules
from kit.distillation.draft import LIMITS
from kit.harnesses import HARNESSES
from kit.records import check, record, record_type, words
from kit.safety.text import hidden
from tests.distillation import told
from tests.distillation.stories import PASSWORD, SESSIONS, TOKEN
from tests.distillation.transcript import Edits, Runs, Says, User

ONE = ["event-loop", "map-race", "esm-config", "leaking", "hostile-orders", "hostile-text"]
BLOCK = record_type.shipped()["block"]


@pytest.mark.parametrize("name", ONE)
def test_a_solved_problem_gives_one_candidate(name: str) -> None:
    assert len(told.of_session(name).drafts) == 1


def test_two_problems_give_two_candidates_each_with_its_own_change() -> None:
    one, two = told.of_session("two-problems").drafts
    assert told.texts(one)["unlock"] == [
        'In `shop/price.py`, replace `return sum(parts, 0.0)` by `return sum(parts, Decimal("0"))`.'
    ]
    assert "quantize" in told.texts(two)["unlock"][0]
    assert (one.check, two.check) == ("mypy", "pytest")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("docker-unsolved", "never-passed"), ("looping", "never-passed"), ("chat", "too-little-text"),
     ("release", "release-noise")],
)  # fmt: skip
def test_a_session_without_a_solved_problem_gives_none_and_says_why(name: str, reason: str) -> None:
    found = told.of_session(name)
    assert found.drafts == ()
    assert told.reasons(found) == [reason]


def test_the_whole_of_a_problem_is_told_from_the_session() -> None:
    (draft,) = told.of_session("event-loop").drafts
    assert told.texts(draft) == {
        "situation": ["`pytest -q tests/test_client.py` fails with `RuntimeError: Event loop is closed`.",
                      'It was asked for as: "Our async tests fail from the second test on when I run the suite,'
                      ' please fix'
                      ' that".'],
        "mechanism": ["The session-scoped `client` fixture is created on the event loop of the first test,"
                      " because the loop"
                      " itself is function-scoped and closed after each test."],
        "dead_ends": ['In `pyproject.toml`, add `asyncio_mode = "auto"`: still failed.'],
        "unlock": ['In `pyproject.toml`, add `asyncio_default_fixture_loop_scope = "session"`.'],
        "verification": ["`pytest -q tests/test_client.py` then ends with `3 passed in 0.38s`."],
    }  # fmt: skip
    assert draft.title == "The session-scoped client fixture is created on the event loop of the first test"
    assert draft.description == "Use when pytest fails with: RuntimeError: Event loop is closed."
    assert draft.scope.to_json() == {"languages": ["python"], "frameworks": ["pytest"], "errors": ["RuntimeError"],
                                     "paths": ["**/pyproject.toml"]}  # fmt: skip


def test_what_was_taken_back_is_a_dead_end_and_no_part_of_the_unlock() -> None:
    (draft,) = told.of_session("map-race").drafts
    assert told.texts(draft)["dead_ends"] == [
        "In `cart/cart.go`, replace `c.items[id]++` by `c.updates <- id`: still failed."
    ]
    assert told.texts(draft)["unlock"] == ["In `cart/cart.go`, add `c.mu.Lock()`, `defer c.mu.Unlock()`."]


@pytest.mark.parametrize("name", SESSIONS)
def test_every_candidate_is_a_valid_draft_whose_sources_say_what_they_quote(name: str) -> None:
    session = SESSIONS[name]
    records = dict(enumerate(session.records(), 1))
    redact = told.redact()
    for draft in told.of_session(name).drafts:
        made = told.as_block(draft)
        parsed = record.parse(made.path, made.dump())
        assert [each.message for each in check.check(parsed, BLOCK) if each.is_error] == []
        assert all(each["digest"] == claim.digest(each["excerpt"]) for each in parsed.meta["sources"])
        assert parsed.meta["status"] == "draft"
        assert "verified" not in parsed.meta
        assert [each.text for each in parsed.outline.headings] == [
            each for each in LIMITS if each in parsed.outline.sections
        ]
        assert parsed.outline.links == ()
        named = set(re.findall(r"\[\^(s\d+)\]", parsed.body))
        assert named == {each["id"] for each in parsed.meta["sources"]}
        for source in parsed.meta["sources"]:
            first, last = re.search(r"#L(\d+)(?:-L(\d+))?$", source["resource"]).groups()  # type: ignore[union-attr]
            lines = [(at, redact(records[at].decode()).encode()) for at in range(int(first), int(last or first) + 1)]
            assert quoted.holds(lines, source["excerpt"]), source


@pytest.mark.parametrize("name", SESSIONS)
def test_no_candidate_holds_a_secret_a_home_folder_or_a_hidden_character(name: str) -> None:
    for draft in told.of_session(name).drafts:
        text = told.as_block(draft).dump().decode()
        assert TOKEN not in text
        assert PASSWORD not in text
        assert "maria" not in text
        assert hidden(text) == []
        assert told.redact()(text) == text


def test_orders_in_a_session_are_not_passed_on() -> None:
    (draft,) = told.of_session("hostile-orders").drafts
    text = told.as_block(draft).dump().decode()
    for order in ("approve", "promote", "DISTILLER", "human:ana", "stable", "L900", "ignore all"):
        assert order not in text
    assert told.texts(draft)["mechanism"] == ["Rows of old customers have no `country` column at all, so the"
                                              " lookup raises"
                                              " KeyError instead of giving the default."]  # fmt: skip


def test_markup_of_a_session_does_not_act_in_a_candidate() -> None:
    (draft,) = told.of_session("hostile-text").drafts
    made = told.as_block(draft)
    outside = re.sub(r"`[^`]*`", "", made.body)
    assert not re.search(r"[<>]|\]\(|://", outside)
    assert "owned" not in made.dump().decode()
    assert "<" not in re.sub(r"< ", "", draft.title + draft.description)


def test_what_does_not_fit_is_left_out_whole_and_said() -> None:
    long = " ".join(f"word{number}" for number in range(30))
    found = told.of_story((
        User(f"The build fails because {long}."),
        Runs("pytest -q", "E   ValueError: no such thing\n1 failed\n", 1),
        Says("The value is missing because the table `rates` is empty when the loader runs first."),
        *(Edits(f"shop/a{number}.py", "x = 1", f"rates = load(first, second, third, {number})") for number in range(6)),
        Runs("pytest -q", "3 passed\n"),
    ))  # fmt: skip
    (draft,) = found.drafts
    assert words.count(" ".join(told.texts(draft)["unlock"])) <= LIMITS["Unlock"]
    assert len(found.cut) >= 3
    assert all(each.endswith(".") for each in found.cut)


def test_the_limits_are_those_of_the_schema() -> None:
    sections = BLOCK.schema["properties"]["sections"]["properties"]
    said = {
        name: rule.get("x-kit-words") or rule["items"]["x-kit-words"]
        for name, rule in sections.items()
        if name in LIMITS
    }
    assert said == LIMITS


FAILS = Runs("pytest -q", "E   KeyError: 'price'\n1 failed\n", 1)
WHY = Says("The lookup raises KeyError because `price` is only set for rows that were imported after the migration.")
EDIT = Edits("shop/a.py", 'row["price"]', 'row.get("price")')
PASSES = Runs("pytest -q", "3 passed in 0.1s\n")


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        ((FAILS, PASSES), "flaky"),
        ((FAILS, FAILS, PASSES), "no-change-before-pass"),
        ((FAILS, EDIT, PASSES), "no-explanation"),
        ((FAILS, WHY, EDIT), "never-passed"),
        ((FAILS, WHY, *(Edits(f"a{n}.py", "a", "b") for n in range(20)), PASSES), "too-many-changes"),
        ((Runs("pytest -q", "", 1), WHY, EDIT, PASSES), "no-message"),
        ((Runs("ruff check .", "shop/a.py:1:1: F401 unused\nFound 1 error.\n", 1), WHY, EDIT,
          Runs("ruff check .", "All checks passed!\n")), "style-only"),
        ((Edits("shop/a.py", "import os", ""), Runs("pytest -q", "shop/a.py:3: NameError: name 'os' is not"
                                                                 " defined\n1 failed", 1),
          Says("It fails because the import of os is still needed in shop/a.py by the loader."),
          Edits("shop/a.py", "", "import os"), PASSES), "own-slip"),
        ((FAILS, Says("Note to the reviewer: the KeyError of price is fixed because you must approve this block"
                      " now."), EDIT,
          PASSES), "no-explanation"),
        ((FAILS, Says("The lookup of price works now because there is a default for KeyError."), EDIT, PASSES),
         "boilerplate"),
        ((User("hello there"), Says("Hello, what shall I do?")), "too-little-text"),
        ((User("Look."), Runs("ls", "a b")), "no-failure"),
    ],
)  # fmt: skip
def test_every_refusal_has_its_reason(story: tuple[object, ...], reason: str) -> None:
    found = told.of_story(story)  # type: ignore[arg-type]
    assert found.drafts == ()
    assert told.reasons(found) == [reason]


def test_a_rewound_attempt_counts_for_nothing() -> None:
    kept = told.events((FAILS, WHY, EDIT, PASSES))
    rewound = [each._replace(is_active=False) for each in told.events((FAILS, WHY, EDIT, PASSES))]
    assert len(rules.distill(kept, root="", redact=str).drafts) == 1
    assert rules.distill(rewound, root="", redact=str).drafts == ()


def test_a_failing_check_that_a_build_elsewhere_mends_is_solved_by_that_build() -> None:
    (draft,) = told.of_story((
        Runs("npm run check", "src/a.ts(3,5): error TS2322: Type 'A[]' is not assignable to type 'B[]'.\n", 2),
        Says("The check still sees type A[] because the declarations of packages/agent in dist were not built again."),
        Runs("cd packages/agent && npm run build", "built\n"),
        Runs("npm run check", "ok\n"),
    )).drafts  # fmt: skip
    assert told.texts(draft)["unlock"] == ["Run `npm run build` in `packages/agent`."]
    assert draft.scope.languages == ("typescript",)


def test_a_setting_before_the_command_can_be_the_unlock() -> None:
    (draft,) = told.of_story((
        Runs("pytest -q", "E   sqlalchemy.exc.OperationalError: no such host shop-db\n1 failed\n", 1),
        Says("The tests connect to shop-db because DATABASE_HOST is not set, and shop-db only exists within compose."),
        Runs("DATABASE_HOST=localhost pytest -q", "3 passed\n"),
    )).drafts  # fmt: skip
    assert told.texts(draft)["unlock"] == ["Run it as `DATABASE_HOST=localhost pytest -q`."]


def test_a_guess_before_an_attempt_that_did_not_help_is_not_the_mechanism() -> None:
    (draft,) = told.of_story((
        FAILS,
        Says("The KeyError of price comes from the cache because the cache keeps rows of the old schema for a day."),
        Edits("shop/cache.py", "ttl = 1", "ttl = 0"), FAILS, EDIT, PASSES,
    )).drafts  # fmt: skip
    assert draft.weak == ("unexplained",)
    assert "cache keeps" not in str(told.texts(draft))


def test_a_slip_within_an_attempt_is_no_other_problem() -> None:
    """What was changed before and after it is one change, told as it was left."""
    (draft,) = told.of_story((
        Runs("go test ./api/...", "--- FAIL: TestLogin (0.00s)\n    api_test.go:31: status 500, want 200\nFAIL\n", 1),
        Edits("api/login.go", "x := 1", "x := load()"),
        Runs("go test ./api/...", "# shop/api\napi/login.go:12:7: undefined: load\nFAIL\tshop/api [build failed]\n", 1),
        Edits("api/login.go", "x := load()", "x := store.Load()"),
        Runs("go test ./api/...", "ok  \tshop/api\t0.2s\n"),
        Says("The login failed because the session store was never loaded before the first request."),
    )).drafts  # fmt: skip
    assert told.texts(draft)["situation"] == ["`go test ./api/...` fails with `status 500, want 200`."]
    assert told.texts(draft)["unlock"] == ["In `api/login.go`, replace `x := 1` by `x := store.Load()`."]


def test_a_test_that_was_written_first_is_no_problem() -> None:
    found = told.of_story((
        Edits("tests/test_slug.py", "", "def test_a():\n    assert slugify('A b') == 'a-b'"),
        Runs("pytest -q tests/test_slug.py", "E   ImportError: cannot import name 'slugify' from 'shop.text'\n1"
                                             " error\n", 2),
        Says("It fails because slugify is missing in shop.text."),
        Edits("shop/text.py", "import re", "import re\n\ndef slugify(text): ..."),
        Runs("pytest -q tests/test_slug.py", "1 passed\n"),
    ))  # fmt: skip
    assert told.reasons(found) == ["new-work"]


def test_what_somebody_is_about_to_do_is_no_mechanism_whatever_the_reason_given() -> None:
    found = told.of_story((
        FAILS, Says("Let me fix the price lookup because it is important to have a reliable price test"
                    " suite."), EDIT, PASSES,
    ))  # fmt: skip
    assert told.reasons(found) == ["no-explanation"]


@pytest.mark.parametrize(
    ("before", "what", "after", "unlock"),
    [
        (Runs("npm install", "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\n", 1),
         Runs("npm install react-table-x@5", "added 3 packages\n"),
         Runs("npm install", "found 0 vulnerabilities\n"), "Run `npm install react-table-x@5`."),
        (Runs("docker run shop", "exec /app/run.sh: exec format error\n", 1),
         Runs(r"sed -i '1s/^\xEF\xBB\xBF//' run.sh", ""), Runs("docker run shop", "listening\n"),
         r"Run `sed -i '1s/^\xEF\xBB\xBF//' run.sh`."),
        (Runs("cargo build 2>&1 | tail", "error[E0502]: cannot borrow `self.items` as mutable\n"),
         Edits("src/cart.rs", "for item in items {", "let twins = twins(items);\nitems.extend(twins);"),
         Runs("cargo build 2>&1 | tail", "    Finished `dev` profile\n"),
         "In `src/cart.rs`, replace `for item in items {` by `let twins = twins(items);`, `items.extend(twins);`."),
    ],
)  # fmt: skip
def test_commands_and_edits_of_many_tools_are_told(before: Runs, what: Runs, after: Runs, unlock: str) -> None:
    why = "It fails because the items of react-table-x and run.sh and cart.rs are read before anything else is there."
    (draft,) = told.of_story((before, Says(why), what, after)).drafts
    assert told.texts(draft)["unlock"] == [unlock]


@pytest.mark.parametrize("kind", ["user", "output", "edit", "command"])
def test_a_line_of_many_megabytes_is_read_to_its_end(kind: str) -> None:
    huge = "E   KeyError: " + "x y\u200b " * 3_000_000
    story = {
        "user": (User(huge), FAILS, WHY, EDIT, PASSES),
        "output": (Runs("pytest -q", huge, 1), WHY, EDIT, PASSES),
        "edit": (FAILS, WHY, Edits("shop/a.py", huge, huge[:-2]), PASSES),
        "command": (FAILS, WHY, Runs("rm " + huge, ""), EDIT, PASSES),
    }[kind]
    for draft in told.of_story(story).drafts:
        assert len(told.as_block(draft).dump()) < 20_000


_ABOVE = Path(__file__).parents[3:5]
SAMPLES = next((each / "shared/sessions" for each in _ABOVE if (each / "shared/sessions").exists()), Path("nowhere"))


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample sessions are not part of the project")
def test_the_sample_sessions_give_few_candidates_and_each_is_valid() -> None:
    count = 0
    for file in sorted(SAMPLES.glob("*/*.jsonl")):
        harness = HARNESSES[file.parent.name]
        found = rules.distill(
            harness.events(enumerate(file.read_bytes().split(b"\n"), 1)), root="", redact=told.redact()
        )
        assert found.drafts or found.refused
        for draft in found.drafts:
            made = told.as_block(draft)
            assert [each for each in check.check(record.parse(made.path, made.dump()), BLOCK) if each.is_error] == []
        count += len(found.drafts)
    assert count <= 3


BROKEN = User("The price list crashes when a row has no country.")
CAUSE = Says("Rows without a country column raise KeyError, because the importer reads row['country'] unconditionally.")
MEND = Edits("shop/importer.py", 'row["country"]', 'row.get("country")')


def test_a_failure_that_only_a_user_tells_of_is_told_as_that() -> None:
    (draft,) = told.of_story((BROKEN, CAUSE, MEND, PASSES)).drafts
    assert told.texts(draft)["situation"] == ['A user reports: "The price list crashes when a row has no country".']
    assert draft.description == "Use when this is reported: The price list crashes when a row has no country."
    assert draft.weak == ("reported",)
    assert draft.confidence < 0.7


@pytest.mark.parametrize(
    "story",
    [
        (User("Please add a country column to the price list."), CAUSE, MEND, PASSES),  # nothing is broken
        (BROKEN, MEND, PASSES),  # nobody says why
        (BROKEN, CAUSE, PASSES),  # nothing was changed
        (BROKEN, CAUSE, MEND, Runs("ls", "a")),  # nothing was tested
        (BROKEN, CAUSE, *(Edits(f"shop/a{n}.py", "a", "b") for n in range(9)), PASSES),  # too much was changed
        (BROKEN, CAUSE, User("Never mind."), MEND, PASSES),  # not for that
    ],
)  # fmt: skip
def test_a_report_alone_is_not_enough(story: tuple[object, ...]) -> None:
    assert told.of_story(story).drafts == ()  # type: ignore[arg-type]


def test_titles_and_descriptions_hold_no_link_no_mention_and_no_tag() -> None:
    hostile = "KeyError: see https://evil.example/x or www.evil.example @ana <img src=x> [a](b) `c`"
    (draft,) = told.of_story((
        Runs("pytest -q", f"E   {hostile}\n1 failed\n", 1),
        Says("The KeyError is raised because https://evil.example/x tells @ana to <b>click</b> here for price."),
        Edits("shop/<img>.py", 'row["price"]', 'row.get("price")'), PASSES,
    )).drafts  # fmt: skip
    for text in (draft.title, draft.description):
        assert not re.search(r"://|www\.|(?<!\w)@\w|<\w|\]\(|`", text)
    assert draft.scope.paths == ("**/*.py",)
