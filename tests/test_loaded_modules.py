"""What commands load: nothing heavy that they don't need, so that they start fast."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sqlclap
from tests.support.fake_bundle import build_fake_bundle
from tests.support.sounds import tone, write_sound

REPOSITORY = Path(__file__).parents[1]
HEAVY = {
    "faiss", "matplotlib", "numba", "numpy", "onnxruntime", "pandas", "polars", "pyarrow", "scipy",
    "torch", "umap", "usearch",
}  # fmt: skip


def modules_after(code: str, *arguments: str | Path, told: str = "sys.modules") -> set[str]:
    """Run code in a fresh interpreter and return the modules it has loaded, or others it lists."""
    end = f"\nprint('\\nLOADED', *{told})"
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}{end}", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stdout.rpartition("LOADED")[2].split())


def test_importing_sqlclap_and_its_help_load_nothing_heavy() -> None:
    assert modules_after("import sqlclap") & (HEAVY | {"apsw", "click"}) == set()
    code = "from sqlclap.cli import main\nmain(['--help'], standalone_mode=False)"
    loaded = modules_after(code)
    assert loaded & (HEAVY | {"apsw"}) == set()
    assert own_modules(loaded) == {
        "cli", "cli.error_output", "cli.program_errors", "errors", "quantities",
    }  # fmt: skip


def own_modules(loaded: set[str]) -> set[str]:
    """Return the modules of sqlclap, without its name in front."""
    return {name.removeprefix("sqlclap.") for name in loaded if name.startswith("sqlclap.")}


# What a plain search of a library without an index does without: loading it takes long.
ROOMS_APART = {"index", "ingest", "labels", "map", "recordings", "sqlfunctions"}
FOR_SOUNDS = {"audio.decode", "audio.front_end", "audio.mel", "audio.mixdown"}
FOR_PARTS = {
    "db.span_vectors", "db.summary", "search.event_search", "search.index_search",
    "search.moments", "search.spans",
}  # fmt: skip
FOR_OTHERS = {"concurrent.futures.thread", "csv", "secrets", "shutil", "tempfile"}
RUN_COMMAND = """
from sqlclap.cli import main
main(sys.argv[1:], standalone_mode=False)
"""


@pytest.fixture(scope="module")
def three_tones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A library without an index, and the folder of its model."""
    folder = tmp_path_factory.mktemp("tones")
    bundle = build_fake_bundle(folder / "bundle")
    for pitch in (110, 220, 330):
        write_sound(folder / "sounds" / f"tone-{pitch}.wav", tone(pitch))
    with sqlclap.open(folder / "library.db", model=str(bundle)) as library:
        library.ingest([folder / "sounds"])
    return folder / "library.db", bundle


def test_a_plain_search_loads_no_more_than_it_needs(three_tones: tuple[Path, Path]) -> None:
    library, bundle = three_tones
    by_sound = modules_after(RUN_COMMAND, "similar", library, "1")
    by_words = modules_after(RUN_COMMAND, "search", library, "deep kick", "--model", bundle)
    for loaded in (by_sound, by_words):
        own = own_modules(loaded)
        assert {one.partition(".")[0] for one in own} & ROOMS_APART == set()
        assert own & (FOR_SOUNDS | FOR_PARTS) == set()
        assert loaded & FOR_OTHERS == set()
    assert "onnxruntime" in by_words  # so it did search
    assert by_sound & {"hashlib", "logging", "onnxruntime", "sqlclap.models"} == set()


def test_ingest_and_search_load_neither_torch_nor_umap(tmp_path: Path) -> None:
    bundle = build_fake_bundle(tmp_path / "bundle")
    write_sound(tmp_path / "sounds" / "tone.wav", tone(220))
    code = """
import sqlclap
with sqlclap.open(sys.argv[1], model=sys.argv[2]) as library:
    assert library.ingest([sys.argv[3]]).new == 1
    assert len(library.search("deep kick")) == 1
"""
    loaded = modules_after(code, tmp_path / "library.db", bundle, tmp_path / "sounds")
    assert loaded & {"torch", "umap", "numba", "faiss", "transformers", "soundfile"} == {
        "soundfile"
    }


MAP_ONLY = {"fast_hdbscan", "matplotlib", "numba", "scipy", "sklearn", "torch", "umap"}


