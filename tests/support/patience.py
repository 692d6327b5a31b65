"""How long a test waits for what is sure to come: a guard against hanging, never a limit."""

from __future__ import annotations

from sqlclap.db import connection
from sqlclap.index import reader
from sqlclap.search import filters

PATIENCE_S = 1_800.0
UNHURRIED = ("--setting", "sql_time_limit_ms", str(int(1000 * PATIENCE_S)))
"""What Datasette's command is told, so that no statement is interrupted."""


def be_patient() -> None:
    """Let this process hold on for as long as the tests wait, however busy the machine is.

    It waits that long for another process's lock, and what it keeps for a while (why an index can't
    be used, what a filter lets through) it keeps that long.
    """
    connection.BUSY_TIMEOUT_MS = int(1000 * PATIENCE_S)
    reader.TRY_AGAIN_S = reader.REPLACED_S = PATIENCE_S
    filters.KEPT_S = PATIENCE_S
