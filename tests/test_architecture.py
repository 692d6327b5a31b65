"""The house keeps its rules: sizes, names, and imports that only run one way."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import architecture as rules

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("sqlclap/", "sqlclap_export/", "benchmarks/", "datasette_plugins/")

# A package may import those of a lower number; `api` stands for sqlclap itself.
RANKS = {
    "addresses": 1,
    "arrays": 0,
    "cells": 0,
    "counts": 1,
    "ctrl_c": 0,
    "deprecated": 0,
    "descriptor_columns": 0,
    "desktop": 0,
    "durable": 1,
    "errors": 0,
    "given_names": 1,
    "homes": 0,
    "native_output": 0,
    "progress": 0,
    "quantities": 0,
    "records": 0,
    "several": 1,
    "sqlite_files": 0,
    "thread_pool": 1,
    "audio": 2,
    "db": 3,
    "models": 3,
    "notebook": 3,
    "declared_models": 4,
    "session": 4,
    "metadata": 4,
    "index": 4,
    "attach": 5,
    "storage": 4,
    "ray_ingest": 7,
    "recordings": 5,
    "search": 5,
    "ingest": 6,
    "labels": 6,
    "map": 6,
    "curation": 7,
    "doctor": 7,
    "exchange": 7,
    "finding": 7,
    "own_vectors": 7,
    "plain_clients": 7,
    "history": 4,
    "running_work": 2,
    "upkeep": 6,
    "watching": 7,
    "api": 8,
    "opening": 9,
    "shards": 9,
    "sqlfunctions": 7,
    "llm_models": 7,
    "mcp_server": 9,
    "sqlclap_export": 9,
    "benchmarks": 11,
    "cli": 10,
    "datasette_sqlclap": 10,
}
STRANGERS = [("models", "db")]
OWNERS = {
    "apsw": {*RANKS} - {"audio", "models"},
    "av": {"audio"},
    "click": {"benchmarks", "cli"},
    "datasette": {"datasette_sqlclap"},
    "evoc": {"benchmarks"},
    "faiss": {"index"},
    "fsspec": {"storage"},
    "fast_hdbscan": {"map"},
    "huggingface_hub": {"models"},
    "laion_clap": {"sqlclap_export"},
    "llm": {"llm_models"},
    "mutagen": {"labels"},
    "matplotlib": {"map"},
    "mcp": {"mcp_server"},
    "mcp_types": {"mcp_server"},
    "numba": {"map"},
    "pandas": {"notebook"},
    "polars": {"notebook"},
    "pyarrow": {"notebook"},
    "onnx": {"models", "sqlclap_export"},
    "onnxruntime": {"models", "sqlclap_export"},
    "qdrant_client": {"own_vectors"},
    "ray": {"ray_ingest"},
    "rich": {"cli"},
    "soundfile": {"audio"},
    "soxr": {"audio"},
    "tokenizers": {"models", "sqlclap_export"},
    "torch": {"sqlclap_export"},
    "transformers": {"sqlclap_export"},
    "scipy": {"map"},
    "tinytag": {"metadata"},
    "sklearn": {"benchmarks"},
    "umap": {"benchmarks", "map"},
    "usearch": {"exchange"},
    "watchfiles": {"watching"},
}


def tracked() -> list[str]:
    command = ["git", "ls-files", "*.py"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode != 0:  # a copy without its history
        return [path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.rglob("*.py")]
    return [path for path in listed.stdout.split() if (REPOSITORY / path).exists()]


FILES = tracked()
CODE = [path for path in FILES if not path.startswith("tests/")]


def read(path: str) -> str:
    return (REPOSITORY / path).read_text(encoding="utf-8")


def broken(paths: list[str], rule: Callable[[str], list[str]]) -> list[str]:
    return [f"{path}: {what}" for path in paths for what in rule(read(path))]


def package_of(path: str) -> str:
    """Return the package among the layers that a file of the distribution belongs to."""
    first, second, *_ = [*path.removesuffix(".py").split("/"), ""]
    if first == "datasette_plugins":
        return second
    if first != "sqlclap":
        return first
    return {"__init__": "api", "__main__": "cli"}.get(second, second)


def package_named(module: str) -> str | None:
    first, second, *_ = [*module.split("."), ""]
    if first in {"benchmarks", "datasette_sqlclap", "sqlclap_export"}:
        return first
    if first != "sqlclap" or second == "sql":
        return None
    return second if (REPOSITORY / "sqlclap" / second).is_dir() and second else _module(second)


def _module(name: str) -> str:
    return name if name and (REPOSITORY / "sqlclap" / f"{name}.py").is_file() else "api"


def imports_by_package() -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in CODE:
        if path.startswith(PACKAGES):
            dotted = path.removesuffix(".py").replace("/", ".").rpartition(".")[0]
            found[package_of(path)] |= rules.imported_modules(read(path), dotted)
    return found


def edges_between_packages() -> dict[str, set[str]]:
    return {
        package: {named for module in modules if (named := package_named(module))} - {package}
        for package, modules in imports_by_package().items()
    }


def test_no_file_is_too_long() -> None:
    assert broken(FILES, rules.too_long) == []


def test_no_function_is_too_long() -> None:
    assert broken(CODE, rules.long_functions) == []


def test_no_function_takes_too_much() -> None:
    commands = [path for path in CODE if "/cli/" not in path]  # options arrive as parameters
    assert broken(commands, rules.wide_functions) == []


def test_no_module_is_called_something_vague() -> None:
    assert [f"{path}: {what}" for path in FILES for what in rules.vague_parts(path)] == []


def test_all_exports_are_sorted() -> None:
    assert broken(CODE, rules.unsorted_exports) == []


def test_arrows_run_one_way() -> None:
    assert rules.wrong_arrows(edges_between_packages(), RANKS) == []


def module_of(path: str) -> str:
    dotted = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return dotted.removeprefix("datasette_plugins.")


def test_files_import_each_other_in_no_circle() -> None:
    files = [path for path in CODE if path.startswith("sqlclap/")]
    assert (
        rules.circle({module_of(path): rules.runtime_modules(read(path)) for path in files}) == []
    )


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_neighbours_that_do_not_know_each_other(one: str, other: str) -> None:
    edges = edges_between_packages()
    assert other not in edges[one]
    assert one not in edges[other]


def test_each_library_has_its_place() -> None:
    found = imports_by_package()
    assert {
        package: wrong
        for package, imports in found.items()
        if (wrong := rules.foreign_imports(imports, package, OWNERS))
    } == {}


PLUGIN = [path for path in CODE if path.startswith("datasette_plugins/")]
# Datasette 1.0 takes its rules about who may see what as SQL over its own internal tables.
RULES_OF_DATASETTE = "datasette_plugins/datasette_sqlclap/datasette_versions.py"
# The binary form in which the map's points travel.
PACKS_NUMBERS = {"points.py"}


def test_the_plugin_is_http_only_and_asks_the_library_in_python() -> None:
    assert broken([path for path in PLUGIN if path != RULES_OF_DATASETTE], rules.own_sql) == []
    (found,) = rules.own_sql(read(RULES_OF_DATASETTE))
    assert "SELECT :sqlclap_p" in found


def test_the_plugin_calculates_nothing() -> None:
    calculating = {
        Path(path).name
        for path in PLUGIN
        if rules.runtime_imports(read(path)) & {"numpy", "scipy", "statistics"}
    }
    assert calculating == PACKS_NUMBERS


def test_pools_of_threads_are_those_that_ctrl_c_does_not_break() -> None:
    own = [path for path in CODE if path.startswith("sqlclap/")]
    found = [path for path in own if "ThreadPoolExecutor" in read(path)]
    assert found == ["sqlclap/thread_pool.py"]


# The checks themselves, on small sources that break each rule.


def test_long_files_are_found() -> None:
    assert rules.too_long("x = 1\n" * 399) == []
    assert rules.too_long("x = 1\n" * 400) == ["400 lines, at most 399"]


def test_long_functions_are_found_wherever_they_are() -> None:
    fits = '    """One.\n\n    Two.\n    """\n' + "    x = 1\n" * 28
    assert rules.long_functions(f"def f():\n{fits}") == []
    inner = "class C:\n    async def f(self):\n" + "        x = 1\n" * 29
    assert rules.long_functions(inner) == ["f: 30 lines, at most 29"]


def test_wide_functions_are_found() -> None:
    assert rules.wide_functions("def f(self, a, b, /, c, *d, e): ...") == []
    assert rules.wide_functions("def f(a, b, *, c, d, e, **f): ...") == [
        "f: 6 parameters, at most 5"
    ]


def test_vague_names_are_found() -> None:
    assert rules.vague_parts("sqlclap/audio/decode.py") == []
    assert rules.vague_parts("sqlclap/utils/decode.py") == ["utils says nothing"]
    assert rules.vague_parts("sqlclap/audio/misc.py") == ["misc says nothing"]


def test_unsorted_exports_are_found() -> None:
    assert rules.unsorted_exports('__all__ = ["LIMIT", "Zoo", "apple", "open"]') == []
    assert rules.unsorted_exports('__all__ = ["open", "apple"]') == ["__all__ is not sorted"]


def test_imports_are_found_wherever_they_are() -> None:
    source = """
