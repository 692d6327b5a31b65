"""Descriptors of other packages: real distributions on Python's path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import invalidate_caches
from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest

import sqlclap
from sqlclap.audio.descriptor_plugins import find_plugins
from sqlclap.db.measured_columns import stored_columns
from sqlclap.errors import PluginWarning
from sqlclap.search.request import SearchOptions
from tests.support.example_site import install_example, write_distribution
from tests.support.sounds import noise, tone, write_sound

CREST = "SELECT path, dynamics__crest_db, note FROM samples ORDER BY path"
COLUMN = "from sqlclap.descriptor_columns import DescriptorColumn as C\n"
POINT = "[sqlclap.descriptors]\n{name} = {module}:Meter\n"
METER = """
class Meter:
    columns = (C(name="value", label="Value", about="A value.", low=0.0, high=1.0),)
    def __init__(self, rate): self.rate = rate
    def update(self, mono): {update}
    def finish(self): {finish}
"""


def offer(site: Path, name: str, **meter: str) -> None:
    """Write a distribution with one descriptor, `<name>__value`."""
    module = f"{name}_package"
    sys.modules.pop(module, None)
    points = POINT.format(name=name, module=module)
    write_distribution(site, f"{name}-package", meter_of(**meter), points)


def meter_of(update: str = "pass", finish: str = "return {'value': 0.5}") -> str:
    return COLUMN + METER.format(update=update, finish=finish)


@pytest.fixture(scope="session")
def example_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, installed."""
    return install_example(tmp_path_factory.mktemp("example"))


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A tone, noise and silence."""
    time = np.arange(16_000) / 16_000
    write_sound(tmp_path / "sounds" / "tone.wav", 0.5 * np.sin(2 * np.pi * 200 * time))
    write_sound(tmp_path / "sounds" / "noise.wav", noise(1))
    write_sound(tmp_path / "sounds" / "silence.wav", 0 * tone(50))
    return tmp_path / "sounds"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on Python's path."""
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


def values(library: sqlclap.Library, column: str) -> list[object]:
    query = f"SELECT {column} FROM samples ORDER BY path"  # noqa: S608
    return [value for (value,) in library.connection.execute(query)]


