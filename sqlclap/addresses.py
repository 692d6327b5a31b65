"""Addresses of objects: text such as ``s3://bucket/kick.wav``, where files have paths."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from sqlclap.errors import IngestError

PROTOCOLS = frozenset(
    {"abfs", "abfss", "az", "ftp", "gcs", "gs", "hf", "http", "https", "memory", "s3", "sftp"}
)
"""What may be fetched: addresses of files of this machine are not."""

KNOWN_PROTOCOLS = ", ".join(sorted(PROTOCOLS - {"memory"}))

_BEGINNING = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_address(text: str) -> bool:
    """Whether a source's root, or what somebody typed, is an address and no path.

    >>> is_address("s3://bucket/drums"), is_address("/mnt/s3/drums"), is_address("C:\\\\drums")
    (True, False, False)
    """
    return _BEGINNING.match(text) is not None


def check_address(text: str) -> str:
    """Return an address as it is stored: its protocol in small letters, no slash at its end.

    Raises
    ------
    IngestError
        Its kind is not fetched, it names no bucket or host, or it holds what may be a secret.
    """
    protocol, _, rest = text.partition("://")
    protocol, rest = protocol.lower(), rest.rstrip("/")
    if protocol not in PROTOCOLS:
        raise IngestError(
            f"addresses of the kind {protocol}:// are not fetched; expected {KNOWN_PROTOCOLS}"
        )
    bucket = rest.partition("/")[0]
    if not bucket:
        raise IngestError(f"expected an address with a bucket or host, such as {protocol}://name/")
    if "@" in bucket:
        raise IngestError(
            f"{protocol}://...@{bucket.rpartition('@')[2]} holds a user or a key, which would be "
            "stored: leave it out, and give it in the environment (docs/object-storage.md)"
        )
    if "?" in rest or "#" in rest:
        raise IngestError(
            f"{protocol}://{bucket}/... has a ? or #, behind which keys stand, that would be "
            "stored: expected an address without"
        )
    try:
        rest.encode("utf-8")
    except UnicodeEncodeError as error:
        raise IngestError(f"the address {text!a} is not UTF-8") from error
    return f"{protocol}://{rest}"


def protocol_of(address: str) -> str:
    """Return how an address is reached, such as ``s3``."""
    return urlsplit(address).scheme.lower()


class AddressPath(type(Path())):  # type: ignore[misc]  # the path class of this system
    """An address among paths: it is shown as it was given, and no file is there by that name.

    >>> str(AddressPath("s3://bucket/drums") / "kick.wav")
    's3://bucket/drums/kick.wav'
    """

    def __str__(self) -> str:
        plain: str = super().__str__().replace(os.sep, "/")
        return plain.replace(":/", "://", 1)

    def __fspath__(self) -> str:
        return str(self)

    def as_posix(self) -> str:
        """Return the address."""
        return str(self)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Raise as for a missing file: an address names no file on this machine."""
        raise FileNotFoundError(2, "it is an object at an address, not a file", str(self))

    def absolute(self) -> AddressPath:
        """Return itself: an address has no folder to start from."""
        return self


def place_of_sound(root: str, path: str) -> Path:
    """Return where a source's sound is: an address, or a path.

    Parameters
    ----------
    root : str
        Of the source.
    path : str
        Below it.
    """
    whole = f"/{path}" if root == "/" else f"{root}/{path}"
    return AddressPath(whole) if is_address(root) else Path(whole)


def why_not_here(file: Path) -> str | None:
    """Say why a sound has no file on this machine; None where its path or address is whole.

    Of a sound at a node, or without audio, only the path below its source is known. As a path it
    would be looked for in the working folder, where another file may have that name.
    """
    if file.is_absolute() or isinstance(file, AddressPath):
        return None
    return "it has no path on this machine: it lies at a node, or came without audio"
