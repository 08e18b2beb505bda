"""What every entry goes through before it is written: the secrets are taken out of all that a person or model wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.context.entry import Entry


class Redactor(Protocol):
    """What `kit.safety.redact.redactor` makes: it replaces secrets, and counts them by kind."""

    @property
    def counts(self) -> Mapping[str, int]: ...

    def text(self, text: str) -> str: ...

    def record(self, data: bytes) -> bytes: ...


def clean(each: Entry, redactor: Redactor) -> Entry:
    """Returns an entry without secrets in its content, its patterns and the settings of its model."""
    retain = tuple({**pattern, "pattern": redactor.text(str(pattern["pattern"]))} for pattern in each.retain)
    return each._replace(
        text=redactor.text(each.text) if each.text else "",
        retain=retain,
        generation=_settings(each.generation, redactor),
    )


def _settings(settings: Mapping[str, Any], redactor: Redactor) -> Mapping[str, Any]:
    if not settings:
        return settings
    found: Any = json.loads(redactor.record(json.dumps(settings).encode()))
    return found if isinstance(found, dict) else {}
