"""Messages between an ingest and the processes that read for it.

They travel through pipes without names, which only these two processes hold: nobody else can write
to them. Arrays lie beside what is pickled and are not copied into it. What comes back is from a
process that has decoded strangers' files: it is unpickled with sqlclap's own records and arrays of
numbers alone, so that one whom a file has taken over can't make anything else of this process.
A `PagedList` writes its pages to its temporary file in the same form.
"""

from __future__ import annotations

import io
import pickle
import struct
from dataclasses import is_dataclass
from typing import Any, BinaryIO

_COUNT = struct.Struct("<I")
_ELSEWHERE = {
    "numpy": {"_frombuffer", "_reconstruct", "dtype", "ndarray", "scalar"},
    "datetime": {"date", "datetime", "timedelta", "timezone"},
    "pathlib": {"PosixPath", "WindowsPath"},
}
BUFFER_BYTES = 1 << 20
"""Of a pipe's streams: what waits is read at once, so that a thread needs the interpreter once."""


class _RecordReader(pickle.Unpickler):
    """Makes nothing but records of sqlclap, arrays, numbers, times and paths."""

    def find_class(self, module: str, name: str) -> Any:
        package = module.partition(".")[0]
        is_known = name in _ELSEWHERE.get(package, ())
        if (is_known or package == "sqlclap") and "." not in name:
            found = super().find_class(module, name)
            if is_known or (isinstance(found, type) and is_dataclass(found)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that is sent")


def write_message(stream: BinaryIO, message: object) -> None:
    """Write a message whole.

    Raises
    ------
    OSError
        Nobody reads it any more.
    """
    beside: list[pickle.PickleBuffer] = []
    said = pickle.dumps(message, protocol=5, buffer_callback=beside.append)
    parts = [memoryview(said), *(buffer.raw() for buffer in beside)]
    stream.write(_COUNT.pack(len(parts)))
    stream.write(struct.pack(f"<{len(parts)}Q", *(part.nbytes for part in parts)))
    for part in parts:
        stream.write(part)
    stream.flush()


def read_message(stream: BinaryIO) -> Any:
    """Read the next message.

    Raises
    ------
    EOFError
        The other process has ended.
    pickle.UnpicklingError
        It sent what isn't sent.
    """
    (count,) = _COUNT.unpack(_read(stream, _COUNT.size))
    lengths = struct.unpack(f"<{count}Q", _read(stream, 8 * count))
    said, *beside = (_read(stream, length) for length in lengths)
    return _RecordReader(io.BytesIO(said), buffers=beside).load()


def _read(stream: BinaryIO, count: int) -> bytearray:
    found = bytearray(count)
    if stream.readinto(found) < count:  # type: ignore[attr-defined]
        raise EOFError
    return found
