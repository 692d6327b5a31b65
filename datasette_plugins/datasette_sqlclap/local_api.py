"""The API for who sits at this machine: the file manager, and files that ingest refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from datasette_sqlclap.auth import check_sees_paths
from datasette_sqlclap.requests import (
    LARGEST_ID,
    LibraryRequest,
    keys,
    reads,
    whole_number,
    writes,
)
from datasette_sqlclap.responses import RefusedError, json_answer
from datasette_sqlclap.sets.rooms import missing_told, rooms_of
from datasette_sqlclap.sound_files import is_there, lies_afar
from sqlclap.desktop import revealing_command, run_program

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from datasette_sqlclap.request_bodies import JsonObject
    from sqlclap.session import Session


@writes
@keys("sample_id")
async def reveal(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Show the file of ``sample_id`` in this machine's file manager; its path is the library's."""
    await _check_local(library_request)
    sample_id = whole_number(body.get("sample_id"), "sample_id", 1, LARGEST_ID)
    sample = await library_request.library.read(lambda session: rooms_of(session).sound(sample_id))
    if lies_afar(sample):
        raise RefusedError(501, f"{sample.path} lies at a node: its file is not on this machine")
    if not is_there(sample):
        raise RefusedError(404, f"the file of {sample.path} is gone")
    command = revealing_command(sample.file.absolute())
    if command is None:
        raise RefusedError(501, "this machine has no file manager that can be called")
    reason = await asyncio.to_thread(run_program, command, is_left=True)
    if reason is not None:
        raise RefusedError(501, f"the file manager can't be called: {reason}")
    await library_request.library.write(lambda session: _keep_use(session, sample_id))
    return json_answer({"ok": True})


@reads
async def failures(library_request: LibraryRequest) -> Response:
    """Answer with the files that could not be taken in, and why."""
    await _check_local(library_request)
    found, missing = await library_request.library.read(
        lambda session: rooms_of(session).failures()
    )
    shown = [{name: one[name] for name in ("path", "stage", "reason", "at")} for one in found]
    return json_answer({"ok": True, "failures": shown} | missing_told(missing))


async def _check_local(library_request: LibraryRequest) -> None:
    name = library_request.library.database.name
    await check_sees_paths(library_request.datasette, library_request.request, name)


def _keep_use(session: Session, sample_id: int) -> int:
    return rooms_of(session).curation().record_use([sample_id], "reveal")
