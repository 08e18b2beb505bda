"""Changes of one sentence, with what they do to its meaning or with nothing: the corpus of `diff --semantic`.

Where it comes from: written by hand for this test, after the ways in which instructions of agents are edited (a limit
raised, a `must` made a `should`, an exception added) and in which threads go on (a fact corrected, a plan dropped). The
second list are edits that must not be reported: typing, order, layout, and statements that merely follow each other.
What the rules are known not to see stands in the third list, with what they say instead: a paraphrase without any word
of theirs, another language, irony. The lists are no sample of real edits, so no rate is claimed from them.
"""

from __future__ import annotations

from kit.context.meaning.finding import (
    ADDED,
    CHANGED,
    CONTRADICTED,
    DECISION,
    REMOVED,
    REVERSED,
    STRENGTHENED,
    WEAKENED,
)

#: Role, before, after ("" for nothing), the kind that must be found, and a word that it must name ("" for any).
CHANGES = [
    (
        "system",
        "You must run the tests before a commit.",
        "You should run the tests before a commit.",
        WEAKENED,
        "should",
    ),
    (
        "system",
        "Always run the linter on changed files.",
        "Run the linter on changed files if possible.",
        WEAKENED,
        "if possible",
    ),
    ("system", "Never push to main.", "Avoid pushing to main.", WEAKENED, "avoid"),
    ("system", "Do not edit generated files.", "Try not to edit generated files.", WEAKENED, "try not to"),
    ("system", "Run the whole suite before pushing.", "You may run the whole suite before pushing.", WEAKENED, "may"),
    (
        "system",
        "Every function must have a docstring.",
        "A docstring for a function is optional.",
        WEAKENED,
        "optional",
    ),
    (
        "system",
        "You must ask before deleting a branch.",
        "You need not ask before deleting a branch.",
        WEAKENED,
        "need not",
    ),
    (
        "system",
        "Never force-push to a shared branch.",
        "Never force-push to a shared branch unless asked.",
        WEAKENED,
        "unless",
    ),
    ("system", "Keep functions under 40 lines.", "Keep functions under 80 lines.", WEAKENED, "80 lines"),
    ("system", "Retry at most 3 times.", "Retry at most 10 times.", WEAKENED, "10 times"),
    ("system", "Coverage must be at least 90%.", "Coverage must be at least 70%.", WEAKENED, "70%"),
    ("system", "Never spend more than 20 dollars.", "Never spend more than 50 dollars.", WEAKENED, "50 dollars"),
    (
        "user",
        "Never commit secrets to the repository.",
        "Avoid committing secrets to the repository.",
        WEAKENED,
        "avoid",
    ),
    (
        "system",
        "You should run the tests before a commit.",
        "You must run the tests before a commit.",
        STRENGTHENED,
        "must",
    ),
    ("system", "Keep functions under 80 lines.", "Keep functions under 40 lines.", STRENGTHENED, "40 lines"),
    ("system", "Use tabs unless told otherwise.", "Use tabs.", STRENGTHENED, "unless"),
    ("system", "You must log every request body.", "You must not log every request body.", REVERSED, "not"),
    ("system", "Never open pull requests on your own.", "Always open pull requests on your own.", REVERSED, "never"),
    ("system", "Don't rewrite the history of a branch.", "Rewrite the history of a branch.", REVERSED, "don't"),
    ("system", "Answer in English. Never push to main.", "Answer in English.", REMOVED, "never"),
    ("user", "Fix the parser. You must not touch the lexer.", "Fix the parser.", REMOVED, "must"),
    ("system", "Answer in English.", "Answer in English. Never push to main.", ADDED, "never"),
    ("system", "Indent Python files with tabs.", "Indent Python files with spaces.", CHANGED, "spaces"),
    (
        "system",
        "Open pull requests against the branch develop.",
        "Open pull requests against the branch main.",
        CHANGED,
        "main",
    ),
    ("system", "Wait 30 seconds between requests.", "Wait 5 seconds between requests.", CHANGED, "5 seconds"),
    ("assistant", "The parser keeps comments.", "The parser does not keep comments.", CONTRADICTED, "not"),
    ("assistant", "The tests on Windows don't pass.", "The tests on Windows pass.", CONTRADICTED, "don't"),
    ("assistant", "The default branch is main.", "The default branch is develop.", CONTRADICTED, "develop"),
    ("assistant", "max_retries = 3", "max_retries = 5", CONTRADICTED, "5"),
    ("assistant", "The cache holds 16 files.", "The cache holds 64 files.", CONTRADICTED, "64 files"),
    ("assistant", "A request takes about 300 ms.", "A request takes about 900 ms.", CONTRADICTED, "900 ms"),
    ("assistant", "Timeout: 30 s", "Timeout: 60 s", CONTRADICTED, "60 s"),
    ("assistant", "Decision: use SQLite for the index.", "Decision: use Postgres for the index.", DECISION, "postgres"),
    ("assistant", "We decided to keep the old API.", "We decided not to keep the old API.", DECISION, "not"),
    (
        "assistant",
        "We will use a queue for the mails.",
        "We will no longer use a queue for the mails.",
        DECISION,
        "no longer",
    ),
    (
        "assistant",
        "We chose YAML for the settings.",
        "We chose TOML instead of YAML for the settings.",
        DECISION,
        "instead of",
    ),
]

