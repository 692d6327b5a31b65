"""Words at work over a set: first anchors for a label, and sounds sorted among names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlclap.labels.suggestions import (
    PathLabel,
    Suggestion,
    Suggestions,
    mean_prompt,
    meaningless_scores,
)
from sqlclap.labels.zero_shot import (
    Classification,
    NamedSample,
    Names,
    embed_names,
    in_order,
    judge_names,
)
from sqlclap.search.judgement import Words, judge_words
from sqlclap.search.request import SearchOptions
from sqlclap.shards.asking import Asked, ask, check_words
from sqlclap.shards.naming_jobs import BestOfNames, PathsHere, SortAmongNames
from sqlclap.shards.questions import Question
from sqlclap.shards.walking import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlclap.labels.suggestions import NamedPath
    from sqlclap.search.background import Background
    from sqlclap.search.judgement import Doubt
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession


class SetSuggestions(Suggestions):
    """Suggestions of a set, best first; ids are the set's.

    Attributes
    ----------
    reach : Reach
    """

    def __init__(
        self, suggestions: Iterable[Suggestion], doubts: Iterable[Doubt], reach: Reach
    ) -> None:
        super().__init__(suggestions, doubts)
        self.reach = reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines, and what is to be said against them."""
        return [*self.reach.remarks(), *super().remarks()]


class SetClassification(Classification):
    """Sorted sounds of a set: name by name, the largest share first; ids are the set's.

    Attributes
    ----------
    reach : Reach
    """

    def __init__(
        self, sorted_samples: Iterable[NamedSample], doubts: Mapping[str, str], reach: Reach
    ) -> None:
        super().__init__(sorted_samples, doubts)
        self.reach = reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines, and what is to be said against names."""
        return [*self.reach.remarks(), *super().remarks()]


def suggest(
    session: SetSession, prompts: Sequence[str], n: int, require_all: bool
) -> SetSuggestions:
    """Return the `n` sounds of all shards that words describe best; see `Labels.suggest`."""
    check_words(session)
    encoder, backgrounds = session.encoder, list[Any]()
    words = Words(" ".join(prompts), mean_prompt(encoder, prompts))

    def judge_of(background: Background | None) -> Any:
        backgrounds.append(background)
        return partial(judge_words, encoder, background, words)

    request = SearchOptions(exact=True).request(n)
    found = ask(session, Question(request, words.vector), judge_of, Asked(request, require_all))
    mean, deviation = meaningless_scores(encoder, backgrounds[-1])
    rows = (
        Suggestion(
            sample_id=one.sample_id,
            path=one.path,
            file=one.file,
            text_score=one.score,
            above_background=(one.score - mean) / deviation,
            weak=one.weak,
            heard_share=one.heard_share,
        )
        for one in found
    )
    suggestions = SetSuggestions(rows, found.doubts, found.reach)
    suggestions.model = session.model.name
    return suggestions


def classify(
    session: SetSession, names: Sequence[str], templates: Sequence[str], with_unknown: bool
) -> SetClassification:
    """Sort all sounds of a set among names; see `Labels.classify`."""
    check_words(session)
    embedded = embed_names(session.encoder, names, templates, with_unknown)
    judged, doubts = _judged(session, embedded)
    found = walk(session, lambda begins: SortAmongNames(judged, begins))
    rows = [one for page in found.pages for one in page]
    classified = SetClassification(in_order(judged, rows), doubts, found.reach)
    classified.model = session.model.name
    return classified


class SetPathLabels(list[PathLabel]):
    """Labels that are proposed from the paths of a set, by name; ids are the set's.

    Attributes
    ----------
    reach : Reach
        Whose paths were looked at.
    """

    def __init__(self, proposed: Iterable[PathLabel], reach: Reach) -> None:
        super().__init__(proposed)
        self.reach = reach


def paths_of_set(session: SetSession, require_all: bool) -> tuple[list[NamedPath], Reach]:
    """Return all sounds that have a vector, with their paths, in the order of these.

    Raises
    ------
    PartialAnswerError
        A shard is missing that is required, or all are.
    """
    found = walk(session, PathsHere)
    found.reach.check(require_all)
    paths = [(int(whole), str(path)) for page in found.pages for whole, path in page]
    return sorted(paths, key=lambda one: (one[1].encode(), one[0])), found.reach


def _judged(session: SetSession, names: Names) -> tuple[Names, dict[str, str]]:
    found, reach = session.ask(BestOfNames(names))
    reach.check(require_all=False)
    background = session.background([one for _, one in found.answers])
    best = [one for one, _ in found.answers if one is not None]
    return judge_names(session.encoder, background, names, best)
