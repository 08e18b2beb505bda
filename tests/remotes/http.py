"""A smart-HTTP server: `git http-backend` behind threads, for one repository and those beside it.

`python -m tests.remotes.http FOLDER [--port 0] [--delay 0.3]` prints the url of FOLDER as its first line.
A process of its own, because a server in the process that measures would distort the figures.
"""

from __future__ import annotations

import argparse
import json
import socket
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from tests.remotes.bare import create_bare
from tests.remotes.faults import Faults, Switch
from tests.remotes.process import server_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROL = "/_control"
_CHUNK = 1 << 16


class Server(socketserver.ThreadingTCPServer):
    """One thread per connection; `requests` is what was asked since the faults last changed."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, root: Path, *, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        exec_path = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout
        self.backend = str(Path(exec_path.strip()) / "git-http-backend")
        self.environment = server_environment(root) | {
            "GIT_PROJECT_ROOT": str(root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        self.switch = Switch()
        self.requests: list[str] = []

    def handle_error(self, *args: Any) -> None:
        """Reports defects; a client that went away is none."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(*args)

    def control(self, given: bytes) -> bytes:
        """Puts the faults in force that are given, if any; returns what was asked so far."""
        asked = json.dumps(self.requests).encode()
        if given:
            self.switch.set(Faults(**json.loads(given)))
            self.requests = []
        return asked


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else small answers wait 40 ms for a delayed ACK

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Says nothing: standard error belongs to the test."""

    def _answer(self) -> None:
        server = cast("Server", self.server)
        if self.path == CONTROL:
            self._reply("200 OK", [], server.control(b"".join(self._body())))
            return
        server.requests.append(f"{self.command} {self.path}")
        faults = server.switch.faults
        time.sleep(faults.delay)
        if server.switch.has_hung():
            self._cut()
        elif faults.refuse_with:
            self.close_connection = True  # the body of the request stays unread
            headers = ["Connection: close", 'WWW-Authenticate: Basic realm="remote"']
            self._reply(f"{faults.refuse_with} Refused", headers, b"refused\n")
        else:
            is_push = self.command == "POST" and self.path.endswith("/git-receive-pack")
            self._run_backend(server, faults=faults, loses_answer=is_push and server.switch.drops())

    def _run_backend(self, server: Server, *, faults: Faults, loses_answer: bool) -> None:
        path, _, query = self.path.partition("?")
        described = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers["Content-Type"],
            "CONTENT_LENGTH": self.headers["Content-Length"],
            "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"],
            "GIT_PROTOCOL": self.headers["Git-Protocol"],
        }
        env = server.environment | {name: value for name, value in described.items() if value is not None}
        with subprocess.Popen([server.backend], stdin=-1, stdout=-1, env=env) as backend:
            said = cast("IO[bytes]", backend.stdout)
            feeder = threading.Thread(target=self._feed, args=(backend,))
            feeder.start()
            headers = list(iter(lambda: said.readline().decode().strip(), ""))
            status = "200 OK" if headers else "500 The backend died"
            if headers and headers[0].startswith("Status:"):
                status = headers.pop(0).removeprefix("Status:").strip()
            if loses_answer:
                answer = said.read()
                backend.wait()
                if faults.torn:
                    headers.append(f"Content-Length: {len(answer)}")
                    self._start_reply(status, headers, answer[: len(answer) // 2])
                self._cut()
            else:
                with suppress(OSError):
                    self._stream(status, headers, said)
                while said.read(_CHUNK):  # the client is gone; its push is carried out all the same
                    pass
            feeder.join()

    def _feed(self, backend: subprocess.Popen[bytes]) -> None:
        """Streams the body of the request to the backend, read to its end even if that does not listen."""
        given = cast("IO[bytes]", backend.stdin)
        try:
            for data in self._body():
                with suppress(BrokenPipeError):
                    given.write(data)
        except OSError:
            backend.terminate()  # http-backend spins for ever where a body ends before its length
        with suppress(BrokenPipeError):
            given.close()

    def _body(self) -> Iterator[bytes]:
        """Yields the body of the request; raises ConnectionError if it ends early."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().partition(b";")[0] or b"-1", 16):
                yield from self._read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield from self._read(int(self.headers.get("Content-Length", 0)))

    def _read(self, size: int) -> Iterator[bytes]:
        while size:
            data = self.rfile.read(min(size, _CHUNK)) if size > 0 else b""
            if not data:
                raise ConnectionAbortedError
            size -= len(data)
            yield data

    def _stream(self, status: str, headers: list[str], said: IO[bytes]) -> None:
        data = said.read(_CHUNK)
        if len(data) < _CHUNK:
            self._reply(status, headers, data)
            return
        self._start_reply(status, [*headers, "Transfer-Encoding: chunked"], b"")
        while data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            data = said.read(_CHUNK)
        self.wfile.write(b"0\r\n\r\n")

    def _reply(self, status: str, headers: list[str], body: bytes) -> None:
        self._start_reply(status, [*headers, f"Content-Length: {len(body)}"], body)

    def _start_reply(self, status: str, headers: list[str], body: bytes) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""])
        self.wfile.write(head.encode() + body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.remotes.http", description=__doc__)
    parser.add_argument("folder", type=Path, help="a bare repository; made if it is missing")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to each request")
    args = parser.parse_args()
    folder = create_bare(args.folder.absolute())
    with Server(folder.parent, port=args.port) as server:
        server.switch.set(Faults(delay=args.delay))
        print(f"http://127.0.0.1:{server.server_address[1]}/{folder.name}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
