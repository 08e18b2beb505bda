"""Names a problem: its title, what somebody has who needs it, and what its check is called elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.distillation import prose, runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.distillation.attempt import Problem
    from kit.distillation.explanation import Explained

_TITLE = 100  # characters


def command(problem: Problem, root: str) -> str:
    """Returns the check as it is told in the body: without the settings before it, unless it is very long."""
    text = prose.local(problem.check._replace(setting=()).text, root)
    return text if len(problem.check.words) <= 8 and len(text) <= 90 else named(problem)


def named(problem: Problem) -> str:
    """Returns what the check is called by somebody who has the problem elsewhere: the program, and a telling flag."""
    words = problem.check.words
    flags = [each for each in words if re.fullmatch(r"--?[a-z][a-z-]{2,20}", each) and each not in _DULL]
    return " ".join((*program(problem), *flags[:1]))


_DULL = frozenset(("--quiet", "--verbose", "--run", "--silent", "--color", "--no-color", "--watch", "--ci", "-run"))


def program(problem: Problem) -> tuple[str, ...]:
    words = [each for each in problem.check.words if not each.startswith("-")]
    if words[1:2] == ["run"] and len(words) > 2:
        return tuple(words[:3])
    return tuple(words[: 2 if tuple(words[:2]) in runner.RUNNERS else 1])


def title(explained: Explained | None, message: str, check: str, unlock: str, is_reported: bool = False) -> str:
    """Returns one claim: as much of the explanation as fits and stands alone, else what fails until when."""
    if explained and explained.weight >= 0.5:
        plain = _unspanned(explained.text)
        ends = [len(plain), *(found.start() for found in reversed(list(_CLAUSE.finditer(plain))))]
        for end in ends:
            clause = plain[:end].rstrip(".,;: ")
            if len(clause) <= _TITLE and _stands_alone(clause):
                return inert(clause)
    if is_reported:
        return inert(_short(prose.neutral(message), _TITLE))
    text = f"{check} fails with {_short(_lead(message), _TITLE - len(check) - len(' fails with '))}"
    more = f" until {_lower(_unspanned(unlock).rstrip('.'))}"
    whole = text + more if len(text + more) <= _TITLE else text
    return inert(whole if len(whole) <= _TITLE else whole[:_TITLE].rpartition(" ")[0])


def _short(text: str, room: int) -> str:
    """Returns a text that fits, cut between words and before a parenthesis that it would leave open."""
    if len(text) > room:
        text = text.split(" because ", 1)[0]
        text = text if len(text) <= room else text[: max(20, room)].rpartition(" ")[0]
        if text.count("(") > text.count(")"):
            text = text[: text.rindex("(")]
    return text.rstrip(" .:,(")


def _stands_alone(clause: str) -> bool:
    """Says whether a clause tells something without what is around it: long enough, and about something named."""
    is_specific = re.search(r"\w[A-Z_\-./]\w|\d|[A-Z]{2}|\w\(\)", clause) is not None
    return not _DANGLING.match(clause) and len(clause.split()) >= (8 if is_specific else 10)


_CLAUSE = re.compile(r",? because\b|, so\b|; |,? which\b|,? and then\b|, and\b| \u2014 | - |,? since\b|,? while\b")
_DANGLING = re.compile(
    r"^(?:this|that|it|its|they|these|those|he|she|there|here|both|one|another|also|then|if|when)\b", re.IGNORECASE
)
_MODULE = re.compile(r"^(?:[a-z_]\w*\.)+(?=[A-Z])")
_LEADS = re.compile(r"^(?:\S+?:\d+(?::\d+)?:?\s+)?(?:(?:error|fatal|warning): +)?")


def _lead(message: str) -> str:
    """Returns a message without the place in the code that it begins with."""
    return _MODULE.sub("", _LEADS.sub("", message, count=1)) or message


def description(check: str, message: str, errors: Sequence[str], is_reported: bool = False) -> str:
    if is_reported:
        return inert(f"Use when this is reported: {_short(_unspanned(prose.neutral(message)), 200)}.")
    says = _lead(message)
    says = says if len(says) <= 180 else says[:180].rpartition(" ")[0]
    named = "" if not errors or any(each in says for each in errors) else f" ({errors[0]})"
    return inert(f"Use when {_unspanned(check)} fails with: {says.rstrip(' .:,')}{named}.")[:300]


def _unspanned(text: str) -> str:
    return text.replace("`", "")


def inert(text: str) -> str:
    """Returns a line of front matter in which nothing is markup, a link or a mention where it is shown as Markdown."""
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", text.replace("`", "'")).replace("](", "] (")
    text = re.sub(r"\b[A-Za-z][A-Za-z0-9+.-]{0,20}://|(?<!\w)(?:@(?=\w)|www\.)", "", text)
    return " ".join(text.split())


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