#: Sentences that stay, and one that comes later in an entry of its own; what must be found of that.
LATER = [
    ("The parser keeps comments in the tree.", "The parser does not keep comments in the tree.", CONTRADICTED),
    ("The default branch is main.", "The default branch is develop.", CONTRADICTED),
    ("We decided to store sessions in SQLite.", "We no longer store sessions in SQLite.", DECISION),
    ("Decision: use a queue for mails.", "Let's switch back and drop the queue for mails.", DECISION),
]

#: Role, before, after: nothing must be found.
SAME = [
    ("system", "Never push to main.", "Never push to `main`."),
    ("system", "- Run the tests.\n- Keep it short.", "1. Keep it short.\n2. Run the tests."),
    ("system", "You must run the tests.  Never push.", "You must run the tests.\nNever push."),
    ("system", "Never push to main.", "**Never** push to main."),
    ("system", "Don't edit generated files.", "Do not edit generated files."),
    ("system", "You must run the tests.", "You have to run the tests."),
    ("system", "Run tests before a commit.", "Before a commit, run tests."),
    ("assistant", "The parser keeps comments.", "The parser keeps the comments."),
    ("assistant", "I looked at the lexer.", "I have looked at the lexer."),
    ("assistant", "I read the file first.", "First, I read the file."),
    ("assistant", "It fails on nested lists.", "It is failing on nested lists."),
    ("assistant", "Does the parser keep comments?", "Doesn't the parser keep comments?"),
    ("assistant", "We decided to use SQLite.", "We decided: use SQLite."),
    ("user", "Please look at the parser.", "Please look at the parser again."),
    ("user", "Why does it fail?", "Why does the parser fail?"),
]

#: Said one after the other, in entries of their own: nothing must be found.
FOLLOWING = [
    ("Step 1 of the plan is done.", "Step 2 of the plan is done."),
    ("Test 3 passed.", "Test 4 passed."),
    ("I will look at the lexer.", "I will look at the parser."),
    ("The next step is the lexer.", "The next step is the parser."),
    ("File: a.py", "File: b.py"),
    ("The error is in line 12.", "The error is in line 40."),
    ("Does the parser keep comments?", "The parser does not keep comments."),
    ("It works now.", "It does not work on Windows."),
    ("Version 1 of the file format.", "Version 2 of the file format."),
    ("I ran the tests.", "I did not run the linter."),
]

#: Changes of meaning that the rules do not see, or take for another.
UNSEEN = [
    ("system", "Never push to main.", "Whoever wants to can update it at any time.", {REMOVED, ADDED}),
    ("system", "Niemals nach main pushen.", "Nach main pushen ist erlaubt.", {REMOVED, ADDED, CHANGED}),
    ("assistant", "The parser keeps comments.", "Comments are lost in parsing.", set()),
    ("assistant", "The build is green.", "The build is broken on Windows.", {CONTRADICTED}),
]
