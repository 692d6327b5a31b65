"""Arguments and options that many commands take."""

from __future__ import annotations

import click

# A folder is refused when the library is opened, which tells who names the library last.
LIBRARY = click.argument("library", type=click.Path())
LIMIT = click.option("-n", "--limit", default=10, show_default=True, help="Number of results.")
MODEL = click.option("--model", help="Name or folder of the model [default: the library's own].")
BENCH_MODEL = click.option(
    "--model", help="Name or folder of the model [default: the embedded one]."
)
JSON = click.option("--json", "as_json", is_flag=True, help="A JSON object.")
