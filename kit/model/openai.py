"""Asks an OpenAI-compatible service for a chat completion, with nothing but the standard library.

TLS is verified, redirects and proxies are not followed, the answer's size and the time for all of it are bounded. A
key travels over TLS, or to this very machine, never otherwise.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from kit.errors import InvalidInput, RemoteFailed, TimedOut

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = {"localhost", "127.0.0.1", "::1"}


class _Place(NamedTuple):
    host: str
    port: int
    path: str
    is_tls: bool


def ask(url: str, name: str, prompt: str, *, key: str, seconds: float, limit: int) -> str:
    """Returns the text of the model's answer to one message.

    Raises TimedOut after `seconds`, RemoteFailed for whatever the service does wrong, InvalidInput for an address
    that cannot be or must not be given the key.
    """
    place = _place(url, key)
    asked = {"model": name, "messages": [{"role": "user", "content": prompt}], "temperature": 0, "stream": False}
    headers = {
        "Host": place.host if place.port in (80, 443) else f"{place.host}:{place.port}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **({"Authorization": f"Bearer {key}"} if key else {}),
    }
    body = json.dumps(asked, ensure_ascii=True).encode()
    late = threading.Event()
    try:
        with _connected(place, seconds, late) as connection:
            connection.request("POST", f"{place.path}/chat/completions", body=body, headers=headers)
            answer = connection.getresponse()
            data = answer.read(limit + 1)
    except (OSError, http.client.HTTPException) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise _late(url, seconds) from None
        raise _failed(url, _without(key, str(error) or type(error).__name__), is_worth_repeating=True) from None
    if late.is_set():
        raise _late(url, seconds)
    _check(answer, data, url=url, limit=limit, key=key)
    return _content(data, url)


def _place(url: str, key: str) -> _Place:
    hint = "write model.url like https://host/v1"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput(f"{url!r} is no address", hint=hint, code="invalid_url") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidInput(f"{url!r} is no address of http or https", hint=hint, code="invalid_url")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInput("model.url holds a password, a query or a fragment", hint=hint, code="invalid_url")
    is_tls = parts.scheme == "https"
    if key and not is_tls and host not in _HERE:
        message = f"the key would travel readable for everyone to {host}"
        raise InvalidInput(message, hint="use https, or no model.key", code="invalid_url")
    return _Place(host, port or (443 if is_tls else 80), parts.path.rstrip("/"), is_tls)


@contextlib.contextmanager
def _connected(place: _Place, seconds: float, late: threading.Event) -> Iterator[http.client.HTTPConnection]:
    """Yields a connection that is shut down, and `late` set, when the time is over: no slow drip outlasts it."""
    end = time.monotonic() + seconds
    held = [socket.create_connection((place.host, place.port), timeout=seconds)]

    def stop() -> None:
        late.set()
        with contextlib.suppress(OSError):
            held[-1].shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(max(end - time.monotonic(), 0.0), stop)
    watch.daemon = True
    watch.start()
    try:
        if place.is_tls:
            context = ssl.create_default_context()
            wrapped = context.wrap_socket(held[0], server_hostname=place.host, do_handshake_on_connect=False)
            held.append(wrapped)
            wrapped.do_handshake()
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = held[-1]
        yield connection
    finally:
        watch.cancel()
        held[-1].close()


def _check(answer: http.client.HTTPResponse, data: bytes, *, url: str, limit: int, key: str) -> None:
    """Raises RemoteFailed unless this is a whole answer in JSON."""
    if answer.status != 200:
        said = _without(key, " ".join(data[:400].decode("utf-8", "replace").split())[:200])
        is_worth_repeating = answer.status == 429 or answer.status >= 500
        what = "a redirect, which is not followed" if 300 <= answer.status < 400 else said
        raise _failed(url, f"status {answer.status}: {what}", is_worth_repeating=is_worth_repeating)
    if len(data) > limit:
        raise _failed(url, f"the answer has more than {limit} bytes")
    kind = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _failed(url, f"the answer is {kind or 'of no stated type'}, not application/json")
    if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise _failed(url, "the answer is compressed, which was not asked for")
    if answer.length:  # what Content-Length promised and did not come
        raise _failed(url, "the answer was cut off", is_worth_repeating=True)


def _content(data: bytes, url: str) -> str:
    try:
        content = json.loads(data)["choices"][0]["message"]["content"]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        raise _failed(url, "the answer holds no choices[0].message.content") from None
    if not isinstance(content, str):
        raise _failed(url, "the answer's content is no text")
    return content


def _without(key: str, text: str) -> str:
    return text.replace(key, "[REDACTED:model-key]") if key else text


def _late(url: str, seconds: float) -> TimedOut:
    return TimedOut(f"{url} did not answer within {seconds:g} s", hint="give it longer: [model] timeout in kit.toml")


def _failed(url: str, what: str, *, is_worth_repeating: bool = False) -> RemoteFailed:
    return RemoteFailed(
        f"the model at {url} gave no answer: {what}",
        hint="try it again later" if is_worth_repeating else "look at [model] in kit.toml and at the service",
        code="model",
        retryable=is_worth_repeating,
    )
