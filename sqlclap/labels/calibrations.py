"""The calibrations of a library: the class behind `Library.calibrations`; a report as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from sqlclap.db.statements import write_transaction
from sqlclap.labels.calibration import (
    Calibration,
    CalibrationRequest,
    PastCalibration,
    apply_calibration,
    calibrate,
    list_calibrations,
    revert_calibration,
)
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.store import find_label
from sqlclap.session import LibraryPart

WIDTH, HEIGHT = 880, 380
ACCEPTED, REJECTED, BAND, INK = "#2a9d8f", "#e76f51", "#457b9d", "#333333"


@dataclass(frozen=True)
class _Plot:
    """The rectangle of a plot in the SVG, and the values at its edges."""

    left: float
    low_x: float
    high_x: float
    high_y: float
    width: float = 350.0
    top: float = 60.0
    height: float = 250.0

    def x(self, value: float) -> float:
        share = (value - self.low_x) / max(self.high_x - self.low_x, 1e-12)
        return self.left + self.width * min(max(share, 0.0), 1.0)

    def y(self, value: float) -> float:
        share = value / max(self.high_y, 1e-12)
        return self.top + self.height * (1 - min(max(share, 0.0), 1.0))

    @property
    def bottom(self) -> float:
        return self.top + self.height


def draw_report(report: dict[str, Any]) -> str:
    """Return a report of `Calibration` as SVG."""
    title = f"{report['label']}: {report['votes']['used']} votes, {report['model']}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="{INK}">',
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="white"/>',
        _text(20, 28, title, size=16),
        *_scores_panel(report),
        *_precision_panel(report),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _scores_panel(report: dict[str, Any]) -> list[str]:
    bars = report["histogram"]
    edges: list[float] = bars["edges"]
    highest = max([*bars["accepted"], *bars["rejected"]], default=1.0) or 1.0
    panel = _Plot(60, edges[0], edges[-1], highest)
    parts = _axes(panel, "score (mean of cosines, out of sample)", "votes, weighted")
    for name, color in (("rejected", REJECTED), ("accepted", ACCEPTED)):
        for low, high, count in zip(edges, edges[1:], bars[name], strict=False):
            x, y = panel.x(low), panel.y(count)
            size = f'width="{panel.x(high) - x:.1f}" height="{panel.bottom - y:.1f}"'
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{color}" opacity="0.6"/>')
    parts.append(_text(panel.left + 8, panel.top - 6, "accepted", fill=ACCEPTED))
    parts.append(_text(panel.left + 78, panel.top - 6, "rejected", fill=REJECTED))
    if report["chosen"]:
        at = panel.x(report["chosen"]["threshold"])
        parts.append(_line(at, panel.top, at, panel.bottom, dashed=True))
        threshold = f"threshold {report['chosen']['threshold']:.3f}"
        parts.append(_text(panel.left + 150, panel.top - 6, threshold))
    return parts


def _precision_panel(report: dict[str, Any]) -> list[str]:
    curve = report["curve"]
    panel = _Plot(490, 0.0, 1.0, 1.0)
    parts = _axes(panel, "recall among votes", f"precision, {report['method']['level']:.0%} bounds")
    band = [(point["recall"], point["high"]) for point in curve]
    band += [(point["recall"], point["low"]) for point in reversed(curve)]
    middle = [(point["recall"], point["precision"]) for point in curve]
    parts.append(f'<polygon points="{_points(panel, band)}" fill="{BAND}" opacity="0.2"/>')
    parts.append(
        f'<polyline points="{_points(panel, middle)}" fill="none" stroke="{BAND}" '
        'stroke-width="2"/>'
    )
    target = panel.y(report["target"])
    parts.append(_line(panel.left, target, panel.left + panel.width, target, dashed=True))
    parts.append(_text(panel.left + 8, panel.top - 6, f"target {report['target']:g}"))
    chosen = report["chosen"]
    if chosen:
        x, y = panel.x(chosen["recall"]), panel.y(chosen["precision"])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{REJECTED}"/>')
        shown = f"precision {chosen['precision']:.3f}, at least {chosen['precision_low']:.3f}"
        parts.append(_text(panel.left + 100, panel.top - 6, shown))
    else:
        parts.append(_text(panel.left + 100, panel.top - 6, "no threshold meets it"))
    return parts


def _axes(panel: _Plot, x_title: str, y_title: str) -> list[str]:
    left, right, bottom = panel.left, panel.left + panel.width, panel.bottom
    return [
        _line(left, bottom, right, bottom),
        _line(left, panel.top, left, bottom),
        _text(left, bottom + 16, f"{panel.low_x:.2f}"),
        _text(right - 24, bottom + 16, f"{panel.high_x:.2f}"),
        _text(left + 70, bottom + 36, x_title),
        _text(left - 40, panel.top + 10, f"{panel.high_y:.3g}"),
        _text(left - 14, bottom, "0"),
        f'<text x="{left - 30}" y="{bottom - 60}" transform="rotate(-90 {left - 30} '
        f'{bottom - 60})">{escape(y_title)}</text>',
    ]


def _points(panel: _Plot, values: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{panel.x(x):.1f},{panel.y(y):.1f}" for x, y in values)


def _line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{INK}"{dash}/>'


def _text(x: float, y: float, text: str, *, size: int = 12, fill: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}">{escape(text)}</text>'


class Calibrations(LibraryPart):
    """Thresholds and gaps from votes: fit, apply, list, revert.

    Parameters
    ----------
    session : Session
    """

    def fit(self, label: str, request: CalibrationRequest | None = None) -> Calibration:
        """Fit a label's settings to its votes; nothing is stored.

        Raises
        ------
        UnknownLabelError, NoAnchorsError, NotEnoughVotesError
        """
        calibration_request = request or CalibrationRequest()
        database, scorer = self._session.database, scorer_of(self._session)
        return calibrate(database, scorer, label, calibration_request)

    def apply(self, calibration: Calibration) -> int:
        """Put a calibration in force and return its id.

        Raises
        ------
        NotEnoughVotesError
            No rule met the target.
        """
        model = self._session.model
        with write_transaction(self._session.database) as connection:
            label = find_label(connection, calibration.label.name)
            scorer = scorer_of(self._session)
            settings = scorer.labels[scorer.position(label.name)]
            current = replace(calibration, label=settings)
            return apply_calibration(connection, label, model, current)

    def history(self, label: str) -> Sequence[PastCalibration]:
        """Return a label's calibrations under the model, oldest first."""
        stored = find_label(self._session.database, label)
        return list_calibrations(self._session.database, stored, self._session.model)

    def revert(self, label: str, force: bool = False) -> int | None:
        """Put back what the calibration in force had replaced.

        Parameters
        ----------
        label : str
        force : bool
            Also overwrite what was set by hand since.

        Returns
        -------
        int or None
            The calibration that is in force again, if any.

        Raises
        ------
        UnknownRunError
            None is in force.
        SettingsChangedError
            The label was changed by hand since, and `force` is not set.
        """
        with write_transaction(self._session.database) as connection:
            stored = find_label(connection, label)
            return revert_calibration(connection, stored, self._session.model, force)
