"""Finds the value that is assigned to a telling name: `password = ...` and its many spellings.

Env files, JSON (also inside a JSON string), YAML, code, headers, URL queries, command line flags and
XML elements. Code that computes a value, placeholders and plain words are left alone.
"""

from __future__ import annotations

import re
import string
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kit.safety.rules import keys, names
from kit.safety.value import is_dotted, is_password, is_placeholder, is_random, is_wordy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.safety.rules import Name

_ANSI = r"(?: (?: \x1b | \\+ (?:u001b|x1b|033|e) ) \[ [0-9;]{0,16} m )"
_QUOTE = r"(?: \\{0,7} [\"'`] | &(?:quot|\#34|\#39|\#x27); | %22 | %27 )"
# What may stand between the keyword and the value, in lower-case text.
_HEAD = rf"""(?x:
    (?: [_-]? (?: key | value | val | base | prod(?:uction)? | stag(?:e|ing) | dev | test | live | primary
        | secondary | main | new | old | confirm(?:ation)? | \d{{1,3}} ) ){{0,3}}+
    (?: {_ANSI}{{1,3}} )?
    {_QUOTE}? \]?
    (?: [ \t]{{0,4}} : [ \t]{{0,4}} [a-z_.\[\]|,\ <>&*?']{{1,60}} [ \t] = [ \t]{{0,16}} (?= [bru]{{0,2}} ["'`] )
      | (?P<pair> (?: , | [ \t]{{0,4}} \\{{0,4}}r?\\?n? )? \s{{0,24}} (?: </key>\s{{0,24}}<string>
          | \\{{0,7}} ["']? (?: value | val | default ) \\{{0,7}} ["']? [ \t]{{0,4}} [:=] [ \t]{{0,4}} ) )
      | [ \t]{{0,16}} (?: [?:|]{{0,2}} = >? (?!=) | : (?![:=]) | \|\|= | %3d | %3a ) (?: \*\* | __ )? [ \t]{{0,16}}
      | (?<=["'`]) [ \t]{{0,8}} , [ \t]{{0,8}} (?= n? [bru]{{0,2}} \\{{0,7}} ["'`] )
      | > (?= [^<>\s]{{1,256}} </ )
      | [ \t]{{1,3}} (?= n? ["'] [^"'\s]{{6,128}} ["'] )
      | (?P<said> [*_`"')\]]{{0,3}} [ \t]{{0,3}} (?: \( (?: currently | now | is )? | \| | (?: is | was | are | equals
            | -{{1,2}} | \u2013 | \u2014 | \u2192 ) (?: [ ] (?: now | still | currently | set[ ]to ) )?
          (?= [ :] ) [ :]? ) [ \t]{{0,3}} [(*_`"']{{0,4}} )
      | (?P<flag> [ \t]{{1,4}} (?= [^\s=:,&|>-] [^\s]{{4}} ) )
    )
    (?: {_ANSI}{{1,3}} )? (?: (?: \\{{0,7}} ["'] )? {_ANSI}{{1,3}} )?
)"""
_VALUE = re.compile(
    r"""(?x)
    (?i:n? (?=["']))? (?i:[bruf]{0,2}) (?:
        \\{1,7} ["'] (?P<escaped> [^"'\\\r\n]{1,1024}+ ) \\{1,7} ["']
      | " (?P<double> (?: [^"\\\r\n\x1b] | \\. ){1,1024}+ ) "
      | ' (?P<single> (?: [^'\\\r\n\x1b] | \\. ){1,1024}+ ) '
      | ` (?P<back> [^`\r\n\x1b]{1,1024}+ ) `
    )
    | (?: &(?:quot|\#34|\#39|\#x27); | %22 | %27 | \\{0,7} ["'`] )? (?P<bare> [^\s"'`\\<>\x1b]{1,1024}+
        (?: [<>] (?= \S{0,64} \d ) [^\s"'`\\<>\x1b/]{2,64}+ (?= \s | $ ) )? )
    """
)
_LONGEST = 8192
_LEFT = 48  # characters of a name before its keyword that are looked at
_IN_NAME = string.ascii_letters + string.digits + "_.-"
_QUALIFIED = re.compile(r"[\w:]:$")  # the name is a part: `AWS::IAM::AccessKey`, `arn:aws:...:secret:`
_INLINE = ("?", "&", ";", ",", "(", "[", "{")
_LINE_END = re.compile(r"[ \t]*(?:#|[\r\n]|\\+[nr]|[\"'`]|$)")
_PROSE = re.compile(r"[ \t]+[a-z]")
_CUT = re.compile(r"[,;&)\]}|]")
# Where a value ends although the word goes on: markup, a form, a colour.
_STOP = re.compile(r"&(?:quot|amp|lt|gt|\#\w{1,5});|[&;,][A-Za-z_][\w.-]{0,40}=|%26|%22|%27|%0[aA]")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NOT_SAID = re.compile(r"[0-9A-Fa-f]{6,64}|[a-z]+[_-][a-z_-]*\d{0,3}")
_HYPHENED = re.compile(r"[A-Za-z]+\d{0,4}(?:[-_/][A-Za-z]*\d{0,4})+")
_DOTTED_NUMBER = re.compile(r"[\dv][\d.,:x%-]*[A-Za-z]{0,4}|\d{1,3}[.:]\d.*")
_BESIDE = "\0"  # after what stands before a name: nothing but a space is between it and the value
_NUMBERED = re.compile(r"[^\s\d]{0,64}\d")
_REST = re.compile(r"[^\s\"'`\\<>,;&)\]}|\x1b]*+")  # of a value that is longer than is looked at
_EXPRESSION = re.compile(r"[({\[]|[A-Za-z_$][\w$.:>-]*+[(\[]")
_LISTED = re.compile(r"^[A-Za-z_$][\w.$-]*[=:(\[{]|[\"(]")  # after a comma: the next of a list, or code


