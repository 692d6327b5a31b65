"""What ships as the model's vocabulary is what it was taught."""

from __future__ import annotations

from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle
from sqlclap.models.vocabulary import content_words, taught_vocabulary
from training import paths
from training.reading import WORDS_FILE
from training.taught import taught_text, weak_classes
from training.taxonomy.classes import CLASSES


def test_the_lists_of_the_bundle_are_written_from_the_taxonomy() -> None:
    text = (paths.BUNDLE / "taught.txt").read_text(encoding="utf-8")
    listed = set(text.partition("[weak]\n")[2].splitlines())
    # A weak class's own name may be another's wording, and stand among the names.
    weak = {name for name, entry in CLASSES.items() if listed & set(entry.wordings)}
    assert text == taught_text(weak)
    words = (paths.BUNDLE / "words.txt").read_text(encoding="utf-8")
    assert words == WORDS_FILE.read_text(encoding="utf-8")


def test_weak_classes_are_none_of_the_names() -> None:
    weak = weak_classes([{"by_class": {"riser": 0.1, "kick": 0.9, "drone": 0.3}}] * 2)
    assert weak == ["riser"]
    names, _, feeble = taught_text(weak).partition("[weak]\n")
    assert "\nuplifter\n" not in names
    assert "uplifter\n" in feeble
    assert "\nkick\n" in names


def test_words_are_known_in_singular_and_plural() -> None:
    vocabulary = taught_vocabulary(find_bundle(EMBEDDED_MODEL))
    assert vocabulary.is_complete
    assert all(map(vocabulary.holds, ["kick", "kicks", "claps", "boomy", "808"]))
    assert not any(map(vocabulary.holds, ["xyzzy", "parliamentary", "sound"]))


def test_fillers_are_no_words() -> None:
    assert content_words("The sound of a deep-kick, 808") == ["deep", "kick", "808"]
