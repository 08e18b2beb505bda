"""Why nothing was distilled from a failure, or from a session: every reason has a name and a sentence."""

from __future__ import annotations

NO_FAILURE = "no-failure"
NEVER_PASSED = "never-passed"
NO_CHANGE = "no-change-before-pass"
FLAKY = "flaky"
CHANGED = "no-message"
OWN_SLIP = "own-slip"
NEW_WORK = "new-work"
NO_EXPLANATION = "no-explanation"
STYLE_ONLY = "style-only"
TOO_LITTLE_TEXT = "too-little-text"
TOO_LARGE = "too-many-changes"
RELEASE_NOISE = "release-noise"
BOILERPLATE = "boilerplate"
INTERRUPTED = "interrupted"
LOW_CONFIDENCE = "low-confidence"
REPEATED = "repeated"
HOSTILE = "hostile"
UNSUPPORTED = "unsupported"
INVALID = "invalid"
REJECTED = "rejected"

REASONS = {
    NO_FAILURE: "No command failed whose passing would have shown that something was solved.",
    NEVER_PASSED: "What failed did not pass again in this session.",
    NO_CHANGE: "It failed several times and passed in the end, and nothing was changed before that.",
    FLAKY: "It failed once and passed without a change: the session does not tell why.",
    CHANGED: "It failed without a line that says why, so nobody could recognise it.",
    OWN_SLIP: "The session's own edit broke it and the next one mended it: nobody else meets this.",
    NEW_WORK: "The session wrote the test before what it tests: its failing was how the work began.",
    NO_EXPLANATION: "The session does not say why it failed, and tried nothing else: a change alone teaches little.",
    STYLE_ONLY: "A formatter or a linter complained of style.",
    TOO_LITTLE_TEXT: "What could be said of it is too short to be of use.",
    TOO_LARGE: "So much was changed before it passed that what helped cannot be told.",
    RELEASE_NOISE: "It tells of a push, a release or a count of tests, not of a problem.",
    BOILERPLATE: "It is a phrase that any session has.",
    INTERRUPTED: "The session was stopped, or the user refused the change.",
    LOW_CONFIDENCE: "Too few signs say that the change is what solved it.",
    REPEATED: "Another candidate of this session says the same.",
    HOSTILE: "It gives orders to whoever reads it.",
    UNSUPPORTED: "The model claimed what does not stand in the session.",
    INVALID: "It does not pass the checks that every block passes.",
    REJECTED: "A person has rejected this problem as knowledge before, and said why.",
}
