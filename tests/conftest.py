"""Scenes that many tests share; what is slow to build is built once a session."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import sqlclap
from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle, open_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.shared_encoders import shared_encoder
from tests.support import audit
from tests.support.fake_bundle import build_fake_bundle
from tests.support.patience import be_patient
from tests.support.recordings import write_recordings
from tests.support.sounds import noise, tone, write_sound

# Started in the background, a shell's jobs ignore Ctrl-C, and so would the programs under test.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What a property says is true however busy the machine is: only its time is not looked at.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
be_patient()
audit.start()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let what is to be published be tested, in place of what is built for the tests."""
    parser.addoption("--wheel", type=Path, help="a wheel to test")
    parser.addoption("--installed", type=Path, help="an environment of `datasette install`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: no worker is left with one of them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep settings, and the library used last, in a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("settings")
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.delenv("SQLCLAP_LIBRARY", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def the_embedded_model_stays_loaded() -> Encoder:
    """Hold what libraries share as long as any uses it: a thousand tests would each load it."""
    return shared_encoder(find_bundle(EMBEDDED_MODEL))


@pytest.fixture(autouse=True)
def databases_are_opened_by_sqlite() -> Iterator[None]:
    """Let no code of sqlclap open a SQLite file by itself: locks on it would be lost."""
    with audit.listening() as seen:
        yield
    assert not seen, f"{seen[0][0]} was opened by\n{seen[0][1]}"


@pytest.fixture(scope="session")
def fake_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny deterministic model."""
    return build_fake_bundle(tmp_path_factory.mktemp("models") / "fake")


@pytest.fixture(scope="session")
def fake_encoder(fake_bundle: Path) -> Encoder:
    """The tiny model at work."""
    return Encoder(open_bundle(fake_bundle), threads=1)


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A folder of six sounds: tones in one subfolder, noises in another."""
    folder = tmp_path / "sounds"
    for hz in (110, 220, 440, 880):
        write_sound(folder / "tones" / f"tone-{hz}.wav", tone(hz))
    for seed in (1, 2):
        write_sound(folder / "noises" / f"noise-{seed}.flac", noise(seed))
    return folder


@pytest.fixture
def library(tmp_path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """An empty library that uses the tiny model."""
    with sqlclap.open(tmp_path / "library.db", model=str(fake_bundle)) as opened:
        yield opened


@pytest.fixture
def filled(library: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """A library that holds the six sounds."""
    library.ingest([sounds])
    return library


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """The folder of a library of recordings; not to be written to."""
    folder = tmp_path_factory.mktemp("spans")
    write_recordings(folder / "sounds")
    with sqlclap.open(folder / "library.db", model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
    return folder


@pytest.fixture
def field(recorded: Path, tmp_path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """A copy of it, with the label `bird`."""
    shutil.copytree(recorded, tmp_path / "field")
    with sqlclap.open(tmp_path / "field" / "library.db", model=str(fake_bundle)) as library:
        root = str(tmp_path / "field" / "sounds")
        library.connection.execute("UPDATE sources SET root = ?", (root,))
        library.labels.add("bird")
        yield library
