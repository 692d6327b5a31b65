"""Checks of source text against the rules of the house; each returns what breaks a rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

MAX_FILE_LINES = 399
MAX_FUNCTION_LINES = 29
MAX_PARAMETERS = 5
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|PRAGMA|ATTACH)\b")
_RUNS_SQL = {"execute", "executemany", "executescript"}
VAGUE_NAMES = {"util", "utils", "misc", "common", "helper", "helpers"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def too_long(source: str) -> list[str]:
    """Find a file of too many lines."""
    lines = len(source.splitlines())
    return [f"{lines} lines, at most {MAX_FILE_LINES}"] if lines > MAX_FILE_LINES else []


def vague_parts(path: str) -> list[str]:
    """Find names that say nothing, among a path's folders and file."""
    parts = path.removesuffix(".py").split("/")
    return [f"{part} says nothing" for part in parts if part in VAGUE_NAMES]


def long_functions(source: str) -> list[str]:
    """Find functions of too many lines, their docstring not counted."""
    found = []
    for function in _functions(source):
        lines = _lines(function) - sum(map(_lines, _docstring(function)))
        if lines > MAX_FUNCTION_LINES:
            found.append(f"{function.name}: {lines} lines, at most {MAX_FUNCTION_LINES}")
    return found


def wide_functions(source: str) -> list[str]:
    """Find functions of too many parameters, ``self`` and ``cls`` not counted."""
    found = []
    for function in _functions(source):
        each = function.args
        names = [a.arg for a in (*each.posonlyargs, *each.args, *each.kwonlyargs)]
        names += [a.arg for a in (each.vararg, each.kwarg) if a is not None]
        count = len([name for name in names if name not in ("self", "cls")])
        if count > MAX_PARAMETERS:
            found.append(f"{function.name}: {count} parameters, at most {MAX_PARAMETERS}")
    return found


def unsorted_exports(source: str) -> list[str]:
    """Find an ``__all__`` that is not sorted: constants, then classes, then functions."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            if list(names) != sorted(names, key=_export_order):
                return ["__all__ is not sorted"]
    return []


def imported_modules(source: str, package: str = "") -> set[str]:
    """List what a module imports anywhere, inside functions too, as dotted names.

    ``from a import b`` gives ``a.b``: b may be a module.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def foreign_imports(imports: set[str], package: str, owners: Mapping[str, set[str]]) -> list[str]:
    """Find imports of libraries that only certain packages may import."""
    named = sorted({name.split(".")[0] for name in imports} & owners.keys())
    return [
        f"imports {top}, which only {sorted(owners[top])} may"
        for top in named
        if package not in owners[top]
    ]


def wrong_arrows(edges: Mapping[str, set[str]], ranks: Mapping[str, int]) -> list[str]:
    """Find packages that import what is above them, and siblings that import each other in turn.

    Parameters
    ----------
    edges : mapping of str to set of str
        Packages that each package imports.
    ranks : mapping of str to int
        A package may import those of a lower rank, and those of its own if no circle comes of it.
    """
    unplaced = sorted((edges.keys() | set().union(*edges.values())) - ranks.keys())
    found = [f"{package} has no place among the layers" for package in unplaced]
    for package in sorted(edges.keys() & ranks.keys()):
        for imported in sorted(edges[package] & ranks.keys() - {package}):
            if ranks[imported] > ranks[package]:
                found.append(f"{package} imports {imported}, which is above it")
            elif package in _reachable(edges, imported):
                found.append(f"{package} and {imported} import each other")
    return found


def own_sql(source: str) -> list[str]:
    """Find statements of SQL in texts, and calls and imports that run some."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            if _SQL.search(node.value):
                found.append(f"line {node.lineno} is SQL: {node.value.strip()[:40]}")
        elif isinstance(node, ast.Attribute) and node.attr in _RUNS_SQL:
            found.append(f"line {node.lineno} calls {node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module == "sqlclap.db.statements":
            found.append(f"line {node.lineno} imports sqlclap.db.statements")
    return found


def runtime_imports(source: str) -> set[str]:
    """List the top-level names of what a module imports when it runs, not for its types alone."""
    return {name.split(".")[0] for name in runtime_modules(source)}


def runtime_modules(source: str) -> set[str]:
    """List what a module imports when it runs, as `imported_modules` does."""
    tree = ast.parse(source)
    typing = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    for node in typing:
        if ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return imported_modules(ast.unparse(tree))


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Find modules that import each other in a circle; empty where there are none.

    Parameters
    ----------
    imports : mapping of str to set of str
        By module, the dotted names that it imports; what is no module here is a name of one.
    """
    known = {
        module: {name if name in imports else name.rpartition(".")[0] for name in names} - {module}
        for module, names in imports.items()
    }
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _reachable(edges: Mapping[str, set[str]], start: str) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        new = edges.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def _functions(source: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield node


def _docstring(function: Function) -> list[ast.stmt]:
    return function.body[:1] if ast.get_docstring(function, clean=False) is not None else []


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _export_order(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name
