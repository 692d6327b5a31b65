"""Who may write: the action ``sqlclap-label``, off by default for all but the local user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from datasette.utils import actor_matches_allow

if TYPE_CHECKING:
    from datasette.app import Datasette

LABEL = "sqlclap-label"
LOCAL_USER = {"id": "root", "display": "you"}
GUEST = {"id": "sqlclap-guest", "display": "guest"}
"""The actor who came by the guest link: may look and listen."""

TELLS_PATHS = ("sources", "ingest_failures", "index_meta")
"""Tables that hold absolute paths, and nothing that the API tells of others."""

ALSO_TELL_PATHS = ("attached_rows", "attachments", "deployments", "attached_sounds", "recordings")
"""Tables and views that hold some among much else: the API tells that, and Datasette whole rows."""

_FOR_API: ContextVar[bool] = ContextVar("sqlclap_for_api", default=False)


@contextmanager
def for_api() -> Iterator[None]:
    """Decide about tables for the API within a ``with`` block: where files lie it doesn't tell."""
    before = _FOR_API.set(True)
    try:
        yield
    finally:
        _FOR_API.reset(before)


def tables_of_paths() -> tuple[str, ...]:
    """Return the tables and views by which who asks just now would learn where files lie."""
    return TELLS_PATHS if _FOR_API.get() else (*TELLS_PATHS, *ALSO_TELL_PATHS)


def is_local_user(actor: Mapping[str, object] | None) -> bool:
    """Return whether an actor is Datasette's root, the user of this machine."""
    return actor is not None and actor.get("id") == LOCAL_USER["id"]


def labels_allowed(datasette: Datasette, actor: Mapping[str, object] | None) -> bool:
    """Return whether an actor may label.

    The plugin's settings decide: ``label`` is an allow block such as ``{"id": "ana"}``, and
    ``read-only`` forbids it to everyone. Without them it is Datasette's root alone.
    """
    settings = datasette.plugin_config("sqlclap") or {}
    if settings.get("read-only"):
        return False
    if is_local_user(actor):
        return True
    allow = settings.get("label")
    return allow is not None and bool(actor_matches_allow(actor, allow))


def keeps_paths(datasette: Datasette, actor: Mapping[str, object] | None) -> bool:
    """Return whether absolute paths are hidden from an actor: the setting ``hide-paths``."""
    settings = datasette.plugin_config("sqlclap") or {}
    return bool(settings.get("hide-paths")) and not is_local_user(actor)


def tells_paths(action: str, resource: object) -> bool:
    """Return whether a resource would show absolute paths, on Datasette 0.65."""
    if action == "view-table" and isinstance(resource, tuple):
        return resource[-1] in tables_of_paths()
    return action in ("execute-sql", "view-database-download")
