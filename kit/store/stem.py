"""Reduces an English word to its stem, by the Snowball "English" (Porter2) algorithm.

Whoosh's own default leaves doubled consonants ("running" -> "runn"), so that a word does not find its
own forms; and importing its Snowball brings fourteen languages with it.
Source of the rules: https://snowballstem.org/algorithms/english/stemmer.html
"""

from __future__ import annotations

import re

_WHOLE_WORDS = {
    "skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl",
    "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl",
    "sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias",
    "andes": "andes",
}  # fmt: skip
_KEPT_AFTER_PLURAL = frozenset(("inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"))
_STEP2 = {
    "ization": "ize", "ational": "ate", "fulness": "ful", "ousness": "ous", "iveness": "ive",
    "tional": "tion", "biliti": "ble", "lessli": "less", "entli": "ent", "ation": "ate", "alism": "al",
    "aliti": "al", "ousli": "ous", "iviti": "ive", "fulli": "ful", "enci": "ence", "anci": "ance",
    "abli": "able", "izer": "ize", "ator": "ate", "alli": "al", "bli": "ble", "ogi": "og", "li": "",
}  # fmt: skip
_STEP3 = {
    "ational": "ate", "tional": "tion", "alize": "al", "icate": "ic", "iciti": "ic", "ative": "",
    "ical": "ic", "ness": "", "ful": "",
}  # fmt: skip
_STEP4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize",
    "ion", "al", "er", "ic",
)  # fmt: skip


def _ending(endings: object) -> re.Pattern[str]:
    # The alternatives stand longest first, and a search from the left finds the longest anyway.
    return re.compile(f"(?:{'|'.join(endings)})$")  # type: ignore[arg-type]


_END2, _END3, _END4 = _ending(_STEP2), _ending(_STEP3), _ending(_STEP4)
_VOWEL = re.compile("[aeiouy]")
_REGION = re.compile("[aeiouy][^aeiouy]")
_LONG_PREFIX = re.compile("gener|commun|arsen")
_CONSONANT_Y = re.compile("^y|(?<=[aeiouy])y")
_SHORT_END = re.compile("(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$")
_PAST = re.compile("(?:eedly|eed|ingly|edly|ing|ed)$")
_DOUBLE = re.compile("(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$")


def stem(word: str) -> str:
    """Returns the stem of a lower-case word of ASCII letters without apostrophes."""
    if len(word) < 3:
        return word
    if (known := _WHOLE_WORDS.get(word)) is not None:
        return known
    if "y" in word:
        word = _CONSONANT_Y.sub("Y", word)
    r1, r2 = _regions(word)
    word = _plural(word)
    if word in _KEPT_AFTER_PLURAL:
        return word
    word = _past(word, r1)
    if len(word) > 2 and word[-1] in "yY" and word[-2] not in "aeiouy":
        word = word[:-1] + "i"
    word = _suffixes(word, r1, r2)
    return word.replace("Y", "y")


def _regions(word: str) -> tuple[int, int]:
    long_prefix = _LONG_PREFIX.match(word)
    first = long_prefix or _REGION.search(word)
    r1 = first.end() if first else len(word)
    second = _REGION.search(word, r1)
    return r1, second.end() if second else len(word)


def _plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")) and _VOWEL.search(word, 0, len(word) - 2):
        return word[:-1]
    return word


def _past(word: str, r1: int) -> str:
    found = _PAST.search(word)
    if found is None:
        return word
    start = found.start()
    if found.group().startswith("ee"):
        return word[: start + 2] if start >= r1 else word
    if not _VOWEL.search(word, 0, start):
        return word
    word = word[:start]
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if _DOUBLE.search(word):
        return word[:-1]
    return word + "e" if len(word) <= r1 and _SHORT_END.search(word) else word


def _suffixes(word: str, r1: int, r2: int) -> str:
    found = _END2.search(word)
    if found and found.start() >= r1:
        end, before = found.group(), word[: found.start()]
        if not (end == "ogi" and before[-1] != "l") and not (end == "li" and before[-1] not in "cdeghkmnrt"):
            word = before + _STEP2[end]
    found = _END3.search(word)
    if found and found.start() >= (r2 if found.group() == "ative" else r1):
        word = word[: found.start()] + _STEP3[found.group()]
    found = _END4.search(word)
    if found and found.start() >= r2 and not (found.group() == "ion" and word[found.start() - 1] not in "st"):
        word = word[: found.start()]
    last = len(word) - 1
    if word.endswith("e") and (last >= r2 or (last >= r1 and not _SHORT_END.search(word, 0, last))):
        return word[:-1]
    return word[:-1] if word.endswith("ll") and last >= r2 else word
