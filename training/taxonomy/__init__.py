"""What sounds are called: classes, families, synonyms, and how names become classes."""

from __future__ import annotations

from training.taxonomy.classes import (
    CLASSES,
    FAMILIES,
    SoundClass,
    classes_of_family,
    unseen_synonym,
)
from training.taxonomy.names import class_of_file_name, class_of_lmms_path, class_of_sonic_pi

__all__ = [
    "CLASSES",
    "FAMILIES",
    "SoundClass",
    "class_of_file_name",
    "class_of_lmms_path",
    "class_of_sonic_pi",
    "classes_of_family",
    "unseen_synonym",
]
