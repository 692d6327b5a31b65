"""What ships as the model's vocabulary is what it was taught."""

from __future__ import annotations

from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle
from sqlclap.models.vocabulary import content_words, taught_vocabulary
from training.taught import FILE, taught_text


def test_the_file_is_written_from_the_taxonomy() -> None:
    assert FILE.read_text(encoding="utf-8") == taught_text()


def test_words_are_known_in_singular_and_plural() -> None:
    vocabulary = taught_vocabulary(find_bundle(EMBEDDED_MODEL))
    assert vocabulary.is_complete
    assert all(map(vocabulary.holds, ["kick", "kicks", "claps", "boomy", "808"]))
    assert not any(map(vocabulary.holds, ["xyzzy", "parliamentary", "sound"]))


def test_fillers_are_no_words() -> None:
    assert content_words("The sound of a deep-kick, 808") == ["deep", "kick", "808"]
