"""A real service on this machine that answers a chat completion in the way the test wants it."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Asked(NamedTuple):
    """What a request held."""

    path: str
    headers: dict[str, str]
    body: dict[str, object]


class Service(NamedTuple):
    url: str
    asked: list[Asked]
    over: threading.Event  # set when the test is done: slow answers end then


Answering = "Callable[[BaseHTTPRequestHandler, Service], None]"


def completion(content: object) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


def plain(
    body: bytes, *, status: int = 200, kind: str = "application/json", length: int | None = None
) -> Callable[[BaseHTTPRequestHandler, Service], None]:
    """Returns an answer of these bytes; `length` is what Content-Length says, where that is a lie."""

    def answer(request: BaseHTTPRequestHandler, _: Service) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        if 300 <= status < 400:
            request.send_header("Location", "http://127.0.0.1:1/elsewhere")
        request.end_headers()
        request.wfile.write(body)

    return answer


def never(request: BaseHTTPRequestHandler, service: Service) -> None:
    """Sends nothing until the test is over."""
    del request
    service.over.wait(20)


def dripping(request: BaseHTTPRequestHandler, service: Service) -> None:
    """Sends a byte now and then, so that no single read waits long."""
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.end_headers()
    while not service.over.wait(0.05):
        request.wfile.write(b" ")


def endless(request: BaseHTTPRequestHandler, service: Service) -> None:
    """Sends without end, as fast as it can."""
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.end_headers()
    while not service.over.is_set():
        request.wfile.write(b"x" * 65536)


@contextlib.contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler, Service], None]) -> Iterator[Service]:
    """Serves on a free port of this machine while the block runs."""
    asked: list[Asked] = []
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            asked.append(Asked(self.path, dict(self.headers), json.loads(self.rfile.read(size))))
            with contextlib.suppress(OSError):
                answer(self, service)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Service(f"http://127.0.0.1:{server.server_address[1]}/v1", asked, over)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
