"""Takes secrets out of what people, agents and programs write, before it is written anywhere.

`redacted` is for one text by the shipped rules; a `Redactor` adds what a project and its environment know, reads JSON
records, and counts. It is no proof that nothing is left: docs/redaction.md says what is not found. The rules are
loaded only when there is something to redact: they take 5 ms of a claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kit.config import Config
    from kit.safety.redactor import Redactor


def redacted(text: str) -> str:
    """Returns the text without the secrets that the shipped rules know."""
    if not text:
        return ""
    from kit.safety import secrets

    return secrets.redact(text)[0]


def redactor(
    config: Config,
    *,
    environment: Mapping[str, str] | None = None,
    env_files: Iterable[bytes] = (),
    home: str = "",
    is_personal: bool = True,
) -> Redactor:
    """Returns the redactor of a project: its `[redaction]` rules, and the secrets its environment holds.

    `home` is a home folder beside those that are known by their shape; with `is_personal` false paths stay as they
    are. Raises InvalidInput for a rule that is no regular expression or could take for ever.
    """
    from kit.safety import known, own
    from kit.safety.redactor import Redactor as Made

    values = known.Known()
    for variables in (environment or {}, *map(known.of_env_file, env_files)):
        for value, kind in known.of_environment(variables):
            values.add(value, kind)
    rules = own.read(config.tables("redaction.rules"), config.texts("redaction.allow"))
    return Made(rules, values, home=home, is_personal=is_personal)


def __getattr__(name: str) -> type[Redactor]:
    if name != "Redactor":
        raise AttributeError(name)
    from kit.safety.redactor import Redactor as Made

    return Made
