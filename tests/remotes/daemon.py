"""A listener that hands each connection to a `git daemon --inetd` of its own.

`python -m tests.remotes.daemon FOLDER [--port 0]` prints the url of FOLDER as its first line.
git daemon's own listener queues 5 connections only: with 32 clients at once one push in ten was reset.
"""

from __future__ import annotations

import argparse
import socketserver
import subprocess
from pathlib import Path
from typing import Any

from tests.remotes.bare import create_bare
from tests.remotes.process import server_environment


class Server(socketserver.TCPServer):
    """Passes the connection itself on: what is said does not go through this process."""

    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, root: Path, *, port: int) -> None:
        super().__init__(("127.0.0.1", port), socketserver.BaseRequestHandler)
        self._environment = server_environment(root)
        self._command = ["git", "daemon", "--inetd", "--export-all", "--enable=receive-pack"]
        self._command += ["--informative-errors", f"--base-path={root}", str(root)]
        self._children: list[subprocess.Popen[bytes]] = []

    def process_request(self, request: Any, client_address: object) -> None:  # noqa: ARG002
        """Starts git daemon on the connection, and collects those that have ended."""
        child = subprocess.Popen(self._command, stdin=request, stdout=request, env=self._environment)
        self._children = [child, *(it for it in self._children if it.poll() is None)]
        self.close_request(request)


def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.remotes.daemon", description=__doc__)
    parser.add_argument("folder", type=Path, help="a bare repository; made if it is missing")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    args = parser.parse_args()
    folder = create_bare(args.folder.absolute())
    with Server(folder.parent, port=args.port) as server:
        print(f"git://127.0.0.1:{server.server_address[1]}/{folder.name}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
