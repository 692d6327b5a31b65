"""The corpus as named shards: what each is made of and how often it is varied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from training import paths
from training.corpus.clip import Clip, ClipInfo, make_clip, read_shard, write_shard
from training.procedural.catalogue import DRUMS, MAKERS, MOTION, make_motion, make_sound

SEED = 20
_CORE = frozenset(
    [
        "kick",
        "snare",
        "tom",
        "rimshot",
        "clap",
        "ride",
        "crash",
        "splash",
        "conga",
        "bongo",
        "cowbell",
        "tambourine",
        "shaker",
        "djembe",
        "closed hat",
        "open hat",
        "pedal hat",
    ]
)
_PROCEDURAL_PARTS = 8
_PARTS_OF_DRUMS, _PARTS_OF_OTHERS = 4, 2
_MOTION_EACH = 72
TEST_KITS = (
    "BJA_Pacific",
    "ColomboAcousticDrumkit",
    "ElectricEmpireKit",
    "ForzeeStereo",
    "Gimme A Hand 1.0",
    "HardElectro1",
    "Millo-Drums_v.1",
    "Millo_MultiLayered2",
    "Millo_MultiLayered3",
    "The Black Pearl 1.0",
    "VariBreaks",
    "circAfrique v4",
)


@dataclass(frozen=True)
class Shard:
    """A part of the corpus.

    Attributes
    ----------
    name : str
        File name below clips/ and features/.
    make : callable
        Returns the clips.
    variants : int
        Processed versions of each training clip, besides the clip itself.
    semitones : float
        Largest change of tuning of a variant.
    needs : tuple of str
        Shards that `make` reads.
    """

    name: str
    make: Callable[[], Iterable[Clip]]
    variants: int = 0
    semitones: float = 3.0
    needs: tuple[str, ...] = ()


def package(name: str, inside: str) -> Path:
    """Return a path inside an extracted package."""
    return paths.PACKAGES / name / inside


def _font(name: str, file: str):  # -> SoundFont; imported late, it needs the synthesizer
    from training.corpus.soundfonts import SoundFont

    return SoundFont(package(name, f"usr/share/sounds/{file}"))


def _fluid():
    return _font("fluid-soundfont-gm", "sf2/FluidR3_GM.sf2")


def _musescore():
    return _font("musescore-general-soundfont", "sf3/MuseScore_General_Full.sf3")


def _fluid_melodic(bank: int) -> Iterable[Clip]:
    from training.corpus.soundfonts import melodic_clips

    return melodic_clips(_fluid(), "fluid", (bank,), SEED)


def _fluid_drums() -> Iterable[Clip]:
    from training.corpus.soundfonts import drum_kit_clips

    return drum_kit_clips(_fluid(), "fluid-drums", (40, 75, 100, 127))


def _fluid_effects() -> Iterable[Clip]:
    from training.corpus.soundfonts import effect_clips

    return effect_clips(_font("fluid-soundfont-gs", "sf2/FluidR3_GS.sf2"), "fluid-effects")


def _musescore_melodic() -> Iterable[Clip]:
    from training.corpus.soundfonts import melodic_clips

    return melodic_clips(_musescore(), "musescore", (0,), SEED + 1)


def _musescore_drums() -> Iterable[Clip]:
    from training.corpus.soundfonts import drum_kit_clips

    return drum_kit_clips(_musescore(), "musescore-drums", (60, 110))


def _kit(package_name: str, kit: str, split: str, share: float = 0.0) -> Iterable[Clip]:
    from training.corpus import files

    return files.kit_clips(package(package_name, f"{files.KITS}/{kit}"), split, share)


def _strums() -> Iterable[Clip]:
    from training.corpus import files

    folder = package("hydrogen-drumkits-effects", f"{files.KITS}/belofilms_GuitarStrums")
    return files.guitar_strum_clips(folder)


def _sonic_pi() -> Iterable[Clip]:
    from training.corpus import files

    return files.sonic_pi_clips(package("sonic-pi-samples", "usr/share/sonic-pi/samples"))


def _lmms() -> Iterable[Clip]:
    from training.corpus import files

    return files.lmms_clips(package("lmms-common", "usr/share/lmms/samples"))


def _freepats() -> Iterable[Clip]:
    from training.corpus import gus_patches

    return gus_patches.freepats_clips(package("freepats", "usr/share/midi/freepats"))


def _timgm() -> Iterable[Clip]:
    from training.corpus.soundfonts import held_out_clips

    font = _font("timgm6mb-soundfont", "sf2/TimGM6mb.sf2")
    return held_out_clips(font, "timgm", "test", 2)


def _csound() -> Iterable[Clip]:
    from training.corpus.soundfonts import held_out_clips

    font = _font("csound-soundfont", "sf2/sf_GMbank.sf2")
    return held_out_clips(font, "csound", "validation", 3)


def _opl3() -> Iterable[Clip]:
    from training.corpus.soundfonts import held_out_clips

    font = _font("opl3-soundfont", "sf2/OPL-3_FM_128M.sf2")
    return held_out_clips(font, "opl3", "validation", 4)


def _sonivox():  # -> Wavetable
    from training.corpus.wavetable import Wavetable

    (library,) = package("libsonivox3", "usr/lib").glob("*/libsonivox.so.*.*")
    return Wavetable(library)


def _sonivox_drums() -> Iterable[Clip]:
    from training.corpus.wavetable import drum_clips

    return drum_clips(_sonivox())


def _sonivox_melodic() -> Iterable[Clip]:
    from training.corpus.wavetable import melodic_clips

    return melodic_clips(_sonivox(), SEED + 2)


def _speech() -> Iterable[Clip]:
    from training.corpus import speech

    return speech.speech_clips(paths.PACKAGES / "espeakng-loader/espeakng_loader", 300, SEED)


def procedural_count(label: str) -> int:
    """Return how many sounds of a class are made."""
    return 480 if label in _CORE else 240 if label in DRUMS else 110


def _procedural(part: int) -> Iterable[Clip]:
    """Make a part of the drums and, in the first parts, of all else: drums need most variety."""
    for label in sorted(MAKERS if part < _PARTS_OF_OTHERS else DRUMS):
        for number in range(part, procedural_count(label), _PROCEDURAL_PARTS):
            info = ClipInfo("procedural", label, f"{label}-{number}", label)
            clip = make_clip(make_sound(label, number, SEED), info)
            if clip is not None:
                yield clip


def _motion() -> Iterable[Clip]:
    for name, (label, _) in MOTION.items():
        for number in range(_MOTION_EACH):
            info = ClipInfo("motion", name, f"{name}-{number}", label)
            clip = make_clip(make_motion(name, number, SEED), info)
            if clip is not None:
                yield clip


def _minetest() -> Iterable[Clip]:
    from training.corpus import files

    return files.minetest_clips(package("minetest-data", files.MINETEST))


def _loops() -> Iterable[Clip]:
    from training.corpus.loops import loop_clips

    parts = (*_LOOP_SOURCES,)
    clips = (clip for name in parts for clip in read_shard(paths.CLIPS / f"{name}.npz"))
    return loop_clips(clips, 600, SEED)


_LOOP_SOURCES = ("fluid-drums", "musescore-drums", "sonic-pi", "rumpf", "procedural-0")


def _recorded_shards() -> list[Shard]:
    from training.corpus.recordings import packs, recorded_clips
    from training.corpus.repositories import repository_folder

    return [
        Shard(
            f"recorded-{pack.name}",
            lambda pack=pack: recorded_clips(pack, repository_folder(pack.repository)),
            pack.variants,
        )
        for pack in packs()
    ]


def _drum_shards() -> list[Shard]:
    rumpf, audiophob = "rumpf_kit_z01_h2", "Audiophob"
    return [
        Shard("fluid-drums", _fluid_drums, 5, 4),
        Shard("musescore-drums", _musescore_drums, 3, 4),
        Shard("sonivox-drums", _sonivox_drums, 6, 4),
        Shard("sonic-pi", _sonic_pi, 14, 3),
        Shard("rumpf", lambda: _kit("hydrogen-drumkits", rumpf, "train"), 40, 4),
        *[
            Shard(f"procedural-{part}", lambda part=part: _procedural(part), 1, 3)
            for part in range(_PARTS_OF_DRUMS)
        ],
        Shard("audiophob", lambda: _kit("hydrogen-drumkits", audiophob, "validation")),
        Shard("loops", _loops, 0, 3, needs=_LOOP_SOURCES),
    ]


def _other_shards() -> list[Shard]:
    return [
        Shard("motion", _motion, 1, 3),
        Shard("minetest", _minetest, 8, 3),
        Shard("fluid-melodic", lambda: _fluid_melodic(0), 1, 1.5),
        Shard("fluid-variations", lambda: _fluid_melodic(8), 1, 1.5),
        Shard("musescore-melodic", _musescore_melodic, 0, 1.5),
        Shard("sonivox-melodic", _sonivox_melodic, 0, 1.5),
        Shard("fluid-effects", _fluid_effects, 2, 3),
        Shard("strums", _strums, 2, 3),
        Shard("speech", _speech, 1, 2),
        Shard("csound", _csound),
        Shard("opl3", _opl3),
    ]


def _test_shards() -> list[Shard]:
    kits = {
        **dict.fromkeys(TEST_KITS, "hydrogen-drumkits"),
        **dict.fromkeys(("GMRockKit", "TR808EmulationKit"), "hydrogen-data"),
    }
    return [
        Shard("test-lmms", _lmms),
        Shard("test-freepats", _freepats),
        Shard("test-timgm", _timgm),
        *[
            Shard(f"test-{kit}", lambda kit=kit, holder=holder: _kit(holder, kit, "test"))
            for kit, holder in kits.items()
        ],
    ]


def all_shards() -> list[Shard]:
    """Return every shard, those that others need first."""
    return [*_drum_shards(), *_other_shards(), *_recorded_shards(), *_test_shards()]


def build_clips(shard: Shard) -> int:
    """Make a shard's clips and write them; return their number."""
    return write_shard(paths.CLIPS / f"{shard.name}.npz", shard.make())
