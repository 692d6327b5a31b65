"""The heads of questions and answers as they stand over a node's HTTP, and how they are read.

Both sides know a head of exactly the lines that the other one writes, in that order and no others:
there is nothing to weigh in it. Any other is left to the standard library, which takes ten times as
long: another server's, say, that stands between them.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.shards.protocol import KIND

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

READ_AT_ONCE = 2**16
"""Bytes: most questions, and most answers, come in one piece."""

_QUESTION = re.compile(
    rb"POST (/[!-~]*) HTTP/1\.1\r\n"
    rb"Host: [!-~]+\r\n"
    rb"Authorization: (Bearer [!-~]+)\r\n"
    rb"Content-Type: " + re.escape(KIND.encode()) + rb"\r\n"
    rb"Content-Length: ([0-9]{1,12})\r\n\r\n"
)
_ANSWER = re.compile(
    rb"HTTP/1\.1 ([0-9]{3}) [ -~]*\r\n"
    rb"Date: [ -~]+\r\n"
    rb"Content-Type: " + re.escape(KIND.encode()) + rb"\r\n"
    rb"Content-Length: ([0-9]{1,12})\r\n\r\n"
)


class QuestionHead(NamedTuple):
    """What a question's head tells a node; the length is as it stands there."""

    path: str
    bearer: str
    kind: str
    length: str


def question_head(where: tuple[str, str], token: str, length: int) -> bytes:
    """Return a question's head; `where` is the host and the path, both of ASCII signs alone."""
    host, path = where
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        f"Content-Type: {KIND}",
        f"Content-Length: {length}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def take_question_head(reader: Any) -> QuestionHead | None:
    """Read a question's head, if it comes as `question_head` writes it; else nothing is taken.

    Parameters
    ----------
    reader : io.BufferedReader
    """
    found = _QUESTION.match(reader.peek())
    if found is None:
        return None
    reader.read(found.end())
    path, bearer, length = (one.decode("ascii") for one in found.groups())
    return QuestionHead(path, bearer, KIND, length)


class Reply(NamedTuple):
    """What came in reply to a question.

    Attributes
    ----------
    status : int
    content : bytes
        Of a longer one, one byte more than was wanted at most.
    is_last : bool
        Whether nothing else comes over the connection.
    """

    status: int
    content: bytes
    is_last: bool


def read_reply(connection: socket.socket, most: int, until: float) -> Reply:
    """Read a reply of at most so many bytes, until a time of `time.monotonic`.

    Raises
    ------
    TimeoutError
        It did not come in time, whole.
    OSError, http.client.HTTPException
        The connection ended, or what comes is no HTTP.
    """
    reader: io.BufferedReader[Any] = io.BufferedReader(_Until(connection, until), READ_AT_ONCE)
    found = _ANSWER.match(reader.peek())
    if found is None:
        return _read_otherwise(reader, most)
    reader.read(found.end())
    status, length = map(int, found.groups())
    content = reader.read(min(length, most + 1))
    if len(content) < min(length, most + 1):
        raise http.client.IncompleteRead(content, length - len(content))
    return Reply(status, content, is_last=length > most)


def _read_otherwise(reader: io.BufferedReader, most: int) -> Reply:
    response = http.client.HTTPResponse(_Opened(reader), method="POST")  # type: ignore[arg-type]
    response.begin()
    content = response.read(most + 1)
    return Reply(response.status, content, response.will_close or len(content) > most)


class _Opened(NamedTuple):
    """What `http.client` takes for a socket: it wants a file to read from, and no more."""

    reader: io.BufferedReader[Any]

    def makefile(self, _: str) -> io.BufferedReader[Any]:
        return self.reader


class _Until(io.RawIOBase):
    """Reads from a socket until a time, however often something comes before."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until = connection, until

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(left)
        return self._connection.recv_into(into)
