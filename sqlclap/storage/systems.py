"""The file systems behind addresses, and their errors in words that hold no secret."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlclap.addresses import KNOWN_PROTOCOLS, PROTOCOLS, protocol_of
from sqlclap.errors import NoObjectError, NotInstalledError, StorageError

_BRINGS = {"s3": "s3", "http": "urls", "https": "urls"}
"""The extra that brings a protocol; for others, fsspec names the package."""
_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs"}

_SECRET_NAME = re.compile(
    r"SECRET|TOKEN|PASSWORD|CREDENTIAL|ACCESS_KEY|API_?KEY|_KEY$|SAS|CONNECTION_STRING", re.I
)
_KEY_WITHIN = re.compile(r"(?:AccountKey|SharedAccessSignature)=([^;]+)", re.I)
"""Of a connection string, which may also be told without what stands around it."""
_USER = re.compile(r"(\w://)[^\s/@]+@")
_QUERY = re.compile(r"(\w://[^\s?'\"]+)\?[^\s'\"]*")
_LONGEST = 300
_SHORTEST_SECRET = 4

_DENIED = (
    "access is denied: credentials come from the environment (AWS_PROFILE, "
    "GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_CONNECTION_STRING and the like)"
)


def file_system(address: str) -> Any:
    """Return fsspec's file system for an address.

    Raises
    ------
    StorageError
        Addresses of its kind are not fetched, or the credentials can't be used.
    NotInstalledError
        A package for it is not installed.
    """
    protocol = protocol_of(address)
    if protocol not in PROTOCOLS:
        raise StorageError(
            f"addresses of its kind are not fetched; expected {KNOWN_PROTOCOLS}", address
        )
    try:
        import fsspec

        with told(address):
            # What was listed a minute ago must not hide what is there now.
            return fsspec.filesystem(protocol, use_listings_cache=False)
    except ImportError as error:
        extra, package = _BRINGS.get(protocol, "urls"), _PACKAGES.get(protocol)
        install = f"'sqlclap[{extra}]'" + (f" {package}" if package else "")
        raise NotInstalledError(
            f"{protocol}:// addresses are fetched by the package fsspec: pip install {install}"
        ) from error


@contextmanager
def told(address: str) -> Iterator[None]:
    """Turn whatever a file system raises into a `StorageError` that holds no secret."""
    try:
        yield
    except (ImportError, StorageError):
        raise
    except Exception as error:  # each file system has its own
        # Without its cause: a traceback would show what was taken out.
        kind = NoObjectError if isinstance(error, FileNotFoundError) else StorageError
        raise kind(reason_of(error), address) from None


def reason_of(error: BaseException) -> str:
    """Say why something could not be fetched, without keys, signatures or user names.

    >>> reason_of(ValueError("GET https://me:pw@host/a.wav?X-Signature=abc failed"))
    'GET https://host/a.wav?... failed'
    """
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    name = type(error).__name__
    if isinstance(error, PermissionError) or name in ("NoCredentialsError", "Forbidden"):
        return _DENIED
    text = " ".join(str(error).split()) or name
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return without_secrets(text)[:_LONGEST]


def without_secrets(text: str) -> str:
    """Take out what may be a secret: users and queries of addresses, values of the environment."""
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name):
            for secret in (value, *_KEY_WITHIN.findall(value)):
                if len(secret) >= _SHORTEST_SECRET:
                    text = text.replace(secret, "...")
    return _QUERY.sub(r"\1?...", _USER.sub(r"\1", text))
