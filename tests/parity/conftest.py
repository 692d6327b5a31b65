"""What the comparisons share: each file's own checkpoint, exported by us and at work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # each environment has the packages of its own comparison alone
    from sqlclap.models.encoder import Encoder
    from sqlclap_export.run import ExportResult


@pytest.fixture(scope="module")
def exported(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> ExportResult:
    """Our bundle of the file's `checkpoint`."""
    from sqlclap_export.choose import ExportOptions, export_source

    out = tmp_path_factory.mktemp("bundles") / checkpoint.stem
    return export_source(str(checkpoint), ExportOptions(out=str(out)))


@pytest.fixture(scope="module")
def encoder(exported: ExportResult) -> Encoder:
    """The same, at work."""
    from sqlclap.models.encoder import Encoder

    return Encoder(exported.bundle)
