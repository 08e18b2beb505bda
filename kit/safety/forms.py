"""The forms in which one secret can stand in files: as it is, escaped in JSON, in base64, in a URL."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

#: Bytes below which a text is no secret that can be told from other text.
SHORTEST = 6
_SHORTEST_CODED = 8


def forms(secret: bytes) -> list[bytes]:
    """Returns the byte strings to look for, the longest first: one can hold another."""
    text = secret.decode("utf-8", "surrogateescape")
    found = {secret}
    for ascii_only in (False, True):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        twice = json.dumps(once, ensure_ascii=ascii_only)[1:-1]
        found |= {each.encode("utf-8", "surrogateescape") for each in (once, twice, once.replace("/", "\\/"))}
    found |= {quote(secret, safe="").encode(), quote_plus(secret).encode(), secret.hex().encode()}
    found.add(secret.hex().upper().encode())
    for coded in _base64(secret):
        found |= {coded, coded.translate(bytes.maketrans(b"+/", b"-_"))}
    return sorted(found, key=lambda each: (-len(each), each))


def _base64(secret: bytes) -> list[bytes]:
    """Returns what is sure of its base64 wherever in a longer text it begins: the characters no neighbour shares."""
    found = []
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + secret)
        first = (8 * before + 5) // 6
        last = 8 * (before + len(secret)) // 6
        if last - first >= _SHORTEST_CODED:
            found.append(coded[first:last])
    return found
