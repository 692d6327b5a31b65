"""The table of the API's answers: it is whole, and the page's types are those that it says.

That answers have the table's fields and types is checked of each that a test gets; see
`tests.page.answer_shapes`.
"""

import re
import subprocess
import sys
from pathlib import Path

import datasette_sqlclap
import pytest
from datasette_sqlclap.answers import ANSWERS
from datasette_sqlclap.routes import ROUTES

from tests.page.answer_shapes import check_answer

FRONTEND = Path(datasette_sqlclap.__file__).parent / "frontend"
NOT_JSON = ("points", "annotations", "audio", "peaks", "export", "tile")
"""Routes whose answers are bytes or files."""


def test_every_route_is_in_the_table() -> None:
    """A new route needs a row."""
    patterns = [pattern.removesuffix("$") for pattern, *_ in ROUTES]
    paths = {re.sub(r"\(\?P<sample>[^)]*\)", "ID", one).split("[^/]+)/", 1)[-1] for one in patterns}
    of_json = {
        path
        for path in paths
        if path.startswith(("api/", "sample/"))
        and not any(name in path.split("/") for name in NOT_JSON)
    }
    assert of_json == {one.path for one in ANSWERS}


def test_the_types_of_the_page_are_those_of_the_table() -> None:
    """They are written by a script."""
    script = [sys.executable, str(FRONTEND / "answer_types.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": True},
        {"ok": True, "removed": None},
        {"ok": True, "removed": 1, "more": 2},
        {"ok": True, "removed": "1"},
    ],
)
def test_what_is_not_in_the_table_is_found(answer: object) -> None:
    """The check of answers can fail."""
    address = "/-/sqlclap/sounds/api/tags/undo"
    check_answer("POST", address, 200, {"ok": True, "removed": 1})
    with pytest.raises(AssertionError):
        check_answer("POST", address, 200, answer)
