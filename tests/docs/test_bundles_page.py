"""The page on bundles explains every field of the contract, and no other."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterator
from pathlib import Path

from sqlclap.models.contract import Contract

PAGE = Path(__file__).parents[2] / "docs" / "bundles.md"
ROW = re.compile(r"^\| (`[^|]*`) \|", re.MULTILINE)


def fields_of(kind: type, above: str = "") -> Iterator[str]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        inner = [
            part
            for part in (hint, *typing.get_args(hint))
            if isinstance(part, type) and dataclasses.is_dataclass(part)
        ]
        for part in inner:
            yield from fields_of(part, f"{above}{field.name}.")
        if not inner:
            yield f"{above}{field.name}"


def test_every_field_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8").split("## The contract, field by field")[1]
    named = {name.strip("` ") for row in ROW.findall(text) for name in row.split(",")}
    for field in fields_of(Contract):
        parents = {field, field.rpartition(".")[0]}
        assert parents & named, field
    known = set(fields_of(Contract))
    for name in named:
        assert any(field == name or field.startswith(f"{name}.") for field in known), name
