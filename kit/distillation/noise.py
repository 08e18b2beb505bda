"""What looks like knowledge and is none: release noise, phrases that any session has, and orders to the reader.

An order is not taken for a fault of the session: it may be what the session is about. It is not distilled by rules.
"""

from __future__ import annotations

import re

_RELEASE = re.compile(
    r"\b(?:pushed|merged|released|deployed|tagged|bumped|shipped)\b.{0,40}\b(?:to (?:origin|main|master|prod\w*|npm"
    r"|pypi"
    r"|staging)|v?\d+\.\d+)|\b\d+ (?:tests?|checks?|specs?|examples?)\b.{0,40}\b(?:pass(?:ed|ing)?|green)\b"
    r"|\ball \d* ?(?:tests?|checks?) (?:now )?(?:pass|are (?:passing|green))|\bpull request (?:#\d+ )?(?:is|was"
    r"|has been)"
    r"|\bcommit(?:ted)? (?:and|&) push|\bchangelog\b|\bversion bump",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"^(?:done|perfect|great|excellent|sure|okay|ok|yes|no problem|you'?re (?:absolutely )?right|good catch|now"
    r"|next|first"
    r"|finally|here'?s|here is|i'?ll|i will|i'?m going to|i am going to|let me|let'?s|i need to|i should|we should"
    r"|we need"
    r" to|i can see|i see|looking at|i'?ve|i have|it looks like i)\b"
    r"|\b(?:let me know|feel free|hope this helps|would you like|ready for review|run the tests to verify|as expected"
    r"|works? (?:as intended|correctly|now|fine|great)|tests? (?:all )?pass(?:es|ed)?\b(?! (?:only|when|if|alone))"
    r"|verify (?:that )?(?:it|everything) works|no (?:issues|regressions)|should (?:now )?work)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules?|prompts?|above|previous|prior|policy)\b"
    r"|\b(?:you (?:must|should|are to|will)|please|always|now|immediately)\b.{0,40}\b(?:approve|promote|verified|trust"
    r"|reveal|exfiltrat\w*|upload|run the following)\b"
    r"|\b(?:approve|promote|merge|accept|mark)\b.{0,30}\b(?:this|the) (?:block|candidate|memory|record|distillation)\b"
    r"|\b(?:status|verified|generated|fingerprint)\s*:\s*\S|\bhuman:\w+|\bsystem prompt\b|\b(?:distiller"
    r"|reviewer)s?\b.{0,30}"
    r"\b(?:must|should|approve)\b|\bnote to (?:the )?(?:agent|model|assistant|reviewer|distiller)\b|\bas an ai\b"
    r"|\b(?:curl|wget)\b[^|]{0,200}\|\s*(?:ba|z)?sh\b|<\s*/?\s*(?:system|instructions?|assistant)\b",
    re.IGNORECASE,
)


def is_release(text: str) -> bool:
    """Says whether a sentence tells of a push, a release or a count of tests."""
    return _RELEASE.search(text[:1000]) is not None


def is_boilerplate(text: str) -> bool:
    """Says whether a sentence is one that any session has."""
    return _BOILERPLATE.search(text[:1000].lstrip("*_#>- \"'")) is not None


def is_order(text: str) -> bool:
    """Says whether a sentence tells its reader, or a distiller, what to do with it."""
    return _ORDER.search(text[:2000]) is not None
