"""An object store of its own: moto's server in this process, on a free port of loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

BUCKET = "sounds"
SECRET = "a-secret-of-the-tests-alone"  # noqa: S105


@dataclass
class Store:
    """A bucket, and what was asked of it.

    Attributes
    ----------
    system : file system
        Of fsspec, for the tests' own use.
    protocol : str
        Of its addresses.
    asked : list of (str, str, str)
        Method, path and range of each request.
    """

    system: Any
    protocol: str = "s3"
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def put(self, key: str, content: bytes) -> str:
        """Store an object, and return its address."""
        self.system.pipe_file(f"{BUCKET}/{key}", content)
        return f"{self.protocol}://{BUCKET}/{key}"

    def put_folder(self, folder: Path, prefix: str) -> str:
        """Store the files of a folder, and return the address above them."""
        for file in sorted(folder.rglob("*.*")):
            self.put(f"{prefix}/{file.relative_to(folder).as_posix()}", file.read_bytes())
        return f"{self.protocol}://{BUCKET}/{prefix}"

    def remove(self, key: str) -> None:
        """Remove an object."""
        self.system.rm_file(f"{BUCKET}/{key}")

    def read(self) -> list[tuple[str, str]]:
        """Return the objects that were read since this was asked last, with their ranges."""
        read = [(path, part) for method, path, part in self.asked if _is_of_object(method, path)]
        self.asked.clear()
        return read


def _is_of_object(method: str, path: str) -> bool:
    return method == "GET" and path.startswith(f"/{BUCKET}/") and len(path) > len(BUCKET) + 2


@contextmanager
def object_store() -> Iterator[Store]:
    """Serve an empty bucket; the environment leads to it."""
    server_module = pytest.importorskip("moto.server", reason="moto is not installed")
    s3fs = pytest.importorskip("s3fs", reason="the extra s3 is not installed")
    from moto.backends import get_backend

    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        server.start()
        port = server.get_host_and_port()[1]
        settings = {
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        }
        for name, value in settings.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        store = Store(s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True))
        app = server._server.app  # the server tells its requests to nobody else
        server._server.app = _listened_to(app, store.asked)
        try:
            store.system.mkdir(BUCKET)
            yield store
        finally:
            server.stop()
            get_backend("s3").reset()
            s3fs.S3FileSystem.clear_instance_cache()


def _listened_to(app: Any, asked: list[tuple[str, str, str]]) -> Any:
    def listening(environ: dict[str, Any], start_response: Any) -> Any:
        part = environ.get("HTTP_RANGE", "")
        asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], part))
        return app(environ, start_response)

    return listening