def assigned(name: Name, text: str, folded: str) -> Iterator[tuple[int, int]]:
    """Yields start and end of each value that is assigned to a name; `folded` is the text in lower case."""
    at = folded.find(name.keyword)
    while at >= 0:
        head = _head(name.pattern).match(folded, at)
        before = _before(name, head, folded) if head and _is_worth(head, folded) else None
        at += 1
        if head and before is not None and (found := _VALUE.match(text, head.end())):
            start, end, fits = _judge(name, head, found, before=before)
            if fits:
                yield start, end
            # A value without quotes is read once, whatever names it holds: this keeps time linear.
            if fits or found.lastgroup == "bare":
                at = end
        at = folded.find(name.keyword, at)


@lru_cache(maxsize=4096)
def named(name: str) -> Name | None:
    """Returns the rule for what is called `name`, a whole name as a JSON key is, None where it tells nothing."""
    folded = name.lower().removesuffix("s")  # of a list: `tokens`
    if folded in keys():
        return keys()[folded]
    for rule in names():
        at = folded.find(rule.keyword)
        while at >= 0:
            head = _head(rule.pattern).match(f'"{folded}": ', at + 1)
            if head and head.end() == len(folded) + 4 and _before(rule, head, f'"{folded}": ') is not None:
                return rule
            at = folded.find(rule.keyword, at + 1)
    return None


def is_value(rule: Name, value: str) -> bool:
    """Says whether a whole text could be what is assigned to a name; a text of several words is none."""
    return len(value) <= _LONGEST and not re.search(r"\s", value) and _fits(rule, value)


@cache
def _head(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{pattern}){_HEAD}")


def _is_worth(head: re.Match[str], folded: str) -> bool:
    """Whether a name that only a space parts from the next word needs a closer look: most are words of a sentence."""
    if head["flag"] is None:
        return True
    return _NUMBERED.match(folded, head.end()) is not None or "-" in folded[max(0, head.start() - _LEFT) : head.start()]


