"""Which maker makes which class, and how many sounds of each the corpus gets."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from training.procedural import cymbals, drums, effects, percussion, synths
from training.procedural.signal import Dice

Maker = Callable[[Dice], np.ndarray]

DRUMS: dict[str, Maker] = {
    "kick": drums.kick,
    "snare": drums.snare,
    "snare roll": drums.snare_roll,
    "tom": drums.tom,
    "rimshot": drums.rimshot,
    "clap": drums.clap,
    "snap": drums.snap,
    "synth drum": drums.synth_drum,
    "closed hat": cymbals.closed_hat,
    "open hat": cymbals.open_hat,
    "pedal hat": cymbals.pedal_hat,
    "crash": cymbals.crash,
    "splash": cymbals.splash,
    "china": cymbals.china,
    "ride": cymbals.ride,
    "reverse cymbal": cymbals.reverse_cymbal,
    "triangle": cymbals.triangle,
    "tambourine": cymbals.tambourine,
    "bell tree": cymbals.bell_tree,
    "conga": percussion.conga,
    "bongo": percussion.bongo,
    "djembe": percussion.djembe,
    "timbale": percussion.timbale,
    "cajon": percussion.cajon,
    "tabla": percussion.tabla,
    "taiko": percussion.taiko,
    "timpani": percussion.timpani,
    "cowbell": percussion.cowbell,
    "agogo": percussion.agogo,
    "woodblock": percussion.woodblock,
    "claves": percussion.claves,
    "castanets": percussion.castanets,
    "shaker": percussion.shaker,
    "guiro": percussion.guiro,
    "whistle": percussion.whistle,
    "vibraslap": percussion.vibraslap,
    "metronome": percussion.metronome,
}
SYNTHS: dict[str, Maker] = {
    name.replace("_", " "): getattr(synths, name)
    for name in [
        "sub_bass",
        "synth_bass",
        "reese_bass",
        "saw_lead",
        "square_lead",
        "synth_lead",
        "pad",
        "drone",
        "pluck",
        "synth_stab",
        "synth_strings",
        "synth_brass",
        "sine_tone",
        "electric_piano",
        "organ",
    ]
}
EFFECTS: dict[str, Maker] = {
    name.replace("_", " "): getattr(effects, name)
    for name in [
        "laser",
        "riser",
        "downlifter",
        "whoosh",
        "impact",
        "explosion",
        "gunshot",
        "white_noise",
        "beep",
        "siren",
        "glitch",
        "vinyl_crackle",
        "scratch",
        "robot",
        "notification",
        "phone_ring",
        "phone_tone",
        "rain",
        "wind",
        "thunder",
        "water",
        "heartbeat",
        "door",
        "engine",
        "applause",
        "sea",
        "birds",
        "helicopter",
        "camera_shutter",
    ]
}
MAKERS: dict[str, Maker] = {**DRUMS, **SYNTHS, **EFFECTS}


def make_sound(label: str, number: int, seed: int = 0) -> np.ndarray:
    """Make the `number`-th sound of a class; the same arguments give the same samples."""
    return np.asarray(MAKERS[label](Dice([seed, zlib.crc32(label.encode()), number])), np.float32)
