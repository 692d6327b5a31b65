"""Labels by example: anchors, scores and gaps, votes, review, tags."""

from sqlclap.labels.anchors import Anchor
from sqlclap.labels.cache import LibraryState, ScorerCache, library_state
from sqlclap.labels.facade import Labels
from sqlclap.labels.label import Label, find_label
from sqlclap.labels.matches import LabelMatch, MatchRequest, check_confidence, find_matches
from sqlclap.labels.precision import Judgement, Precision, judge, measure_precision
from sqlclap.labels.review import Draw, Review, ReviewItem
from sqlclap.labels.rivals import RivalReport, RivalShare, SuggestedRival, find_rivals
from sqlclap.labels.scorer import Scorer, folder_key, load_scorer
from sqlclap.labels.scoring import CONFIDENCES, HELD_BACK_BY, Confidence, LabelSettings, Scores
from sqlclap.labels.stored import vectors_of_samples
from sqlclap.labels.suggest import Suggestion
from sqlclap.labels.tagging import Conflict, TagRequest, TagRun
from sqlclap.labels.tags import Tag
from sqlclap.labels.transfer import ImportReport
from sqlclap.labels.votes import VERDICTS, Ballot, Verdict, Vote, as_verdict

__all__ = [
    "CONFIDENCES",
    "HELD_BACK_BY",
    "VERDICTS",
    "Anchor",
    "Ballot",
    "Confidence",
    "Conflict",
    "Draw",
    "ImportReport",
    "Judgement",
    "Label",
    "LabelMatch",
    "LabelSettings",
    "Labels",
    "LibraryState",
    "MatchRequest",
    "Precision",
    "Review",
    "ReviewItem",
    "RivalReport",
    "RivalShare",
    "Scorer",
    "ScorerCache",
    "Scores",
    "SuggestedRival",
    "Suggestion",
    "Tag",
    "TagRequest",
    "TagRun",
    "Verdict",
    "Vote",
    "as_verdict",
    "check_confidence",
    "find_label",
    "find_matches",
    "find_rivals",
    "folder_key",
    "judge",
    "library_state",
    "load_scorer",
    "measure_precision",
    "vectors_of_samples",
]