def _before(name: Name, head: re.Match[str], folded: str) -> str | None:
    """Returns what stands before a name, or None when it is not the name of a secret after all."""
    left = folded[max(0, head.start() - _LEFT) : head.start()]
    stem = left.rstrip("_-. ")
    if (name.after and not stem.endswith(name.after)) or (name.not_after and stem.endswith(name.not_after)):
        return None
    before = left.rstrip(_IN_NAME)
    is_flag = left[len(before) :].startswith("-")
    if (_QUALIFIED.search(before) and not before.endswith("$env:")) or before.endswith("://"):
        return None
    return before + _BESIDE if head["flag"] and not is_flag else before


def _judge(name: Name, head: re.Match[str], found: re.Match[str], *, before: str) -> tuple[int, int, bool]:
    """Returns where a value starts and ends, and whether it is a secret."""
    group = found.lastgroup or "bare"
    start, end = found.span(group)
    value, text = found[group], found.string
    is_told = head["said"] is not None or before.endswith(_BESIDE)
    if group != "bare":
        is_one = not re.search(r"\s", value) and (not name.is_env or text[head.start() : head.end()][:4].isupper())
        return start, end, is_one and _fits(name, value.removesuffix("\\n")) and (not is_told or _is_odd(value))
    if value.startswith("pass:"):  # openssl -pass pass:...
        start, value = start + 5, value[5:]
    if stop := _STOP.search(value):
        value = value[: stop.start()]
    is_inline = before.endswith(_INLINE)
    is_line = not is_told and not is_inline and not stop and _LINE_END.match(text, end) is not None
    value = value.rstrip(",;:)]}") if is_line else _until_cut(value)
    value = value.rstrip("*_.|") if is_told else value
    end = start + len(value)
    if is_told:
        is_beside = before.endswith(_BESIDE)
        return start, end, (_is_alone(value) if is_beside else _is_odd(value)) and _fits(name, value)
    is_prose = value[:1].isdigit() and is_wordy(value) and _PROSE.match(text, end)
    if is_prose or value.isdigit() or is_dotted(value) or _EXPRESSION.match(value):
        return start, end, False
    is_env = is_line and text[start - 1] == "=" and text[head.start() : head.start() + 3].isupper()
    if (name.is_env and not is_env) or not _fits(name, value, even_a_word=is_env):
        return start, end, False
    rest = _REST.match(text, end) if len(value) == found.end() - found.start(group) else None
    return start, rest.end() if rest else end, True


def _until_cut(value: str) -> str:
    """Returns a value up to what ends it in a list or in brackets, unless it goes on as only a password does."""
    cut = _CUT.search(value)
    if cut is None:
        return value
    tail = value[cut.end() :].rstrip(",;:)]}|.")
    goes_on = re.search(r"\d", tail) and not _LISTED.search(tail) and re.search("[A-Za-z]", value)
    return value.rstrip(",;:)]}|") if goes_on else value[: cut.start()]


def _is_odd(value: str) -> bool:
    """Says whether a value in a sentence is no word of it: letters and digits mixed, not as words with numbers are."""
    if len(value) < 8 or _DOTTED_NUMBER.fullmatch(value) or "/" in value[:2] or _HYPHENED.fullmatch(value):
        return False
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _is_alone(value: str) -> bool:
    """Says whether a value that merely follows a name is one: made by a generator, and no id or digest."""
    if _UUID.fullmatch(value) or _NOT_SAID.fullmatch(value):
        return False
    return _is_odd(value) and is_random(value)


def _fits(name: Name, value: str, *, even_a_word: bool = False) -> bool:
    if name.value == "opaque":
        return len(value) >= 40 and is_random(value)
    if name.value == "password":
        return is_password(value, even_a_word=even_a_word)
    if even_a_word and _is_odd(value) and is_password(value):
        return True
    return is_random(value) or (len(value) == name.length and not is_placeholder(value))
