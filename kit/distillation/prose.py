"""Makes plain prose of what a transcript holds: one line, no markup that could act, no path of anybody's machine.

A transcript is hostile. What could be a heading, a link, HTML, a mention or a fence of front matter stands in a code
span or is gone, whoever wrote it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.records import words
from kit.safety.text import bare

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TEXT = 40_000  # characters of one message that are read for sentences
_LONGEST = 1_000  # characters of a sentence
_SPAN = re.compile(r"`([^`\n]{1,160})`")
_STRONG = re.compile(r"\*\*|__(?=\w)|(?<=\w)__")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=\w)|(?<=\w)\*(?![\w*])")
_LINKED = re.compile(r"!?\[([^\]\[]{0,200})\]\([^()\s]{0,500}\)")
_SPECIAL = re.compile(r"[<>\[\]{}*_\\|&~$#@=^`]|://|^www\.|^-+$|^\d+[.)]$|^\++$")
_AROUND = re.compile(r"""^([("'\u201c\u2018]*)(.*?)([)"'\u201d\u2019.,;:!?]*)$""")
_LEAD = re.compile(
    r"^(?:[#>*+|=~\-\u2022\u2013\u2014\s\u2705\u274c\u26a0\ufe0f\U0001f000-\U0001faff]+|\d{1,3}[.)]\s+)+"
)
_SPLIT = re.compile(r"(?<=[.!?])[\"')\u201d]?\s+(?=[A-Z\"'`(\u201c])|(?<=[a-z)`][.!?])(?=(?:Let|Now|We)\s)")
_ABSOLUTE = re.compile(r"(?<![\w.:/~$%})\]\\])(?:~?(?:/[\w.@+\-]+){1,40}|[A-Za-z]:(?:[\\/][\w.@+\-]+){1,40})")
_KEPT = frozenset(("/dev/null", "/etc/hosts", "/dev/stdin", "/dev/stdout", "/dev/tty"))


def neutral(text: str, *, root: str = "") -> str:
    """Returns a text as plain prose on one line; `root` is the folder that paths are told from."""
    text = _LEAD.sub("", bare(text))
    pieces: list[str] = []
    at = 0
    for span in _SPAN.finditer(text):
        pieces += [_plain(text[at : span.start()], root), code(span[1], root=root)]
        at = span.end()
    pieces.append(_plain(text[at:], root))
    line = "".join(pieces).strip()
    return line if not line or line[0] in "`\"'(" or line[0].isalnum() else line.lstrip("-+=>|:;,.!?~ ")


def code(text: str, *, root: str = "", most: int = 0) -> str:
    """Returns a text as a code span; with `most`, at most so many words of it, and `...` where more followed."""
    line = local(bare(text), root).replace("`", "'").strip()
    if not line:
        return ""
    parts = line.split(" ")
    if most and len(parts) > most:
        line = " ".join(parts[:most]) + " ..."
    return f"`{line}`"


def local(text: str, root: str = "") -> str:
    """Returns a text in which paths count from `root`; of other absolute paths the last two names are left."""
    if root and root in text:
        text = text.replace(root.rstrip("/") + "/", "").replace(root, ".")
    return _ABSOLUTE.sub(_last_names, text)


def sentences(text: str) -> Iterator[str]:
    """Yields the sentences of a message as they stand there; code blocks, tables and headings are left out."""
    is_code = False
    for line in text[:MAX_TEXT].split("\n"):
        bare_line = line.strip()
        if bare_line.startswith(("```", "~~~")):
            is_code = not is_code
        elif is_code or not bare_line or bare_line[0] in "#|<" or line.startswith(("    ", "\t")):
            continue
        else:
            yield from (each.strip() for each in _SPLIT.split(bare_line) if each.strip() and len(each) <= _LONGEST)


def within(text: str, limit: int) -> str:
    """Returns the sentences of a text that fit, "" when not even the first does."""
    return words.cut(text, limit)


def closed(text: str) -> str:
    """Returns a sentence that ends as one."""
    text = text.rstrip(" ,;:-\u2013\u2014")
    return text if text.endswith((".", "!", "?")) else text + "."


def _plain(text: str, root: str) -> str:
    text = _LINKED.sub(r"\1", text.replace("`", ""))
    text = _EMPHASIS.sub("", _STRONG.sub("", text))
    return " ".join(_word(word, root) for word in text.split(" "))


def _word(word: str, root: str) -> str:
    if not word or (not _SPECIAL.search(word) and "/" not in word):
        return word
    found = _AROUND.match(word)
    if not found or not found[2]:
        return "" if _SPECIAL.search(word) else word
    if not _SPECIAL.search(found[2]) and local(found[2], root) == found[2]:
        return word
    inner = code(found[2], root=root)
    return f"{found[1]}{inner}{found[3]}" if not _SPECIAL.search(found[1] + found[3]) else inner


def _last_names(found: re.Match[str]) -> str:
    path = found[0].replace("\\", "/")
    names = [each for each in path.split("/") if each]
    if path in _KEPT or len(names) < 2 or (len(names) == 2 and len(names[0]) < 2):
        return found[0]
    return "/".join(names[-2:] if len(names) > 2 else names[-1:])
