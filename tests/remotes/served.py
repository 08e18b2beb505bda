"""A remote behind a server in a process of its own, where it cannot distort what its caller measures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from tests.remotes.bare import Remote
from tests.remotes.process import first_line, server_environment, start, stop

if TYPE_CHECKING:
    import subprocess

_ROOT = Path(__file__).parents[2]


class ServedRemote(Remote):
    """A bare repository behind `program`, a module that prints the url of the folder it is given."""

    program: ClassVar[str]

    def __init__(self, path: Path, *options: str) -> None:
        super().__init__(path)
        self._server = self._serve("--port=0", *options)
        self.port = urlsplit(self.url).port or 0

    @property
    def group(self) -> int:
        """The process group of the server and all it has started."""
        return self._server.pid

    def stop(self) -> None:
        """Ends the server and its children: connections are refused."""
        stop(self._server)

    def start(self) -> None:
        """Serves again on the same port, without faults."""
        self._server = self._serve(f"--port={self.port}")

    def _serve(self, *options: str) -> subprocess.Popen[bytes]:
        server = start(
            [sys.executable, "-S", "-m", self.program, str(self.path), *options],
            env=server_environment(self.path.parent),
            log=self.log,
            cwd=_ROOT,
        )
        self.url = first_line(server)
        if not self.url:
            stop(server)
            raise RuntimeError(self.log.read_text())
        return server
