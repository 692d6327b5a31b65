"""Filters by time, of moments: by when a moment began, and not by when its recording did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement
from sqlclap.search.request import Filter

if TYPE_CHECKING:
    from sqlclap.search.search_field import SearchField


class MomentFilter(Filter):
    """A filter of moments: it lets the sounds through that may hold some that pass.

    Which of their moments do not pass is asked by `outside_sql`. A recorder that began at 23:50 and
    recorded for an hour has moments of two days, and of the hours 23 and 0.
    """

    @classmethod
    def of(cls, only: Filter) -> Filter:
        """Return the filter of moments by what a filter asks for; itself where it names no time."""
        if isinstance(only, cls) or not any(one.within for one, _ in only.given()):
            return only
        return cls(**vars(only))

    def condition(self, one: SearchField, value: Any) -> str:
        """Return what a sound fulfils in which a moment may pass."""
        return statement(one.touched) if one.touched else super().condition(one, value)

    def outside_sql(self) -> str:
        """Return the statement for the moments that don't pass, with named parameters."""
        conditions = [f"({statement(one.within)})" for one, _ in self.given() if one.within]
        return f"{statement('search/moments_outside')} ({' AND '.join(conditions)})"
