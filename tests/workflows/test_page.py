"""The page of a replay in a real browser: it shows, filters, searches, opens, and runs only its own script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.workflows import page, replay
from kit.workflows.replay import Session, Wanted
from tests import browser
from tests.workflows import story
from tests.workflows.story import Writer, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser import Page

pytestmark = pytest.mark.skipif(browser.program() is None, reason="no chromium is installed")
ROWS = "[...document.querySelectorAll('.row .what')].map(e => e.firstChild.textContent)"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser.started(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture
def tab(shared: Page) -> Iterator[Page]:
    """A page that must have said nothing and asked for nothing when the test is over."""
    shared.said.clear()
    shared.asked.clear()
    yield shared
    shared.settle()
    assert shared.said == []
    assert [each for each in shared.asked if not each.startswith("file:")] == []


@pytest.fixture
def day(tmp_path: Path) -> Path:
    return written(tmp_path, *story.sessions(), events=story.day())


def written(folder: Path, *sessions: Session, events: object = ()) -> Path:
    shown = replay.gather(events, sessions, Wanted())  # type: ignore[arg-type]
    file = folder / "replay.html"
    file.write_bytes(page.page(shown, title="shop", made="now")[0])
    return file


def test_it_shows_everything_in_order(tab: Page, day: Path) -> None:
    tab.open(day, height=1400)
    rows = tab.run(ROWS)
    assert rows[0] == "add checkout: Take payments"
    assert rows[-1] == "complete refunds (done)"
    assert len(rows) == 23
    assert tab.run("document.querySelector('#counts').textContent") == "3 agents8 turns15 events3 collisions"
    pixels = "(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v))"
    assert tab.run(f"{pixels}(document.querySelector('#lanes'))")
    assert tab.run("scrollY + document.documentElement.scrollWidth - innerWidth") == 0


@pytest.mark.parametrize("dark", [False, True])
def test_it_follows_the_colours_of_the_system(tab: Page, day: Path, dark: bool) -> None:
    tab.open(day, dark=dark)
    red, *_ = tab.run("getComputedStyle(document.documentElement).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert (red < 60) == dark


def test_search_finds_words_in_all_that_was_said_and_done(tab: Page, day: Path) -> None:
    tab.open(day)
    tab.key("/", "/")
    tab.type("IDEMPOTENCY key")
    assert tab.run(ROWS) == ["Now retries: a charge that timed out must not be made twice",
                             "Take checkout over: ana has been silent for twenty minutes"]  # fmt: skip
    tab.type(" nothing-like-it")
    assert "Nothing passes" in tab.run("document.querySelector('#rows').textContent")
    tab.key("Escape")
    assert len(tab.run(ROWS)) > 10


def test_agents_kinds_and_tasks_filter(tab: Page, day: Path) -> None:
    tab.open(day, height=1400)
    tab.click_on("document.querySelectorAll('#agents button')[1]", shift=True)
    assert set(tab.run("[...document.querySelectorAll('.row .who')].map(e => e.textContent)")) == {"ben"}
    tab.click_on("document.querySelector('#kinds button')")
    assert "Search by price: from and to" not in tab.run(ROWS)
    tab.key("Escape")
    tab.run("(e => { e.value = 'docs'; e.dispatchEvent(new Event('change')) })(document.querySelector('#task'))")
    assert tab.run(ROWS) == ["claim docs", "Write the page about payments", "put coverage.html", "complete docs (done)"]


def test_an_event_opens_by_click_and_by_key(tab: Page, day: Path) -> None:
    tab.open(day)
    tab.click_on("document.querySelectorAll('.row')[2]")
    detail = tab.run("document.querySelector('#detail').innerText")
    assert "charge through the gateway" in detail
    assert "kit:sessions/claude-code/0a0314fb#L1-L14" in detail
    assert "pytest -q tests/test_order.py" in detail
    tab.key("ArrowDown")
    assert tab.run("document.querySelector('.row[aria-selected=true] .what').textContent") == "claim search"
    assert tab.run("document.querySelector('.row[aria-selected=true]').getAttribute('aria-expanded')") == "true"
    tab.key("End")
    assert "complete refunds" in tab.run("document.querySelector('#detail').innerText")


def test_collisions_are_seen_first_and_lead_to_what_collided(tab: Page, day: Path) -> None:
    tab.open(day)
    assert tab.run("document.querySelector('#clashes b').textContent") == "ana and ben both wrote shop/pricing.py"
    tab.click_on("document.querySelector('#clashes button')")
    assert "both wrote shop/pricing.py" in tab.run("document.querySelector('#detail .warn').textContent")
    tab.key("n", "n")
    assert "took checkout over" in tab.run("document.querySelector('#detail .warn').textContent")


def test_a_bar_in_a_lane_can_be_clicked(tab: Page, day: Path) -> None:
    tab.open(day)
    left, top, width = tab.run("(b => [b.x, b.y, b.width])(document.querySelector('#lanes').getBoundingClientRect())")
    tab.click(left + 0.35 * width, top + 26 + 2 * 66 + 18)
    assert "Write the page about payments" in tab.run("document.querySelector('#detail h2').textContent")


def test_zooming_panning_and_playing_do_not_break_it(tab: Page, day: Path) -> None:
    tab.open(day)
    for key in "++-0=n0":
        tab.key(key, key)
    tab.key(" ", " ")
    tab.until("document.querySelector('#now').textContent !== ''")
    tab.until("document.querySelector('.row[aria-selected=true]') !== null")
    tab.key(" ", " ")
    assert tab.run("document.querySelector('#play').textContent") == "Play"


def test_hostile_texts_stay_texts(tab: Page, tmp_path: Path) -> None:
    events = [told(2, story.HOSTILE, "claim", story.HOSTILE, Task=story.HOSTILE, From=story.HOSTILE),
              told(7, "ben", "takeover", story.HOSTILE, Task=story.HOSTILE, From=f"{story.HOSTILE}/x")]  # fmt: skip
    ben = Writer().ask(3, "b").edit(4.5, story.HOSTILE)
    file = written(tmp_path, *story.hostile(), Session("codex/b", "ben", ben.found, ben.cwd), events=events)
    tab.open(file)
    for _ in range(4):
        tab.key("ArrowDown")
        assert tab.run("document.querySelectorAll('#detail img, #detail b b, .row img, #clashes img').length") == 0
    tab.key("n", "n")
    assert "<script>alert(1)</script>" in tab.run("document.body.innerText")
    assert "\u202e" not in tab.run("document.body.innerText")
    assert tab.run("document.querySelectorAll('script').length") == 2


def test_what_is_put_into_the_page_by_force_does_not_run(shared: Page, day: Path) -> None:
    shared.open(day)
    shared.run("document.body.insertAdjacentHTML('beforeend', '<img src=https://example.com/x onerror=alert(1)>')")
    shared.run("(s => { s.textContent = 'window.ran = 1'; document.body.append(s) })(document.createElement('script'))")
    assert shared.run("fetch('https://example.com').then(() => 1, () => 0)") == 0
    assert shared.run("window.ran === undefined")
    assert not [each for each in shared.said if each.startswith("dialog")]


def test_ten_thousand_events_need_few_rows_and_can_be_searched(tab: Page, tmp_path: Path) -> None:
    many = [told(number / 60, f"a{number % 20}", "send", f"send {number}", To="a1") for number in range(10_000)]
    tab.open(written(tmp_path, events=many))
    assert tab.run("document.querySelectorAll('.row').length") < 60
    tab.key("End")
    assert "send 9999" in tab.run(ROWS)
    tab.key("/", "/")
    tab.type("9876")
    assert tab.run(ROWS) == ["send 9876"]


def test_an_empty_page_says_so(tab: Page, tmp_path: Path) -> None:
    tab.open(written(tmp_path))
    assert "nothing happened" in tab.run("document.body.innerText")
    for key in ("ArrowDown", "n", "0", "Escape"):
        tab.key(key)
