"""Tells a value that could be a secret from a placeholder, a word or an expression.

Used where only the name beside a value says that it matters (`password = ...`). It looks at shape,
not at meaning: a password that is a plain word is taken for a word.
"""

from __future__ import annotations

import re

# Looked for anywhere in a value, then as the whole of it; both in lower case.
_HINT = re.compile(
    r"example|sample|dummy|place[-_]?holder|redacted|change[-_]?(?:me|it|this)|(?<![a-z])your[-_]|_here\b"
    r"|xxxx|\*\*\*|\.\.\.|…|<[^<>]*>|\$[({\[]|\{\{|\{[\w:.!]*\}|%[sdr(]|://"
)
_STAND_IN = re.compile(
    r"""(?x)
    \$\w.* | %\w+% | @\w+@ | [*&!][a-z_]+ | !!.*
    | (?:arn|op|vault|ssm|env|file|secret|keyring|projects?)[:/].*
    | (?:test|fake|mock|my|the|some|any|no|not|a|an|new|old)? [-_]?
      (?:api|db|user|auth|access|client|private)? [-_]?
      (?:pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|keys?|credentials?|values?|strings?|str|text|testing|test)
      [?!]?
    | (?:required|nullable)\b.*
    | none|null|nil|true|false|undefined|unknown|empty|unset|hidden|masked|optional|default|todo|fixme
    | root|admin|guest|user|postgres|mysql|redis|foo|bar|baz|foobar|bytes|int|any
    | (?:scram[-_]|hmac[-_]|pbkdf2[-_])?
      (?:sha|md|aes|rsa|utf|base|oauth|ed|hs|rs|es|pbkdf|argon|ripemd)[-_]?\d+(?:[-_:]\w{2,6})?
    | 0?1234567?8?9?0? | (?:abc(?:d(?:ef)?)?)[-_]?1234?5?6?
    """
)
_LOOKED_AT = 256  # characters of a value: what stands in for a secret is short
_FILLER = re.compile(r"(?i)x{6}|\.{3}|example|your[-_]|place[-_]?holder|redacted|change[-_]?me|_here\b")
_CLASSES = {"A": str.isupper, "a": str.islower, "0": str.isdigit}
_PIECE = re.compile(r"[A-Za-z0-9]+")
# A word, a short number, or words with numbers: word, Word2, win32file, 2024.
_WORD = re.compile(r"[A-Za-z]*+(?:\d{1,2}[A-Za-z][a-z]{2,}+[A-Za-z]*+)*\d{0,5}")
_HUMP = re.compile(r"[a-z0-9][A-Z]")
_TIME = re.compile(r"(?:19|20)\d{6}|\d{1,4}[TZhdms]\d{0,4}")
_DOTTED = re.compile(r"!*([A-Za-z_$][\w$]*)(?:(?:\??\.|::|->)[A-Za-z_$][\w$]*)+")
_PATH = re.compile(r"(?:[A-Za-z]:)?[.~]{0,2}[/\\][\w.-]+[/\\]")
_SYNTAX = re.compile(r"[\s\[\]{}<>|,\\]")
_SPECIAL = re.compile(r"[^\w./:-]")


def is_placeholder(value: str) -> bool:
    """Says whether a value stands for a secret without being one (`${TOKEN}`, `changeme`, `xxxx`)."""
    low = value[:_LOOKED_AT].lower()
    return len(set(low)) < 3 or bool(_HINT.search(low) or _STAND_IN.fullmatch(low))


def is_filler(body: str) -> bool:
    """Says whether what follows a token's prefix is there to be replaced (`xxxxxx`, `your-key-here`)."""
    return _FILLER.search(body) is not None


def is_mixed(body: str, classes: str) -> bool:
    """Says whether a text holds a character of each class: `A` upper case, `a` lower case, `0` digit."""
    return all(any(map(_CLASSES[one], body)) for one in classes)


def is_random(value: str) -> bool:
    """Says whether a value looks made by a generator: ten characters or more that are not words."""
    if len(value) < 10 or _SYNTAX.search(value) or is_placeholder(value) or is_wordy(value):
        return False
    return is_mixed(value, "a0") or is_mixed(value, "A0") or (len(value) >= 20 and is_mixed(value, "Aa"))


def is_password(value: str, *, even_a_word: bool = False) -> bool:
    """Says whether a value could be a password: six characters or more, and more than letters.

    With `even_a_word` letters suffice: for places where nothing but a password can stand.
    """
    if len(value) < 6 or is_placeholder(value) or is_dotted(value) or _PATH.match(value):
        return False
    return even_a_word or any(map(str.isdigit, value)) or _SPECIAL.search(value) is not None


def is_dotted(value: str) -> bool:
    """Says whether a value reads as an expression like `settings.db.password`."""
    found = _DOTTED.fullmatch(value)
    return found is not None and is_wordy(found[1])


def is_wordy(value: str) -> bool:
    """Says whether a value consists of words, short numbers and times, as names and versions do."""
    return all(map(_is_word, _PIECE.findall(value)))


def _is_word(piece: str) -> bool:
    if not _WORD.fullmatch(piece):
        return _TIME.fullmatch(piece) is not None
    # Six characters to a hump: camel case has that, letters drawn at random have four.
    return len(piece) < 4 or len(_HUMP.findall(piece)) * 6 <= len(piece)
