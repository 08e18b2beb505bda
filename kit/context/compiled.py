"""What was compiled: the bytes that are sent, and the account of them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Compiled(NamedTuple):
    """What is sent, byte for byte, and the account of it (`kit.context.compile.account_of` says what stands in it)."""

    data: bytes
    account: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The digest of the bytes, as compile records keep it."""
        return "sha256:" + hashlib.sha256(self.data).hexdigest()

    @property
    def value(self) -> Any:
        """What is sent as the API's client takes it: `{"messages": [...]}`, with `system` where there is one.

        Of the format `text` it is the text.
        """
        return self.data.decode() if self.account["options"]["format"] == "text" else json.loads(self.data)
