"""How annotation files are to be read, and words that several formats share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlclap.errors import AnnotationError, LabelValueError
from sqlclap.exchange.tables import Table, TableRow
from sqlclap.labels.votes import Verdict, as_verdict
from sqlclap.quantities import brief, printable

UNLABELLED = ""


@dataclass(frozen=True)
class ReadOptions:
    """How annotation files are to be read.

    Attributes
    ----------
    label : str, optional
        The label of all annotations, whatever the file says.
    label_column : str, optional
        The heading of the labels.
    columns : mapping of str to str
        For CSV and Parquet: the file's headings, and the fields that they hold.
    keep_extra : bool
        For CSV and Parquet: keep columns that are no fields, instead of refusing them.
    """

    label: str | None = None
    label_column: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    keep_extra: bool = False

    def label_heading(self, table: Table, known: Sequence[str]) -> str | None:
        """Return the heading of the labels; None where the options give the label.

        Raises
        ------
        AnnotationError
            There is none of that name, or none that is known.
        """
        if self.label_column is not None:
            return table.need([self.label_column])
        found = table.find(known)
        if found is None and self.label is None:
            raise AnnotationError(
                f"{table.name}, line 1: expected a column of labels such as {known[0]}, got "
                f"{printable(', '.join(table.headings))}; name it with --label-column, or give "
                "all the label --label"
            )
        return found

    def label_of(self, row: TableRow, heading: str | None) -> str:
        """Return a row's label; `UNLABELLED` where its cell is empty and none is given."""
        return self.label or row.text(heading) or UNLABELLED


def read_verdict(row: TableRow, heading: str | None) -> Verdict:
    """Return a row's verdict: "accept" where the cell is empty or there is no such column.

    Raises
    ------
    AnnotationError
        It is no verdict.
    """
    text = row.text(heading)
    if text is None:
        return "accept"
    try:
        return as_verdict(text.casefold())
    except LabelValueError:
        raise AnnotationError(
            f"{row.place}: expected accept, reject or unsure in {heading}, got {brief(text)}"
        ) from None