def test_an_installed_package_measures_in_every_reading_thread(
    example_site: Path, sounds: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    command = [sys.executable, "-m", "sqlclap", "ingest", str(tmp_path / "l.db"), str(sounds)]
    command += ["--model", str(fake_bundle), "--threads", "3", "--json"]
    run = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(example_site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (json.loads(run.stdout)["new"], run.stderr) == (3, "")
    # The package is gone by now: what it measured stays, and so does what that means.
    with sqlclap.open(tmp_path / "l.db", mode="read", model=str(fake_bundle)) as library:
        (rough, _), (silent, none), (sine, _) = [
            row[1:] for row in library.connection.execute(CREST)
        ]
        assert sine == pytest.approx(20 * np.log10(np.sqrt(2)), abs=0.1)
        assert rough == pytest.approx(10 * np.log10(3), abs=0.2)  # of even noise
        assert (silent, none) == (None, None)
        (column,) = [one for one in stored_columns(library.connection) if one.origin != "sqlclap"]
        assert (column.name, column.label, column.origin) == (
            "dynamics__crest_db", "Crest factor", "dynamics",
        )  # fmt: skip
        assert library.search("tone", 5, SearchOptions(where="dynamics__crest_db < 5"))
        in_order = library.search("tone", 5, SearchOptions(sort="dynamics__crest_db:desc"))
        assert [one.path for one in in_order] == ["noise.wav", "tone.wav"]


def test_a_package_installed_later_is_made_up_for_by_measure(
    library: sqlclap.Library, sounds: Path, site: Path
) -> None:
    library.ingest([sounds])
    offer(site, "later")
    assert library.ingest([]).unmeasured == 3
    assert values(library, "later__value") == [None, None, None]
    report = library.ingest([], sqlclap.IngestOptions(measure=True))
    assert (report.measured, report.unmeasured) == (3, 0)
    assert values(library, "later__value") == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("meter", "reason"),
    [
        ({"update": "1 / 0"}, "ZeroDivisionError: division by zero"),
        ({"update": "mono *= 2"}, "ValueError: output array is read-only"),
        ({"finish": "return {'value': 7}"}, "expected wrong__value from 0 to 1, got 7"),
        ({"finish": "return {'value': float('nan')}"}, "got nan"),
        ({"finish": "return {'value': 'loud'}"}, "expected wrong__value to be a number or None"),
        ({"finish": "return {'other': 1}"}, "expected values for value; got other"),
        ({"finish": "return None"}, "TypeError"),
    ],
)
def test_a_package_that_fails_is_a_note_and_all_else_is_taken_in(
    library: sqlclap.Library, sounds: Path, site: Path, meter: dict[str, str], reason: str
) -> None:
    offer(site, "wrong", **meter)
    offer(site, "right")
    report = library.ingest([sounds])
    assert (report.new, report.failed, report.unmeasured) == (3, [], 3)
    assert values(library, "wrong__value") == [None, None, None]
    assert values(library, "right__value") == [0.5, 0.5, 0.5]
    assert all("the descriptors of wrong failed: " in str(note) for note in values(library, "note"))
    assert all(reason in str(note) for note in values(library, "note"))
    assert len(library.search("tone")) == 2

    # Mended, it is asked again for those that it failed on.
    (site / "wrong_package.py").write_text(meter_of(finish="return {'value': 1}"))
    sys.modules.pop("wrong_package")
    # Compiled code is told apart by the second of the source and its length alone.
    rmtree(site / "__pycache__", ignore_errors=True)
    invalidate_caches()
    assert library.ingest([], sqlclap.IngestOptions(measure=True)).measured == 3
    assert values(library, "wrong__value") == [1.0, 1.0, 1.0]
    assert values(library, "note") == [None, None, None]


def test_the_model_hears_the_same_with_and_without(
    library: sqlclap.Library, sounds: Path, site: Path
) -> None:
    library.ingest([sounds])
    before = library.connection.execute("SELECT hex(vector) FROM vec_1").fetchall()
    offer(site, "careless", update="mono.setflags(write=True); mono[:] = 0")
    library.ingest([], sqlclap.IngestOptions(measure=True))
    assert library.connection.execute("SELECT hex(vector) FROM vec_1").fetchall() == before


CLASS = "class Meter: columns = "


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("Meter = 3", "expected a class or another callable, got int"),
        (CLASS + "()", "expected `columns`"),
        (CLASS + "('value',)", "expected `columns`"),
        ("class Meter: pass", "AttributeError"),
        (COLUMN + CLASS + "(C(name='A-b', label='x', about='y'),)", "lower-case letters"),
        (COLUMN + CLASS + "(C(name='', label='x', about='y'),)", "names of their own"),
        (COLUMN + CLASS + "(C(name='a', label='', about='y'),)", "a label and a sentence"),
    ],
)
def test_a_package_that_is_none_is_warned_of_and_left_out(
    library: sqlclap.Library, sounds: Path, site: Path, module: str, reason: str
) -> None:
    sys.modules.pop("odd_package", None)
    write_distribution(site, "odd-package", module, POINT.format(name="odd", module="odd_package"))
    with pytest.warns(PluginWarning, match="are left out") as caught:
        assert library.ingest([sounds]).new == 3
    assert reason in str(caught[0].message)
    assert not any(column.origin == "odd" for column in stored_columns(library.connection))


def test_an_entry_point_whose_name_can_be_no_columns_is_left_out(site: Path) -> None:
    points = POINT.format(name="two words", module="odd_package")
    write_distribution(site, "odd-package", meter_of(), points)
    sys.modules.pop("odd_package", None)
    with pytest.warns(PluginWarning, match="lower-case letters"):
        assert find_plugins() == ()


def test_a_column_of_somebody_else_is_left_alone(
    library: sqlclap.Library, sounds: Path, site: Path
) -> None:
    library.ingest([sounds])
    library.connection.execute("ALTER TABLE samples ADD COLUMN mine__value REAL DEFAULT 42")
    offer(site, "mine")
    with pytest.warns(PluginWarning, match="samples has a column mine__value of someone else"):
        report = library.ingest([], sqlclap.IngestOptions(measure=True))
    assert report.unmeasured == 0
    assert values(library, "mine__value") == [42, 42, 42]


def test_two_packages_with_one_entry_point_are_not_mixed_up(site: Path) -> None:
    offer(site, "twice")
    write_distribution(
        site,
        "other",
        COLUMN + METER.format(update="pass", finish="pass"),
        POINT.format(name="twice", module="other"),
    )
    with pytest.warns(PluginWarning, match="another package has an entry point of that name"):
        assert [plugin.name for plugin in find_plugins()] == ["twice"]


def test_without_packages_help_looks_for_none() -> None:
    code = (
        "import sys; from sqlclap.cli import main; main(['--help'], standalone_mode=False);"
        "print('LOADED', 'importlib.metadata' in sys.modules,"
        "'sqlclap.audio.descriptor_plugins' in sys.modules,"
        "'sqlclap.descriptor_columns' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip().endswith("LOADED False False False")
