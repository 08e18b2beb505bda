"""Replaces what a transcript repeats or cannot show by a digest and a size: copies of files, images as base64.

Claude Code writes a file that it has read or changed again beside the tool's result (`toolUseResult.originalFile`,
`toolUseResult.file.content`), and every harness writes images into its lines. Only the value of such a string is
changed, by the bytes: the record stays one line of JSON, so that line numbers hold.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bytes of a value, as written, from which on it is replaced: below, the marker would save little.
SHORTEST = 512
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_SCALARS = rb'(?:\s*"\w+"\s*:\s*(?:' + _STRING + rb"|[\w.+-]+)\s*,)*?"
_COPY = re.compile(
    rb'("originalFile"\s*:\s*|"toolUseResult"\s*:\s*\{' + _SCALARS + rb'\s*"file"\s*:\s*\{' + _SCALARS
    + rb'\s*"content"\s*:\s*)(' + _STRING + rb")", re.DOTALL,
)  # fmt: skip
_DATA = re.compile(rb'("(?:data|base64|bytes|image|imageData|blob)"\s*:\s*")([A-Za-z0-9+/_=-]++)(?=")')
_URI = re.compile(rb"(data:[\w.+-]{1,40}/[\w.+-]{1,80}(?:;[\w=.-]{1,80}){0,4};base64,)([A-Za-z0-9+/_=-]++)")


class Shortened(NamedTuple):
    """A record, and how many bytes of it were replaced in how many places, by kind: `copies`, `images`."""

    record: bytes
    counts: dict[str, int]


def shorten(record: bytes, redacted: Callable[[str], str]) -> Shortened:
    """Returns a record of JSON with what it repeats replaced by `[LEFT OUT: sha256:<hex>, <n> bytes]`.

    The digest of a text is that of the text as `redacted` leaves it: one of the text itself could be used to guess a
    secret in it. That of base64 is the digest of the bytes it stands for. Takes time in proportion to the length.
    """
    counts: dict[str, int] = {}

    def replace(kind: str, found: re.Match[bytes], data: bytes) -> bytes:
        counts[kind] = counts.get(kind, 0) + 1
        counts[f"{kind}_bytes"] = counts.get(f"{kind}_bytes", 0) + len(found[2])
        return f"[LEFT OUT: sha256:{hashlib.sha256(data).hexdigest()}, {len(data)} bytes]".encode()

    def image(found: re.Match[bytes]) -> bytes:
        if len(found[2]) < SHORTEST:
            return found[0]
        return found[1] + replace("images", found, _decoded(found[2]))

    def copy(found: re.Match[bytes]) -> bytes:
        if len(found[2]) < SHORTEST:
            return found[0]
        try:
            text = json.loads(found[2], strict=False)
        except ValueError:
            return found[0]
        return found[1] + b'"' + replace("copies", found, redacted(text).encode("utf-8", "surrogatepass")) + b'"'

    if len(record) < SHORTEST:
        return Shortened(record, counts)
    if b'"originalFile"' in record or b'"toolUseResult"' in record:
        record = _COPY.sub(copy, record)
    if b";base64," in record:
        record = _URI.sub(image, record)
    if any(name in record for name in (b'"data"', b'"base64"', b'"bytes"', b'"image"', b'"imageData"', b'"blob"')):
        record = _DATA.sub(image, record)
    return Shortened(record, counts)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
    except binascii.Error:
        return text
