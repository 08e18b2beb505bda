"""A TCP proxy that makes a network slow or faulty, for git:// and, lost replies apart, for any protocol.

It runs in threads of its caller: fine for tests, but a figure measured through it includes its work.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from contextlib import suppress

from tests.remotes.faults import Switch

_CHUNK = 1 << 16
_PUSH = b"git-receive-pack /"
_LONGEST_REQUEST = 4096


class Proxy:
    """Forwards `port` of the loopback interface to the port `upstream`; `switch` holds the faults."""

    def __init__(self, upstream: int, *, port: int = 0) -> None:
        self.switch = Switch()
        self._upstream = upstream
        self._open: set[socket.socket] = set()
        self._is_closing = False
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Refuses connections from now on and cuts the open ones."""
        self._is_closing = True
        with suppress(OSError):  # wakes accept(), which not every system does for a closed listener
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(timeout=5)
        self.switch.set(self.switch.faults)
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with self._listener:
            while True:
                client, _ = self._listener.accept()
                if self._is_closing:
                    client.close()
                    return
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        with client, suppress(OSError):
            time.sleep(self.switch.faults.delay)  # the handshake of TCP is a round trip, too
            if not self.switch.has_hung():
                with socket.create_connection(("127.0.0.1", self._upstream)) as server:
                    _Exchange(client, server, switch=self.switch).run()
        self._open.discard(client)


class _Exchange:
    """One connection, forwarded until both ends are done or a fault ends it."""

    def __init__(self, client: socket.socket, server: socket.socket, *, switch: Switch) -> None:
        self._client, self._server, self._switch = client, server, switch
        faults = switch.faults
        self._half_trip = faults.delay / 2
        self._left = {client: faults.cut_upload, server: faults.cut_download}
        self._speaker: socket.socket | None = None
        self._loses_answer = False
        self._asked = self._advertised = b""

    def run(self) -> None:
        with selectors.DefaultSelector() as ends:
            for source, target in ((self._client, self._server), (self._server, self._client)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ends.register(source, selectors.EVENT_READ, (source, target))
            while ends.get_map():
                for key, _ in ends.select():
                    source, target = key.data
                    data = source.recv(_CHUNK)
                    if not data:
                        ends.unregister(source)
                        target.shutdown(socket.SHUT_WR)
                    elif not self._forward(data, source, target):
                        return

    def _forward(self, data: bytes, source: socket.socket, target: socket.socket) -> bool:
        """Passes on what may pass; returns False if the connection is to be cut now."""
        if source is self._client and _PUSH not in self._asked and len(self._asked) < _LONGEST_REQUEST:
            self._asked += data  # git may send the length of its request by itself
            self._loses_answer = _PUSH in self._asked and self._switch.drops()
        if source is not self._speaker:
            time.sleep(self._half_trip)
            self._speaker = source
        if self._loses_answer and source is self._server:
            data = self._advertisement(data)
        left = self._left[source]
        if left is None:
            target.sendall(data)
            return True
        target.sendall(data[:left])
        self._left[source] = left - len(data)
        return len(data) <= left

    def _advertisement(self, data: bytes) -> bytes:
        """Returns the server's refs once they are complete (a flush packet), and nothing of the rest."""
        before, at = len(self._advertised), 0
        self._advertised += data
        while len(self._advertised) >= at + 4:
            size = int(self._advertised[at : at + 4], 16)
            at += max(size, 4)
            if size == 0:
                return self._advertised[:at] if at > before else b""
        return b""
