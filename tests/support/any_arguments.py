"""Calls every SQL function with whatever hypothesis thinks of, on the driver that is named."""

from __future__ import annotations

import importlib
import json
import struct
import sys
import warnings
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqlclap.errors import SqlclapError
from sqlclap.labels.match_fields import MATCH_FIELDS
from sqlclap.search.fields import names_of
from sqlclap.sqlfunctions.adapters import FunctionWarning, register_functions
from sqlclap.sqlfunctions.spec import Spec
from sqlclap.sqlfunctions.specs import SPECS

OPTIONS = [*names_of("sql"), *(one.name for one in MATCH_FIELDS), "nonsense"]
NUMBERS = ["5", "3", "5.0", "1e3", "0x5", "\u0665", "1_0", "", " 2 ", "-1", "0", "nan", "9" * 30]
WHERE = ["sample_id > 1", "1; DROP TABLE samples", "'", "clap_score('5', sample_id) > 0", "--", ")"]

numbers = st.integers(-(2**63), 2**63 - 1) | st.floats() | st.sampled_from([0, 1, 2, 3, 5.0, 5.5])
vectors = st.lists(st.floats(width=32), max_size=17).map(lambda v: struct.pack(f"<{len(v)}f", *v))
fitting = st.lists(st.floats(-1, 1, width=32), min_size=16, max_size=16)
texts = st.text(max_size=20) | st.sampled_from([*NUMBERS, *WHERE, "[" * 5000, "[1, 2]", "[NaN]"])
inner = st.none() | st.booleans() | numbers | texts | st.just(10**400)
documents = st.dictionaries(
    st.sampled_from(OPTIONS),
    inner | st.sampled_from(WHERE) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_size=3,
)
options = documents.map(json.dumps) | st.sampled_from(["{", "[]", "5", '{"a":' * 3000, "\x00"])
values = (
    st.none()
    | numbers
    | texts
    | st.binary(max_size=70)
    | vectors
    | fitting.map(lambda v: struct.pack("<16f", *v))
    | fitting.map(json.dumps)
    | options
)


def main(driver: str, path: str) -> None:
    """Open the library with a driver and call."""
    module: Any = importlib.import_module(driver)
    connection = (module.Connection if driver == "apsw" else module.connect)(path)
    register_functions(connection)
    seen: Counter[str] = Counter()
    for spec in SPECS:
        if driver == "apsw" or spec.kind != "table":
            _try(connection, module.Error, spec, seen)
    print(json.dumps(seen))


def _try(connection: Any, error_kind: type[Exception], spec: Spec, seen: Counter[str]) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        count = data.draw(st.sampled_from(list(spec.arities)))
        arguments = [data.draw(values) for _ in range(count)]
        _call(connection, error_kind, spec, arguments, seen)

    run()


def _call(
    connection: Any,
    error_kind: type[Exception],
    spec: Spec,
    arguments: list[Any],
    seen: Counter[str],
) -> None:
    marks = ", ".join("?" * len(arguments))
    what = "* FROM" if spec.kind == "table" else ""
    sql = f"SELECT {what} {spec.name}({marks})"
    shown = f"{spec.name}: {[str(argument)[:60] for argument in arguments]}"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            rows = connection.execute(sql, arguments).fetchall()
        except (SqlclapError, error_kind, UnicodeEncodeError) as error:
            words = [str(one.message) for one in told if one.category is FunctionWarning]
            for line in [str(error), *words]:
                assert line.strip(), shown
                assert "\n" not in line, f"{shown}: {line}"
            rows = None
    has_null = any(
        value is None
        for name, value in zip(spec.arguments, arguments, strict=False)
        if name != "[options]"
    )
    seen["refused" if rows is None else "values"] += 1
    if has_null:
        assert rows == ([] if spec.kind == "table" else [(None,)]), shown


if __name__ == "__main__":
    main(*sys.argv[1:])
