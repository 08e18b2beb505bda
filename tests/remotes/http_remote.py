"""A remote behind a real smart-HTTP server."""

from __future__ import annotations

import json
from dataclasses import asdict
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from tests.remotes.served import ServedRemote

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remotes.faults import Faults


def http_remote(folder: Path, *, delay: float = 0.0) -> HttpRemote:
    """Makes a bare repository and serves it; `delay` is in seconds, added to each request."""
    return HttpRemote(folder, f"--delay={delay}")


class HttpRemote(ServedRemote):
    """A bare repository behind `git http-backend` on the loopback interface, open to pushes."""

    program = "tests.remotes.http"

    def inject(self, faults: Faults) -> None:
        """Puts faults in force for new requests."""
        if faults.cut_upload is not None or faults.cut_download is not None:
            raise ValueError(faults)
        self._control("POST", json.dumps(asdict(faults)))

    def requests(self) -> list[str]:
        """Returns method and target of each request since the faults last changed."""
        return [str(line) for line in self._control("GET")]

    def _control(self, method: str, body: str | None = None) -> list[object]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, "/_control", body)
            answer: list[object] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()
