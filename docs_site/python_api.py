"""The Python reference, as Markdown, from signatures and docstrings; cog puts it into its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import griffe

from docs_site.places import REPOSITORY

INSIDE = {"Encoder", "LibraryFile", "Planner", "Request", "Session"}
"""Classes of sqlclap's own working, which signatures mention."""


@cache
def package() -> Any:
    """Return what griffe reads of the package; nothing is imported."""
    return griffe.load("sqlclap", search_paths=[REPOSITORY], docstring_parser="numpy")


def public_names() -> list[str]:
    """Return `sqlclap.__all__` but for the version."""
    return [str(name).strip("'") for name in package().exports if not str(name).startswith("__")]


def parts_of_library() -> list[str]:
    """Return the attributes of a `Library` that are objects with methods of their own."""
    library = _target(package()["Library"])
    found = (name for name, member in library.members.items() if "property" in member.labels)
    return [name for name in found if _is_part(library[name].annotation)]


def _is_part(hint: Any) -> bool:
    path = getattr(hint, "canonical_path", "")
    kind = _found(path) if path.startswith("sqlclap.") else None
    return kind is not None and kind.name not in INSIDE


def reference() -> str:
    """Return the whole reference: `open` and `Library`, its parts, and what they take and give."""
    first = ["open", "Library"]
    others = [name for name in public_names() if name not in (*first, "SqlclapError")]
    parts = ["## Opening a library\n"]
    parts += [_object_of(name) for name in first]
    parts.append("## The parts of a library\n")
    parts += [_object(_class_of(name), f"What `library.{name}` is.") for name in parts_of_library()]
    parts.append("## What `sqlclap` gives beside them\n")
    parts += [_object_of(name) for name in others]
    parts.append("## What methods give and take\n")
    parts += [_object(_found(path)) for path in mentioned_types()]
    parts.append(f"## Errors\n\n```text\n{_error_tree()}\n```\n\n{_error_notes()}\n")
    return "\n".join(parts)


def documented() -> list[Any]:
    """Return what the reference's first three parts describe."""
    return [_target(package()[name]) for name in public_names()] + [
        _class_of(name) for name in parts_of_library()
    ]


def mentioned_types() -> list[str]:
    """Return the paths of all other classes that these mention, and that those mention."""
    known = {found.canonical_path for found in documented()}
    paths: dict[str, None] = {}
    waiting = documented()
    while waiting:
        for path in _mentions(waiting.pop(0)):
            if path not in known and path.rpartition(".")[2] not in INSIDE:
                known.add(path)
                paths[path] = None
                waiting.append(_found(path))
    return sorted(paths, key=lambda path: path.rpartition(".")[2])


def _mentions(found: Any) -> Iterator[str]:
    """Yield the paths of sqlclap's classes in the annotations of a function or class."""
    members = [found]
    if found.is_class:
        fields = [each for each in found.all_members.values() if not each.name.startswith("_")]
        members = [_target(each) for each in fields if _target(each).kind.value != "class"]
    for member in members:
        for hint in _annotations(member):
            for name in hint.iterate(flat=True) if hasattr(hint, "iterate") else ():
                path = getattr(name, "canonical_path", "")
                if path.startswith("sqlclap.") and _found(path) is not None:
                    yield path


def _annotations(member: Any) -> list[Any]:
    if not member.is_function:
        return [member.annotation]
    return [member.returns, *(each.annotation for each in member.parameters)]


def _found(path: str) -> Any:
    """Return the class of that path; None where it is something else."""
    try:
        found = _target(package()[path.removeprefix("sqlclap.")])
    except KeyError:
        return None
    return found if found.is_class and found.module.name != "errors" else None


def _object_of(name: str) -> str:
    return _object(_target(package()[name]))


def _class_of(attribute: str) -> Any:
    member = _target(package()["Library"])[attribute]
    return _target(package()[member.annotation.canonical_path.removeprefix("sqlclap.")])


def _target(found: Any) -> Any:
    return found.final_target if found.is_alias else found


def _object(found: Any, note: str = "") -> str:
    """Describe a function, or a class with all of its public members."""
    parts = [_described(found, "###", found.name, note)]
    members = _public_members(found) if found.is_class else ()
    parts += [_described(each, "####", f"{found.name}.{each.name}") for each in members]
    return "\n".join(parts)