import os.path
from . import near
from ..up import thing
if TYPE_CHECKING:
    import apsw
def f():
    from sqlclap.cli import main
"""
    assert rules.imported_modules(source, "sqlclap.audio") == {
        "apsw",
        "os.path",
        "sqlclap.audio.near",
        "sqlclap.cli.main",
        "sqlclap.up.thing",
    }


def test_sql_is_found_in_texts_but_not_in_docstrings() -> None:
    assert rules.own_sql('"""SELECT in words."""\ndef f():\n    """UPDATE it."""\n') == []
    assert rules.own_sql('x = f"SELECT {y} FROM samples"') == ["line 1 is SQL: SELECT"]
    assert rules.own_sql("x.execute(y)") == ["line 1 calls execute"]
    assert rules.own_sql("from sqlclap.db.statements import statement") == [
        "line 1 imports sqlclap.db.statements"
    ]


def test_circles_are_found() -> None:
    assert rules.circle({"a": {"b.f"}, "b": {"c", "numpy"}, "c": set()}) == []
    assert set(rules.circle({"a": {"b.f"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def test_imports_for_types_alone_are_told_from_others() -> None:
    source = (
        "import json\nif TYPE_CHECKING:\n    import numpy as np\ndef f():\n    import scipy.x\n"
    )
    assert rules.runtime_imports(source) == {"json", "scipy"}


def test_imports_upwards_and_in_circles_are_found() -> None:
    ranks = {"low": 0, "left": 1, "right": 1, "high": 2}
    assert rules.wrong_arrows({"high": {"left", "low"}, "left": {"right"}}, ranks) == []
    assert rules.wrong_arrows({"low": {"high"}}, ranks) == ["low imports high, which is above it"]
    assert rules.wrong_arrows({"left": {"right"}, "right": {"left"}}, ranks) == [
        "left and right import each other",
        "right and left import each other",
    ]
    assert rules.wrong_arrows({"new": {"low"}}, ranks) == ["new has no place among the layers"]


def test_imports_of_libraries_out_of_place_are_found() -> None:
    owners = {"click": {"cli"}}
    assert rules.foreign_imports({"click.testing", "os"}, "cli", owners) == []
    assert rules.foreign_imports({"click.testing"}, "api", owners) == [
        "imports click, which only ['cli'] may"
    ]
