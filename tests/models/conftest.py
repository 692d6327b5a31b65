"""A hub with one good repository, and the command line in a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.hub_repository import write_hub_repository
from tests.support.hub_server import Hub, serve_hub
from tests.support.patience import PATIENCE_S

NAME = "clap-htsat-unfused"
REPOSITORY = "Xenova/clap-htsat-unfused"


@dataclass
class Machine:
    """A machine with nothing on it: runs ``sqlclap`` against one hub."""

    home: Path
    hub: Hub
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        """Where models are installed."""
        return self.home / "sqlclap" / "models"

    @property
    def cache(self) -> Path:
        """The hub's cache."""
        return self.home / "hub"

    def run(
        self, *words: str, program: tuple[str, ...] = ("-m", "sqlclap")
    ) -> subprocess.CompletedProcess[str]:
        """Run a command, by another program of Python's if need be; return how it ended."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        places = {
            "SQLCLAP_HOME": str(self.home / "sqlclap"),
            "HF_HOME": str(self.home),
            "HF_ENDPOINT": self.hub.url,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_ETAG_TIMEOUT": str(int(PATIENCE_S)),
            "HF_HUB_DOWNLOAD_TIMEOUT": str(int(PATIENCE_S)),
        }
        return subprocess.run(
            [sys.executable, *program, *words],
            capture_output=True,
            text=True,
            check=False,
            env=kept | places | self.settings,
        )

    def succeed(self, *words: str) -> str:
        """Run a command that must succeed and return what it printed."""
        ended = self.run(*words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def fail(self, *words: str) -> str:
        """Run a command that must fail with one line, and return that line."""
        ended = self.run(*words)
        assert ended.returncode == 1, (ended.stdout, ended.stderr)
        assert ended.stdout == ""
        lines = ended.stderr.splitlines()
        assert len(lines) == 1, ended.stderr
        return lines[0].removeprefix("Error: ")

    def holds_nothing(self) -> bool:
        """Whether no model is installed, not even half of one."""
        return not self.models.exists() or not list(self.models.iterdir())


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good repository's files."""
    return write_hub_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def hub(tmp_path: Path, repository: Path) -> Iterator[Hub]:
    """A hub that serves a copy of the repository under the registry's name."""
    copy = shutil.copytree(repository, tmp_path / "served")
    with serve_hub(Hub({REPOSITORY: copy})) as served:
        yield served


@pytest.fixture
def machine(tmp_path: Path, hub: Hub) -> Machine:
    """A machine with nothing on it."""
    return Machine(tmp_path / "machine", hub)