def _public_members(found: Any) -> Iterator[Any]:
    """Yield methods and properties, inherited ones too; attributes are told by the class."""
    for name, member in sorted(found.all_members.items()):
        target = _target(member)
        if name.startswith("_") or target.docstring is None:
            continue
        if target.is_function or "property" in target.labels:
            yield target


def _described(found: Any, level: str, title: str, note: str = "") -> str:
    lines = [f"{level} {title}\n", f"```python\n{_signature(found)}\n```\n"]
    lines += [f"{note}\n"] * bool(note)
    if found.docstring is not None:
        told = [each for each in found.docstring.parsed if _told(found, each)]
        lines += [f"{_section(each, _inherited(found, each))}\n" for each in told]
    return "\n".join(lines)


def _told(found: Any, section: Any) -> bool:
    """Whether a section speaks to users: how sqlclap makes its own objects does not."""
    made_inside = found.is_class and (found.name not in public_names() or found.name == "Library")
    return not (made_inside and section.kind.value == "parameters")


def _signature(found: Any) -> str:
    if found.is_class:
        return _class_signature(found)
    if not found.is_function:
        return f"{found.name}: {found.annotation}"
    taken = [each for each in found.parameters if each.name not in ("self", "cls")]
    given = "" if found.returns is None else f" -> {found.returns}"
    return _folded(found.name, _parameters(taken), given)


def _class_signature(found: Any) -> str:
    """Return how one is made; what a library gives is only named."""
    fields = [each for each in found.parameters if each.name != "self"]
    if not fields or found.name not in public_names() or found.name == "Library":
        return f"class {found.name}"
    return _folded(f"class {found.name}", _parameters(fields), "")


def _parameters(taken: list[Any]) -> list[str]:
    shown: list[str] = []
    marked = False
    for each in taken:
        if each.kind is griffe.ParameterKind.keyword_only and not marked:
            shown.append("*")
            marked = True
        stars = {
            griffe.ParameterKind.var_positional: "*",
            griffe.ParameterKind.var_keyword: "**",
        }.get(each.kind, "")
        marked = marked or stars == "*"
        hint = "" if each.annotation is None else f": {each.annotation}"
        preset = "" if each.default is None or stars else f" = {each.default}"
        shown.append(f"{stars}{each.name}{hint}{preset}")
    return shown


def _folded(name: str, taken: list[str], given: str) -> str:
    line = f"{name}({', '.join(taken)}){given}"
    if len(line) <= 88:
        return line
    inner = "".join(f"    {each},\n" for each in taken)
    return f"{name}(\n{inner}){given}"


def _inherited(found: Any, section: Any) -> list[Any]:
    """Return the attributes that a class has of those that it extends."""
    if not (found.is_class and section.kind.value == "attributes"):
        return []
    told = {name for each in section.value for name in each.name.split(", ")}
    further = []
    for one in (one for base in found.mro() if base.docstring for one in base.docstring.parsed):
        for each in one.value if one.kind.value == "attributes" else ():
            names = set(each.name.split(", "))
            further += [] if names <= told else [each]
            told |= names
    return further


def _section(section: Any, inherited: Sequence[Any] = ()) -> str:
    """Return a section of a docstring as Markdown."""
    kind = section.kind.value
    if kind == "text":
        return str(section.value)
    if kind == "examples":
        return "\n\n".join(f"```python\n{text}\n```" for _, text in section.value)
    if kind not in _LISTED:
        raise ValueError(f"expected one of {sorted(_LISTED)} in a docstring, got {kind}")
    return f"**{_LISTED[kind]}**\n\n" + "\n".join(
        _item(each) for each in (*section.value, *inherited)
    )


_LISTED = {
    "parameters": "Parameters",
    "attributes": "Attributes",
    "returns": "Returns",
    "yields": "Yields",
    "raises": "Raises",
    "warns": "Warns",
}


def _item(each: Any) -> str:
    name = getattr(each, "name", "")
    kind = str(each.annotation or "").removeprefix("(").removesuffix(")")
    head = f"`{name}` ({kind})" if name and kind else f"`{name or kind}`"
    told = " ".join(each.description.split())
    return f"- {head}: {told}" if told else f"- {head}"


def _error_tree() -> str:
    text = str(package()["errors"].docstring.value)
    return text[text.index("SqlclapError") : text.index("There are")].strip()


def _error_notes() -> str:
    text = str(package()["errors"].docstring.value)
    return text[text.index("There are") :].strip()
