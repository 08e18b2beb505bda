"""A remote behind a real `git daemon`, reached as git://.

Nobody turns Nagle's algorithm off here, so small exchanges pause for a delayed ACK (40 ms on Linux).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.remotes.proxy import Proxy
from tests.remotes.served import ServedRemote

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remotes.faults import Faults


def daemon_remote(folder: Path, *, proxied: bool = False) -> DaemonRemote:
    """Makes a bare repository and serves it; `proxied` puts the proxy that faults need before it."""
    return DaemonRemote(folder, proxied=proxied)


class DaemonRemote(ServedRemote):
    """A bare repository behind git daemon on the loopback interface, open to pushes."""

    program = "tests.remotes.daemon"

    def __init__(self, path: Path, *, proxied: bool = False) -> None:
        super().__init__(path)
        self.proxy = Proxy(self.port) if proxied else None
        self._point_at_proxy()

    def inject(self, faults: Faults) -> None:
        """Puts faults in force for new connections; needs `proxied=True`."""
        if self.proxy is None or faults.refuse_with is not None or faults.torn:
            raise ValueError(faults)
        self.proxy.switch.set(faults)

    def stop(self) -> None:
        """Ends the server and the proxy: connections are refused."""
        if self.proxy:
            self.proxy.close()
        super().stop()

    def start(self) -> None:
        """Serves again on the same port, without faults."""
        super().start()
        if self.proxy:
            self.proxy = Proxy(self.port, port=self.proxy.port)
        self._point_at_proxy()

    def _point_at_proxy(self) -> None:
        if self.proxy:
            self.url = self.url.replace(f":{self.port}/", f":{self.proxy.port}/")
