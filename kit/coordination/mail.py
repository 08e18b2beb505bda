"""Mail between agents: a message stands in its sender's ref, an acknowledgement in its reader's, so nobody contends.

Delivery is at least once: a message counts as read only when an instance of the reader's name has said so. Order is by
the sender's clock, then by id; a wrong clock changes the order, never whether a message is delivered.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from kit.coordination import journal, message
from kit.coordination.holder import Holder
from kit.coordination.message import ALL, Message
from kit.errors import InvalidInput, KitError, NotFound
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kit.store.store import Store

REFS = "agents/*"
_HEAD = 60


class Sent(NamedTuple):
    """A message that was sent, and how many secrets of each kind were taken out of it.

    `waits` says why it has not left this clone yet; `is_known` whether anyone of the reader's name was ever seen.
    """

    message: Message
    waits: KitError | None
    is_known: bool
    redacted: Mapping[str, int]


class Inbox(NamedTuple):
    """Messages in order, and the paths of those that could not be read."""

    messages: list[Message]
    broken: list[str]


def send(
    store: Store,
    to: str,
    text: str,
    *,
    me: Holder,
    now: float,
    random: str,
    task: str = "",
    reply_to: str = "",
    harness: str = "",
) -> Sent:
    """Sends `text` to an agent's name or to @all; `random` is 8 hex digits.

    The message is kept here and waits when it cannot leave now. Raises InvalidInput for a name or a text that cannot
    be, NotFound when there is no message `reply_to`.
    """
    message.check_recipient(to)
    if task:
        ids.check(task, what="task")
    redactor = store.repository.redactor.fork()
    clean = redactor.text(message.check_text(text))
    sent = Message(f"{int(now * 1000):012x}-{random}", me, to, now, message.check_text(clean), task, reply_to)
    if reply_to and find(store, reply_to) is None:
        raise NotFound(f"there is no message {reply_to!r}", hint="kit inbox --all lists those to you", value=reply_to)
    notes = {"Message": sent.id, "To": to, "Task": task, "Reply-To": reply_to}
    head = clean if len(clean) <= _HEAD else clean[:_HEAD] + "..."
    journal.write(
        store,
        {f"outbox/{sent.id}.json": strict_json.dump(sent.record())},
        me=me,
        now=now,
        event="send",
        subject=f"send to {to}: {head}",
        notes={name: value for name, value in notes.items() if value},
        harness=harness,
    )
    waits = journal.send(store, me=me, now=now)
    return Sent(sent, waits, _is_known(store, to, me=me, ask=waits is None), redactor.counts)


def inbox(store: Store, *, me: Holder, is_all: bool = False) -> Inbox:
    """Returns the messages last seen for `me`: those nobody of its name has acknowledged, or all, marked.

    What this very instance has sent is not for it. Nothing is fetched.
    """
    acknowledged = _acknowledged(store, me.agent)
    messages: list[Message] = []
    broken: list[str] = []
    for sender, name, blob in _outboxes(store, broken):
        if sender == me or (name in acknowledged and not is_all):
            continue
        try:
            found = message.parse(sender, name, store.objects.blob(blob, limit=strict_json.MAX_BYTES))
        except InvalidInput:
            broken.append(message.path_of(sender, name))
        else:
            if found.to in (me.agent, ALL):
                messages.append(found._replace(is_acknowledged=name in acknowledged))
    return Inbox(sorted(messages, key=lambda each: (each.at, each.id)), sorted(set(broken)))


def acknowledge(store: Store, messages: Iterable[Message], *, me: Holder, now: float) -> None:
    """Says for the name of `me` that messages were read, here first: `journal.send` tells the remote."""
    read = [each.id for each in messages if not each.is_acknowledged]
    if not read:
        return
    said = {"agent": me.agent, "instance": me.instance, "at": times.stamp(now)}
    journal.write(
        store,
        {
            f"acknowledged/{each}.json": strict_json.dump({"type": "acknowledgement", "id": each, **said})
            for each in read
        },
        me=me,
        now=now,
        event="acknowledge",
        subject=f"acknowledge {len(read)} message{'s' if len(read) > 1 else ''}",
        notes={"Count": len(read)},
    )


def find(store: Store, name: str) -> Message | None:
    """Returns a message by its id, fetching once when it is not known here; None when there is none."""
    if not message.is_id(name):
        raise InvalidInput(f"{name!r} is not the id of a message", hint="kit inbox --all shows ids", code="invalid_id")
    found = _known(store, name)
    if found is None:
        try:
            store.fetch(REFS)
        except KitError:
            return None
        found = _known(store, name)
    return found


def _is_known(store: Store, to: str, *, me: Holder, ask: bool) -> bool:
    """Says whether an instance of the name, other than `me`, was ever seen; with `ask` the remote is looked at too."""
    own = f"agents/{me.agent}/{me.instance}"
    if to == ALL or any(ref != own for ref in store.refs(f"agents/{to}")):
        return True
    try:
        return bool(ask and store.remote and set(store.remote.look([f"agents/{to}/*"])) - {own})
    except KitError:
        return False


def _outboxes(store: Store, broken: list[str]) -> Iterator[tuple[Holder, str, str]]:
    """Yields sender, message id and object id of each message; what is in no state to be read is named in `broken`."""
    for ref, oids in store.sides("agents").items():
        parts = ref.split("/")
        if len(parts) != 3 or any(ids.problem(part) for part in parts[1:]):
            broken.append(ref)
            continue
        files: dict[str, str] = {}
        for oid in oids:
            try:
                files |= store.objects.entries(oid, under=f"{ref}/outbox")
            except InvalidInput:
                broken.append(ref)
        for path, blob in files.items():
            name = path.removeprefix(f"{ref}/outbox/").removesuffix(".json")
            if message.is_id(name) and path == f"{ref}/outbox/{name}.json":
                yield Holder(parts[1], parts[2]), name, blob
            else:
                broken.append(path)


def _acknowledged(store: Store, agent: str) -> set[str]:
    """Returns the ids that instances of a name have acknowledged: the place of the file says it all."""
    found: set[str] = set()
    for ref, oids in store.sides(f"agents/{agent}").items():
        for oid in oids:
            with contextlib.suppress(InvalidInput):
                names = store.objects.entries(oid, under=f"{ref}/acknowledged")
                found |= {name.rpartition("/")[2].removesuffix(".json") for name in names}
    return found


def _known(store: Store, name: str) -> Message | None:
    for sender, each, blob in _outboxes(store, []):
        if each == name:
            with contextlib.suppress(InvalidInput):
                return message.parse(sender, name, store.objects.blob(blob, limit=strict_json.MAX_BYTES))
    return None