OTHER_COMMANDS = """
from sqlclap.cli import main
library, bundle, sounds = sys.argv[1:]
def run(command, *arguments):
    main([*command.split(), *arguments], standalone_mode=False)
run("ingest", library, sounds, "--model", bundle)
run("index build", library)
run("similar", library, "1")
run("search", library, "kick", "--model", bundle)
run("label add", library, "tone")
run("anchor add", library, "tone", "1", "2")
run("matches", library, "tone")
run("vote", library, "tone", "accept", "3")
run("tag --all", library)
run("query", library, "SELECT * FROM map_points, cluster_summary")
run("doctor", library)
"""
OF_A_SET = """
from sqlclap.cli import main
library, bundle, sounds = sys.argv[1:]
def run(command, *arguments):
    main([*command.split(), *arguments], standalone_mode=False)
run("shards init", library, "--shards", "2", "--model", bundle)
run("ingest", library, sounds, "--model", bundle)
run("search", library, "kick", "--model", bundle)
run("shards status", library)
import sqlclap.shards.node
"""
ALL_MODULES = """
import importlib, pkgutil, datasette_sqlclap, sqlclap.cli
for package in (datasette_sqlclap, sqlclap.cli):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""


@pytest.mark.slow
def test_commands_that_do_not_map_compile_nothing(tmp_path: Path) -> None:
    bundle = build_fake_bundle(tmp_path / "bundle")
    for pitch in (110, 220, 330):
        write_sound(tmp_path / "sounds" / f"tone-{pitch}.wav", tone(pitch))
    loaded = modules_after(OTHER_COMMANDS, tmp_path / "library.db", bundle, tmp_path / "sounds")
    assert loaded & MAP_ONLY == set()
    assert "faiss" in loaded  # so the commands did run


def test_sets_that_are_not_mapped_compile_nothing(tmp_path: Path) -> None:
    bundle = build_fake_bundle(tmp_path / "bundle")
    write_sound(tmp_path / "sounds" / "tone.wav", tone(220))
    loaded = modules_after(OF_A_SET, tmp_path / "set.toml", bundle, tmp_path / "sounds")
    assert loaded & MAP_ONLY == set()
    assert "sqlclap.map.store" in loaded  # what nodes tell of maps


WITHOUT_EXTRAS = """
import importlib, pkgutil, sqlclap
lacking = []
for module in pkgutil.walk_packages(sqlclap.__path__, "sqlclap."):
    try:
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    except ModuleNotFoundError:
        lacking.append(module.name.removeprefix("sqlclap."))
"""
EXTRAS = (
    "av", "datasette", "fast_hdbscan", "fsspec", "llm", "matplotlib", "mcp", "mutagen", "numba",
    "onnx", "pandas", "polars", "pyarrow", "qdrant_client", "ray", "s3fs", "scipy", "sklearn",
    "sqlite_utils", "torch", "transformers", "umap", "usearch", "uvicorn", "watchfiles",
)  # fmt: skip


def test_modules_need_no_extra_but_those_that_are_imported_where_one_is_used() -> None:
    blocked = f"for name in {EXTRAS}:\n    sys.modules[name] = None"
    lacking = modules_after(f"{blocked}\n{WITHOUT_EXTRAS}", told="lacking")
    apart = {"cli.sqlite_utils_plugin", "llm_models", "mcp_server.checking"}
    assert lacking == apart | {"map.compiled_knn", "map.optimize_layout"}


@pytest.mark.slow
def test_a_map_imports_umap_learn_only_when_asked_to(tmp_path: Path) -> None:
    write_sound(tmp_path / "sounds" / "tone.wav", tone(220))
    code = """
from sqlclap.cli import main
library, sounds = sys.argv[1:]
main(["ingest", library, sounds], standalone_mode=False)
main(["map", library], standalone_mode=False)
"""
    here = (tmp_path / "library.db", tmp_path / "sounds")
    assert "umap" not in modules_after(code, *here)


@pytest.mark.slow
def test_modules_of_commands_and_page_compile_nothing() -> None:
    loaded = modules_after(ALL_MODULES)
    assert loaded & MAP_ONLY == set()
    assert "datasette" in loaded
