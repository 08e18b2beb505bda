"""Floor 2: asks a language model, the one that kit.toml names, and gives back its words as text.

Two engines: `command` runs a program, `openai` talks to an OpenAI-compatible service. What comes back is untrusted:
whoever asks holds it against a schema. Nothing is asked unless the person said `--engine`, and the person's own git
config, not the repository's, says that what kit.toml names may be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import UsageError
from kit.model import command, trust

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from kit.config import Config

ENGINES = ("command", "openai")
#: The setting of git's global or system config that holds the digests of what may be asked.
TRUST = "kit.trustModel"
MAX_PROMPT = 400_000  # characters
MAX_ANSWER = 1 << 20  # bytes


class Model(NamedTuple):
    """A model that can be asked; `name` is how records name it (`command/claude`, `openai/gpt-x`)."""

    name: str
    engine: str
    config: Config
    environment: Mapping[str, str]
    folder: Path

    def ask(self, prompt: str) -> str:
        """Returns the model's answer, at most MAX_ANSWER bytes of UTF-8 text; nothing of it has been judged.

        Raises TimedOut after `model.timeout` seconds in all, RemoteFailed when the service refuses or its answer is
        none, ModelFailed when the program does not work, InvalidInput for a prompt that is too long.
        """
        seconds = self.config.number("model.timeout")
        if len(prompt) > MAX_PROMPT:
            raise command.ModelFailed(
                f"the prompt has {len(prompt)} characters, the limit is {MAX_PROMPT}", hint="ask about less"
            )
        if self.engine == "command":
            return command.ask(
                self.config.texts("model.command"), prompt, seconds=seconds, limit=MAX_ANSWER,
                environment=self.environment, folder=self.folder,
            )  # fmt: skip
        from kit.model import openai  # it speaks HTTP, which costs more than all else of a command

        return openai.ask(
            self.config.text("model.url"), self.config.text("model.name"), prompt, key=_key(self), seconds=seconds,
            limit=MAX_ANSWER,
        )  # fmt: skip


def model(
    config: Config, engine: str, *, environment: Mapping[str, str], folder: Path, trusted: Collection[str]
) -> Model:
    """Returns the model that kit.toml names for an engine; nothing is asked yet.

    `folder` is where a program runs, `trusted` the digests that the person's own git config holds under
    `kit.trustModel`. Raises UsageError when kit.toml names no model, Blocked when the person does not trust it: a
    cloned repository must neither run a program nor send a key of theirs to an address of its choice.
    """
    needed = {"command": ("model.command",), "openai": ("model.url", "model.name")}.get(engine)
    if needed is None:
        raise UsageError(f"there is no engine {engine!r}", hint=f"engines are {', '.join(ENGINES)}", code="no_engine")
    for name in needed:
        if not config.values[name]:
            section, key = name.split(".")
            hint = f"set {key} below [{section}] in kit.toml"
            raise UsageError(f"kit.toml names no {name} for the engine {engine}", hint=hint, code="no_model")
    words = " ".join(config.texts("model.command"))
    does = f"run {words!r}" if engine == "command" else _sends(config)
    refusal = trust.refusal(digest_of(config, engine), trusted, name=TRUST, does=does, code="untrusted_model")
    if refusal:
        raise refusal
    return Model(_name(config, engine), engine, config, environment, folder)


def digest_of(config: Config, engine: str) -> str:
    """Returns the digest of what kit.toml has asked for an engine: the program's words, or address, model and key."""
    names = ("model.command",) if engine == "command" else ("model.url", "model.name", "model.key")
    return trust.digest([engine, *(config.values[name] for name in names)])


def _name(config: Config, engine: str) -> str:
    if engine == "command":
        return f"command/{command.name_of(config.texts('model.command')[0])}"
    return f"openai/{command.plain(config.text('model.name'))}"


def _sends(config: Config) -> str:
    key = config.text("model.key")
    return f"send transcripts{f' and ${key}' if key else ''} to {config.text('model.url')!r}"


def _key(asked: Model) -> str:
    name = asked.config.text("model.key")
    if not name:
        return ""
    key = asked.environment.get(name, "")
    if not key:
        raise UsageError(
            f"the environment holds no {name}, which kit.toml names as model.key", hint=f"export {name}", code="no_key"
        )
    return key
