"""What a library answers to composed queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import TranslatesErrors

if TYPE_CHECKING:
    from sqlclap.finding.query import Query, Term
    from sqlclap.search.query import Vector
    from sqlclap.search.request import Request, SearchOptions
    from sqlclap.search.results import Matches
    from sqlclap.session import Session


class ComposedQueries(TranslatesErrors):
    """Answers to composed queries: a part of `Library`."""

    session: Session

    def find(
        self, query: Query | Term | str, n: int = 10, options: SearchOptions | None = None
    ) -> Matches:
        """Return the `n` sounds that a composed query puts first.

        ``library.find(Query().more("kick").like(17).less("reverb", 0.5))``; of one term alone, the
        answer is that of `search` or `similar`. `sqlclap.finding.formula` has the formula, and the
        answer's `terms` say how each counted.

        Parameters
        ----------
        query : Query, Term or str
            A text is words that are wanted. Sounds of the library that are wanted to be like are
            not among the answers.
        n : int
        options : SearchOptions, optional
            Filters, a floor for the score, pages.

        Raises
        ------
        QueryError
            Nothing is wanted, the terms cancel each other out, a term is silent, `n` is below 1, or
            a filter can't be used.
        UnknownSoundError, UnknownLabelError, NoAnchorsError
            There is nothing of a term's name.
        AudioDecodeError
            A term's file can't be read as sound.
        NoTextTowerError, NoVectorsError
            The model has no words, or the library or a term no vectors.
        """
        from sqlclap.finding.find import find
        from sqlclap.finding.query import as_query
        from sqlclap.search.request import SearchOptions

        return find(self.session, as_query(query), (options or SearchOptions()).request(n))

    def _search_text(self, text: str | Vector, request: Request) -> Matches:
        """Return what `search` asks for; few ask for what words measure."""
        if not request.measures:
            from sqlclap.search.query import search_described

            return search_described(self.session, text, request)
        from sqlclap.finding.find import search_text

        return search_text(self.session, text, request)
