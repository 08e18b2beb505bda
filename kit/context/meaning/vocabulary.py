"""The words that the rules know: English, and nothing but these lists."""

from __future__ import annotations

import re

#: How strongly a sentence binds: not at all, allowed, advised, demanded.
NONE, MAY, SHOULD, MUST = 0, 1, 2, 3
STRENGTHS = ("none", "may", "should", "must")

_STOPPED = """
a an the this that these those is are was were be been being am it its of to in on at by for from with as and or but if
then than so do does did done has have had will would shall must should may can could might ought need needs not never
no none nothing always only also just very too any all every each some there here we you i he she they them us our your
their my me please avoid don't doesn't isn't aren't won't can't cannot shouldn't mustn't didn't wasn't weren't longer
unless except try prefer consider when possible ideally usually generally normally better which who what where into
about again now still yet already let decision decided decide
"""
_COUNTED = "takes took take has holds hold found finds counted equals about exactly roughly keeps"
_MEASURED = "% s ms kb mb gb seconds minutes hours days lines bytes tests tokens times"
_BOUNDED = "most least than below under within up max maximum min minimum over above"
_VAGUELY = """
next step result answer problem issue thing question it this that plan error output reason cause file path name status
state goal task test note todo summary option example line command
"""
STOP, COUNTING, UNITS, BOUNDS, VAGUE = (
    frozenset(words.split()) for words in (_STOPPED, _COUNTED, _MEASURED, _BOUNDED, _VAGUELY)
)


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words).replace(chr(39), '[' + chr(39) + chr(0x2019) + ']')})\b", re.IGNORECASE)


DENIED = _any(
    "not", "never", "no longer", "no", "none", "nothing", "neither", "nor", "without", "cannot", "avoid", "stop",
    "refrain", "forbidden", "prohibited", r"\w{1,12}n't",
)  # fmt: skip
RELEASED = _any(
    "need not", "needn't", "(?:do|does) not (?:need|have) to", "(?:don|doesn)'t (?:need|have) to",
    "(?:not|no longer) (?:required|necessary|needed|mandatory)", "optional(?:ly)?",
)  # fmt: skip
BINDING = (
    (MUST, _any("must", "shall", "always", "never", "required?s?", "mandatory", "have to", "has to", "do not", "don't",
                "cannot", "can't", "forbidden", "prohibited", "under no circumstances", "without exception",
                "needs? to", "may not", "no one may", "only")),
    (SHOULD, _any("should", "ought to", "avoid", "prefer(?:ably|red)?", "recommend(?:ed)?", "try (?:to|not to)",
                  "aim to", "usually", "generally", "normally", "ideally", "better to", "discouraged")),
    (MAY, _any("may", "can", "could", "might", "optional(?:ly)?", "consider", "if possible", "where possible",
               "when possible", "when convenient", "if convenient", "as needed", "feel free", "at your discretion",
               "allowed", "permitted")),
)  # fmt: skip
SOFTENED = _any(
    "if possible", "where possible", "when possible", "when convenient", "if convenient", "where practical", "ideally",
    "if time (?:allows|permits)", "unless", "except", "other than", "apart from",
)  # fmt: skip
DECIDED = _any(
    "decision:?", "decided", "we (?:will|shall) (?:use|keep|take|go|store|write|build)", "we'll (?:use|keep|take|go)",
    "we (?:chose|choose|picked|agreed|settled)", "let's (?:use|go with|keep|take)", "going with", "agreed to",
)  # fmt: skip
TURNED = _any(
    "instead of", "no longer", "rather than", "revert(?:ed|ing)?", "drop(?:ped|ping)?", "reversed?",
    "switch(?:ed|ing)? (?:from|to|back)", "changed? our mind", "not going to", "abandon(?:ed)?", "moved? away from",
    "replaced? by",
)  # fmt: skip
UPPER = _any(
    "at most", "no more than", "under", "below", "within", "max", "maximum", "up to", "less than", "fewer than", "limit"
)
LOWER = _any("at least", "no less than", "no fewer than", "min", "minimum", "over", "above", "(?<!no )more than")
