"""What a library answers to composed queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import TranslatesErrors

if TYPE_CHECKING:
    from sqlclap.finding.query import Query, Term
    from sqlclap.search.request import SearchOptions
    from sqlclap.search.results import Matches
    from sqlclap.search.targets import Target
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

    def between(
        self,
        first: Target | Term,
        last: Target | Term,
        n: int = 10,
        options: SearchOptions | None = None,
    ) -> Matches:
        """Return `n` sounds on the way from one sound to another, in order, none twice.

        `sqlclap.finding.between` has the method; each score is the cosine similarity to the
        step's point of the way. With each step, sounds lean more to `last` and less to `first`: the
        similarity to `last` minus that to `first` grows. The ends, and copies of a sound that is
        on the way, are left out; where a library has fewer others, the way has fewer steps.

        Parameters
        ----------
        first, last : Target or Term
            A sound as `similar` takes it, or a term of a sound, label or vector.
        n : int
            From 1 to 100.
        options : SearchOptions, optional
            Filters, and a floor for the score: steps below it are left out.

        Raises
        ------
        QueryError
            The ends are the same to the model, or opposites; one is words, or silent; `n` is out of
            range, or an option isn't for paths.
        UnknownSoundError, UnknownLabelError, NoAnchorsError
            There is nothing of an end's name.
        AudioDecodeError
            An end's file can't be read as sound.
        NoVectorsError
            The library or an end has no vectors.
        """
        from sqlclap.finding.between import find_between
        from sqlclap.finding.query import ends_of
        from sqlclap.search.request import SearchOptions

        request = (options or SearchOptions()).request(n)
        return find_between(self.session, ends_of(first, last), request)
