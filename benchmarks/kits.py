"""How well labels do on real drum kits: few anchors, answers from some kits, judged on others.

The kits are those of Debian's hydrogen-drumkits package; instruments' names are the truth. Kits of
one author stay together: they share sounds. Each split takes three fifths of the families for
anchors and votes and holds the others out:

1. five anchors a class, spread over the kits at hand;
2. `review` draws sounds of those kits, the truth answers, `calibrate` fits;
3. held-out sounds are scored, and "high" is compared with the truth: by the model's defaults, and
   by calibrations, where the votes showed the target.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from sqlclap.db.stored_models import default_model
from sqlclap.db.vectors import vectors_of_samples
from sqlclap.errors import LabelError, QueryError
from sqlclap.labels.calibration import CalibrationRequest
from sqlclap.labels.labelled_examples import as_apart
from sqlclap.labels.precision import normal_quantile, wilson_bounds
from sqlclap.labels.scorer import load_scorer
from sqlclap.labels.suggestions import spread
from sqlclap.labels.votes import CastVote, as_verdict

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

SEEN_BY_THE_MODEL = {"Audiophob", "rumpf_kit_z01_h2"}
"""Kits that the embedded model was trained or tuned on."""

FAMILIES = {
    "Millo-Drums_v.1": "Millo",
    "Millo_MultiLayered2": "Millo",
    "Millo_MultiLayered3": "Millo",
}
CLASSES = {
    "kick": r"kick|bass ?drum",
    "snare": r"snare(?!.*(rim|roll))",
    "hi-hat": r"\bhat\b|\bo?hh\b",
    "tom": r"\btom",
    "cymbal": r"ride|crash|splash|china|paiste bell",
    "stick": r"stick|rim click|rimshot",
    "clap": r"clap",
    "cowbell": r"cowbell|agogo",
}
ANCHORS = 5
VOTES = 120


@dataclass
class ClassFigures:
    """A class, pooled over all splits.

    Attributes
    ----------
    true : int
        Held-out sounds of the class.
    tagged, right : int
        Held-out sounds with high confidence, and how many of those are of the class.
    """

    true: int = 0
    tagged: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        """Of what is tagged; None where nothing is."""
        return self.right / self.tagged if self.tagged else None

    @property
    def recall(self) -> float | None:
        """Of the class."""
        return self.right / self.true if self.true else None


@dataclass
class RuleFigures:
    """A way of setting thresholds, over all splits.

    Attributes
    ----------
    classes : dict
        `ClassFigures` by class, of the splits in which the rule could be had.
    splits : dict
        How many those were, by class.
    bound : dict
        Mean lower bound of the precision that calibrations promised, by class.
    coverage : float
        Share of held-out sounds of these classes that get any label with high confidence.
    problems : dict
        By class, why other splits could not be calibrated.
    """

    classes: dict[str, ClassFigures] = field(
        default_factory=lambda: {name: ClassFigures() for name in CLASSES}
    )
    splits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    bound: dict[str, float] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0.0))
    coverage: float = 0.0
    problems: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in CLASSES})


@dataclass
class KitFigures:
    """What `bench_kits` found.

    Attributes
    ----------
    sounds, splits : int
    target, level : float
        Of the calibrations.
    default, file, folder : RuleFigures
        The model's own threshold and gap; calibrated with sounds scored without their own anchor;
        and without any anchor of their folder.
    """

    sounds: int
    splits: int
    target: float
    level: float
    default: RuleFigures = field(default_factory=RuleFigures)
    file: RuleFigures = field(default_factory=RuleFigures)
    folder: RuleFigures = field(default_factory=RuleFigures)


def class_of(instrument: str) -> str | None:
    """Return the class that an instrument's name speaks of; None for none, or for several.

    >>> class_of("Hi Hat Closed"), class_of("Pearl Tom Floor"), class_of("Whistle")
    ('hi-hat', 'tom', None)
    """
    name = instrument.lower()
    found = [label for label, pattern in CLASSES.items() if re.search(pattern, name)]
    return found[0] if len(found) == 1 else None


def instruments_of(kit: Path) -> dict[str, str]:
    """Return the instrument's name by file, of a kit's sounds that are there."""
    text = (kit / "drumkit.xml").read_text(encoding="utf-8", errors="ignore")
    found: dict[str, str] = {}
    for block in re.findall(r"<instrument>.*?</instrument>", text, re.DOTALL):
        name = (re.findall(r"<name>(.*?)</name>", block) or [""])[0]
        for file in re.findall(r"<filename>(.*?)</filename>", block):
            if (kit / file).exists() and "emptySample" not in file:
                found.setdefault(file, name)
    return found


def read_kits(folder: Path) -> dict[str, str | None]:
    """Return the class by path (below `folder`) of all sounds that the kits name."""
    truth: dict[str, str | None] = {}
    for kit in sorted(folder.iterdir()):
        if kit.name in SEEN_BY_THE_MODEL or not (kit / "drumkit.xml").exists():
            continue
        for file, name in instruments_of(kit).items():
            truth[f"{kit.name}/{file}"] = class_of(name)
    if not truth:
        raise QueryError(f"expected hydrogen drum kits in {folder}, found no drumkit.xml")
    return truth


def bench_kits(
    folder: Path, model: str, splits: int = 6, target: float = 0.8, level: float = 0.9
) -> KitFigures:
    """Label real drum kits by example, and judge on kits held out.

    Parameters
    ----------
    folder : Path
        Of hydrogen drum kits, such as ``/usr/share/hydrogen/data/drumkits``.
    model : str
        Name or folder of a bundle.
    splits : int
        Ways of holding out two fifths of the families.
    target, level : float
        Of the calibrations.

    Raises
    ------
    QueryError
        There are no kits in `folder`.
    """
    truth = read_kits(folder)
    figures = KitFigures(len(truth), splits, target, level)
    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as scratch:
        everything = Path(scratch) / "kits.db"
        with sqlclap.open(everything, model=model) as library:
            library.ingest([folder])
        for number in range(splits):
            _split(everything, truth, number, figures)
    return figures


def _split(
    everything: Path, truth: dict[str, str | None], number: int, figures: KitFigures
) -> None:
    """Work on some of the families and judge on the others."""

    families = sorted({_family(path) for path in truth})
    held_out = set(np.random.default_rng(number).permutation(families)[: len(families) * 2 // 5])
    path = everything.with_name(f"split-{number}.db")
    shutil.copy(everything, path)
    with sqlclap.open(path) as library:
        ids = dict(library.connection.execute("SELECT path, sample_id FROM samples"))
        known = {path: name for path, name in truth.items() if path in ids}
        judged = _judged(library, {ids[p]: n for p, n in known.items() if _family(p) in held_out})
        own = {ids[p]: n for p, n in known.items() if _family(p) not in held_out}
        _remove_others(library, set(own))
        _label(library, own)
        judged.add(library, figures.default, figures.splits)
        _answer_reviews(library, own)
        for rule, apart in ((figures.file, "file"), (figures.folder, "folder")):
            request = CalibrationRequest(figures.target, figures.level, apart=as_apart(apart))
            applied = _calibrate(library, request, rule)
            judged.add(library, rule, figures.splits, applied)
            for label in applied:
                library.calibrations.revert(label)


@dataclass(frozen=True)
class _Judged:
    """Held-out sounds with their classes."""

    names: list[str | None]
    vectors: Float32Array

    def add(
        self,
        library: sqlclap.Library,
        rule: RuleFigures,
        splits: int,
        among: Iterable[str] = tuple(CLASSES),
    ) -> None:
        """Count what labels say of them with high confidence, for the labels `among`."""

        scorer = load_scorer(library.connection, default_model(library.connection))
        scores = scorer.score(self.vectors)
        names = np.array([name or "" for name in self.names])
        any_label = np.zeros(len(names), dtype=np.bool_)
        for label in among:
            high = scorer.levels(scores, scorer.position(label)) == 2
            any_label |= high
            figures = rule.classes[label]
            figures.true += int((names == label).sum())
            figures.tagged += int(high.sum())
            figures.right += int((high & (names == label)).sum())
            rule.splits[label] += 1
        rule.coverage += float(any_label[names != ""].mean()) / splits


def _judged(library: sqlclap.Library, names: dict[int, str | None]) -> _Judged:
    model = default_model(library.connection)
    found, vectors = vectors_of_samples(library.connection, model, list(names))
    return _Judged([names[key] for key in found], vectors)


def _family(path: str) -> str:
    kit = path.partition("/")[0]
    return FAMILIES.get(kit, kit)


def _remove_others(library: sqlclap.Library, kept: set[int]) -> None:
    connection = library.connection
    everyone = [row[0] for row in connection.execute("SELECT sample_id FROM samples")]
    remove = "DELETE FROM samples WHERE sample_id = ?"
    with connection:
        connection.executemany(remove, [(key,) for key in everyone if key not in kept])


def _label(library: sqlclap.Library, names: dict[int, str | None]) -> None:
    """Make a label of each class with anchors spread over the kits."""
    for label in CLASSES:
        members = sorted(key for key, name in names.items() if name == label)
        library.labels.add(label)
        library.labels.add_anchors(label, spread(members, min(ANCHORS, len(members) // 2)))


def _answer_reviews(library: sqlclap.Library, names: dict[int, str | None]) -> None:
    """Let the truth answer a review of each label that has anchors."""
    for label in CLASSES:
        if not library.labels.anchors(label):
            continue
        review = library.labels.review(label, VOTES, seed=0)
        asked = {(item.stratum, names[item.sample_id] == label) for item in review.items}
        for stratum, right in asked:
            sounds = [
                item.sample_id
                for item in review.items
                if (item.stratum, names[item.sample_id] == label) == (stratum, right)
            ]
            verdict = as_verdict("accept" if right else "reject")
            ballot = CastVote(verdict, "bench", review.review_id, stratum)
            library.labels.vote(label, sounds, ballot)


def _calibrate(
    library: sqlclap.Library, request: CalibrationRequest, rule: RuleFigures
) -> list[str]:
    """Put calibrations in force where votes show the target; return their labels."""
    applied = []
    for label in CLASSES:
        try:
            found = library.calibrations.fit(label, request)
            library.calibrations.apply(found)
        except LabelError as error:
            rule.problems[label].append(str(error))
            continue
        applied.append(label)
        promised = found.point.precision_low if found.point else 0.0
        before = rule.splits[label]
        rule.bound[label] = (rule.bound[label] * before + promised) / (before + 1)
    return applied


def as_markdown(figures: KitFigures) -> str:
    """Write the table that docs/labels.md holds."""
    lines = [
        "| label (held out) | default | calibrated, own anchor left out | bound | splits "
        "| calibrated, own folder left out | bound | splits |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for label in CLASSES:
        default = figures.default.classes[label]
        cells = [f"{label} ({default.true})", _pair(default)]
        for rule in (figures.file, figures.folder):
            count = rule.splits[label]
            shown = f"{_pair(rule.classes[label])}{_verdict(rule.classes[label], figures)}"
            cells += [shown, f"{rule.bound[label]:.2f}"] if count else ["-", "-"]
            cells.append(f"{count} of {figures.splits}")
        lines.append("| " + " | ".join(cells) + " |")
    shares = [f"{rule.coverage:.2f}" for rule in (figures.default, figures.file, figures.folder)]
    lines.append(f"| coverage | {shares[0]} | {shares[1]} | | | {shares[2]} | | |")
    return "\n".join(lines)


def _pair(figures: ClassFigures) -> str:
    shown = ["-" if x is None else f"{x:.2f}" for x in (figures.precision, figures.recall)]
    return f"{', '.join(shown)} of {figures.tagged}"


def _verdict(figures: ClassFigures, whole: KitFigures) -> str:
    """Mark a precision that is below the target by more than chance explains."""

    if figures.precision is None:
        return ""
    z = normal_quantile(whole.level)
    share, tagged = np.array(figures.precision), np.array(float(figures.tagged))
    _, high = wilson_bounds(share, tagged, z)
    return " (short)" if float(high) < whole.target else ""
