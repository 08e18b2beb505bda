"""An OpenAI-compatible service, over real HTTP, in all the ways it can go wrong."""

from __future__ import annotations

import pytest

from kit.errors import InvalidInput, KitError, RemoteFailed, TimedOut
from kit.model import openai
from tests.model.server import completion, dripping, endless, never, plain, serving


def ask(url: str, *, key: str = "", seconds: float = 10.0, limit: int = 1 << 20) -> str:
    return openai.ask(url, "small", "Say yes.", key=key, seconds=seconds, limit=limit)


def test_the_answer_of_the_model_comes_back_and_the_key_goes_along() -> None:
    with serving(plain(completion("yes"))) as service:
        assert ask(service.url, key="k-123") == "yes"
    [asked] = service.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == "Bearer k-123"
    assert asked.body["messages"] == [{"role": "user", "content": "Say yes."}]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (plain(b"{broken"), "holds no choices"),
        (plain(b'{"choices": []}'), "holds no choices"),
        (plain(b"[" * 100_000), "holds no choices"),
        (plain(completion(7)), "is no text"),
        (plain(completion("yes"), kind="text/html"), "text/html, not application/json"),
        (plain(b"down", status=500), "status 500: down"),
        (plain(b"who are you", status=401), "status 401"),
        (plain(b"", status=302), "a redirect, which is not followed"),
        (plain(completion("yes"), length=5000), "cut off"),
    ],
)
def test_an_answer_that_is_none_is_refused_and_said(answer: object, said: str) -> None:
    with serving(answer) as service, pytest.raises(RemoteFailed, match=said):  # type: ignore[arg-type]
        ask(service.url)


@pytest.mark.parametrize("answer", [never, dripping])
def test_no_answer_takes_longer_than_it_may_however_it_drips(answer: object) -> None:
    with serving(answer) as service, pytest.raises(TimedOut):  # type: ignore[arg-type]
        ask(service.url, seconds=0.3)


def test_an_endless_answer_is_cut_at_the_limit() -> None:
    with serving(endless) as service, pytest.raises(RemoteFailed, match="more than 100000 bytes"):
        ask(service.url, limit=100_000)


def test_a_service_that_echoes_the_key_does_not_get_it_into_the_message() -> None:
    with serving(plain(b"bad key k-secret-123", status=401)) as service, pytest.raises(RemoteFailed) as failed:
        ask(service.url, key="k-secret-123")
    assert "k-secret-123" not in failed.value.message


def test_nobody_listening_is_a_remote_that_failed() -> None:
    with serving(never) as service:
        pass
    with pytest.raises(RemoteFailed):
        ask(service.url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:80/v1",
        "file:///etc/passwd",
        "http://",
        "http://a:b@localhost/",
        "http://h\r\nX: y/",
        "http://h:x/",
    ],
)
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        ask(url)


def test_a_key_never_travels_readable_to_another_machine() -> None:
    with pytest.raises(KitError, match="readable for everyone"):
        ask("http://models.example.com/v1", key="k")
