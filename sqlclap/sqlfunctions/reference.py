"""The reference page of the SQL functions, written from the specs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlclap.sqlfunctions.spec import Spec
from sqlclap.sqlfunctions.specs import SPECS

KINDS = {"scalar": "", "aggregate": "An aggregate. ", "table": "A table. "}


def reference() -> str:
    """Return the page's generated part, in Markdown."""
    return "\n".join([*_table(), *(line for spec in SPECS for line in _section(spec))])


def _table() -> Iterator[str]:
    yield "| function | gives |"
    yield "|---|---|"
    for spec in SPECS:
        yield f"| [`{spec.signature}`](#{spec.name}) | {spec.gives} |"


def _section(spec: Spec) -> Iterator[str]:
    yield f"\n### {spec.name}\n"
    yield f"`{spec.signature}` gives: {spec.gives}.\n"
    yield f"{KINDS[spec.kind]}{spec.about}\n"
    if spec.columns:
        yield f"Columns: {', '.join(f'`{column}`' for column in spec.columns)}.\n"
    # A statement with a parameter is shown, but can't be run as it stands.
    yield "```text" if ":" in spec.example else "```sql"
    yield spec.example
    yield "```"
