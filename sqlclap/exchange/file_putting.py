"""Files put into folders as copies or links; what is there already is never replaced."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlclap.sqlite_files import content_hash


def is_same(file: Callable[[], Path], target: Path, kind: str) -> bool:
    """Whether what lies at the target is what would be put there."""
    if kind == "symlink" or target.is_symlink():
        is_link = target.is_symlink() and kind == "symlink" and target.exists()
        return is_link and target.samefile(file())
    if not target.is_file():
        return False
    if target.samefile(file()):
        return True
    return (
        kind == "copy"
        and target.stat().st_size == file().stat().st_size
        and content_hash(target) == content_hash(file())
    )


def _copy(file: Path, target: Path) -> None:
    draft = target.with_name(f".sqlclap-draft-{secrets.token_hex(8)}")
    try:
        shutil.copy2(file, draft)
        try:
            os.link(draft, target)  # fails where something is there by now
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if os.path.lexists(target):
                raise FileExistsError(target) from None
            draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _link(file: Path, target: Path) -> None:
    os.link(os.path.realpath(file), target)


PUT: dict[str, Callable[[Path, Path], None]] = {
    "copy": _copy,
    "hardlink": _link,
    "symlink": lambda file, target: target.symlink_to(file),
}
"""By kind: what makes a file at a place; `FileExistsError` where there is one by now."""
