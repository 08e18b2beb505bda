"""Unpacks a zstd stream piece by piece, however much it would become, with the optional package zstandard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from typing import BinaryIO

MAGIC = b"\x28\xb5\x2f\xfd"
# Beyond this nothing is unpacked: a few kilobytes can be told to become more than any disk holds.
MAX_UNPACKED = 1 << 30
_WINDOW = 1 << 25
_PIECE = 1 << 20


class Unpacked:
    """Reads forward through what a compressed file holds; `is_capped` and `is_damaged` say why it ended early."""

    def __init__(self, handle: BinaryIO) -> None:
        self._errors = _zstandard().ZstdError
        decompressor = _zstandard().ZstdDecompressor(max_window_size=_WINDOW)
        self._stream = decompressor.stream_reader(handle, read_across_frames=True, closefd=False)
        self._left = MAX_UNPACKED
        self.is_capped = False
        self.is_damaged = False

    def read(self, count: int) -> bytes:
        """Returns `count` bytes, fewer only at the end."""
        pieces: list[bytes] = []
        count = min(count, self._left)
        while count > 0:
            try:
                piece = self._stream.read1(min(count, _PIECE))  # what comes before damage is not lost with it
            except self._errors:
                self.is_damaged = True
                break
            if not piece:
                break
            pieces.append(piece)
            count -= len(piece)
            self._left -= len(piece)
        self.is_capped = self._left == 0
        return b"".join(pieces)


def unpacked(data: bytes, limit: int) -> bytes | None:
    """Returns what one small compressed value holds, None when it is damaged or longer than `limit`."""
    from io import BytesIO

    stream = Unpacked(BytesIO(data))
    found = stream.read(limit + 1)
    return None if stream.is_damaged or len(found) > limit else found


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError:
        raise InvalidInput(
            "this transcript is compressed with zstd, and the package zstandard is not installed",
            hint="pip install 'knowledge-kit[zstd]'",
            code="no_zstd",
        ) from None
    return zstandard
