"""Makes characters visible that a terminal would obey or a reader could not see.

Every text from a record passes here before it is printed: a title may hold an escape sequence, a
note a line that looks like kit's own. What an escape replaced cannot be restored from the result.
"""

from __future__ import annotations

import re
from functools import cache

# Controls, bidirectional and other format controls, zero-width, blank and tag characters, surrogates:
# Unicode 16 categories Cc, Cf (but those with ink), Cs, Zl, Zp, and the letters and marks without ink.
_UNSEEN = (
    "\0-\b\v\f\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Scripts and emoji that need a joiner between two of theirs; anywhere else a joiner only hides something.
_JOINED = "\u0620-\u06ff\u0710-\u088f\u0900-\u109f\u1780-\u17b3\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_HIDDEN = f"[{_UNSEEN}]|\r(?!\n)|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"


def printable(text: str, *, keep_newlines: bool = True) -> str:
    r"""Returns the text with every hidden character as a visible escape (`\x1b`, `\u202e`).

    Tabs stay, and so do line ends (`\n`, `\r\n`) unless `keep_newlines` is false: pass false for what
    must stay one line. Clean text is returned as it is. A second pass changes nothing.
    """
    if _is_plain(text, keep_newlines=keep_newlines):
        return text
    return (_in_text() if keep_newlines else _in_line()).sub(_escape, text)


def hidden(text: str) -> list[tuple[int, str]]:
    """Returns the offset and the escape of each character that `printable` would replace."""
    if _is_plain(text, keep_newlines=True):
        return []
    return [(found.start(), _escape(found)) for found in _in_text().finditer(text)]


def bare(text: str) -> str:
    """Returns the text as one line: terminal sequences and hidden characters gone, each run of blanks one blank.

    For comparing what was quoted with what stands there; what is gone cannot be restored.
    """
    if not _is_plain(text, keep_newlines=True):
        text = _in_text().sub("", without_sequences(text))
    return " ".join(text.split())


def without_sequences(text: str) -> str:
    """Returns the text without the escape sequences of terminals: colours, cursor, titles."""
    return _sequences().sub("", text) if "\x1b" in text or "\x9b" in text else text


def _is_plain(text: str, *, keep_newlines: bool) -> bool:
    """Whether the text is nothing but visible ASCII: most is, and then no pattern need be compiled (10 ms)."""
    return text.isascii() and (text.replace("\n", "") if keep_newlines else text).isprintable()


@cache
def _in_text() -> re.Pattern[str]:
    return re.compile(_HIDDEN)


@cache
def _sequences() -> re.Pattern[str]:
    return re.compile(
        r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c\n]{0,512}(?:\x07|\x1b\\|\x9c)"
        r"|\x1b[ -/]{0,8}[0-~]"
    )


@cache
def _in_line() -> re.Pattern[str]:
    return re.compile(f"[\r\n]|{_HIDDEN}")


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
