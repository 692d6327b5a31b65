"""What is asked of a session's sounds: of a library's, or of all of a set's.

Whatever a view does with a session goes through here where a set has an answer of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.sets.library_rooms import LibraryRooms
from datasette_sqlclap.sets.set_rooms import SetRooms
from datasette_sqlclap.sets.whole_set import WholeSet

if TYPE_CHECKING:
    from sqlclap.session import Session
    from sqlclap.shards.missing import Missing

Rooms = LibraryRooms | SetRooms


def rooms_of(session: Session) -> Rooms:
    """Return what answers questions about a session's sounds."""
    return SetRooms(session.asked) if isinstance(session, WholeSet) else LibraryRooms(session)


def missing_of(matches: object) -> dict[str, Any]:
    """Return the shards of a set that didn't answer in full, as a field; none where all did."""
    reach = getattr(matches, "reach", None)
    return missing_told(reach.incomplete if reach is not None else ())


def missing_told(missing: tuple[Missing, ...]) -> dict[str, Any]:
    """Return shards that didn't answer as a field of an answer; none where all did."""
    from datasette_sqlclap.wording import without_commands, without_paths

    told = [
        {"shard": one.shard, "reason": without_commands(without_paths(one.reason)) or "no answer"}
        for one in missing
    ]
    return {"missing": told} if told else {}
