"""Redacts a private key that a harness has written line by line, each line of it in a record of its own.

The redactor sees one record at a time: it takes the line that begins the block, and the lines after it look like
nothing. Whether a block is open is kept in `meta.json`, so that a key which spans two mirrors is redacted too.
"""

from __future__ import annotations

import re

MARKER = b"[REDACTED:private-key]"
#: Records after which an open block is given up: a key of 16,384 bits has some 200 lines.
LONGEST = 256
_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
#: A whole JSON string of one or more lines of base64; shorter ones could be any word or id.
_LINES = re.compile(
    rb'"((?:\\[nrt]|\s)*(?:[A-Za-z0-9+/]{24,}={0,2}(?:(?:\\[nrt]|\s)+|(?=")))+(?:[A-Za-z0-9+/]{1,64}={0,2}(?:\\[nrt])*)?)"'
)


def redact(original: bytes, redacted: bytes, is_open: int) -> tuple[bytes, int, int]:
    """Returns the record with the lines of an open block replaced, how many were, and for how many records it is open.

    `original` is the record before any redaction, which tells where a block begins and ends; `is_open` is what the
    record before it came to, 0 where no block is open.
    """
    count = 0
    if is_open:
        redacted, count = _LINES.subn(b'"' + MARKER + b'"', redacted)
    if b"PRIVATE KEY" in original:
        begins, ends = _last(_BEGIN, original), _last(_END, original)
        if begins > ends:
            return redacted, count, LONGEST
        if ends >= 0:
            return _END.sub(MARKER, redacted) if is_open else redacted, count, 0
    return redacted, count, max(is_open - 1, 0)


def _last(pattern: re.Pattern[bytes], data: bytes) -> int:
    return max((found.start() for found in pattern.finditer(data)), default=-1)
