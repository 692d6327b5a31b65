"""A question to a node that is under way, and may be given up at any moment."""

from __future__ import annotations

import http.client
import socket
import threading
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from threading import Thread


class Call:
    """One question to a node, which who asks may give up.

    Parameters
    ----------
    kept_only : bool
        Nothing is connected for it: that may take longer than a deadline.
    """

    def __init__(self, kept_only: bool = False) -> None:
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._connecting: Future[None] | None = None
        self.kept_only = kept_only
        self.is_given_up = False

    def use(self, connection: http.client.HTTPConnection | None) -> None:
        """Name the connection over which it is asked; None: it was answered."""
        with self._lock:
            self._connection = connection
            if self.is_given_up:
                raise OSError("it was given up")

    def connect(self, connection: http.client.HTTPConnection) -> None:
        """Connect to a node, in a thread of its own that is left alone when this is given up.

        Nothing ends a look for a name, or a wait for a machine that is switched off, before its
        time: neither Ctrl-C nor the end of the program is to wait for that.
        """
        done = Future[None]()
        with self._lock:
            self._connecting = done
            if self.is_given_up:
                raise OSError("it was given up")
        Thread(target=_connect, args=(connection, done), daemon=True).start()
        try:
            done.result()
        except CancelledError:
            raise OSError("it was given up") from None
        self.use(connection)

    def give_up(self) -> None:
        """Wait no longer: whoever reads the answer is told that the connection has ended."""
        with self._lock:
            self.is_given_up = True
            if self._connecting is not None:
                self._connecting.cancel()
            waiting = self._connection.sock if self._connection is not None else None
            if waiting is not None:
                with suppress(OSError):  # of TLS, too, without a farewell that could wait
                    socket.socket.shutdown(waiting, socket.SHUT_RDWR)


def _connect(connection: http.client.HTTPConnection, done: Future[None]) -> None:
    """Connect, and say how it ended; where nobody waits for that any more, close it again."""
    try:
        connection.connect()
    except Exception as error:  # whoever waits raises it
        with suppress(InvalidStateError):
            done.set_exception(error)
        return
    try:
        done.set_result(None)
    except InvalidStateError:
        connection.close()
