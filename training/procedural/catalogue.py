"""Which maker makes which class, and how many sounds of each the corpus gets."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from training.procedural import cymbals, drums, effects, motion, percussion, synths, timbres
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
MOTION: dict[str, tuple[str, Maker]] = {
    "noise riser": ("riser", motion.noise_riser),
    "tonal build up": ("riser", motion.tonal_riser),
    "falling tone": ("downlifter", motion.tonal_fall),
    "noise pass": ("whoosh", motion.noise_pass),
    "acid line": ("acid line", motion.acid_line),
    "arpeggio": ("arpeggio", motion.arpeggio),
    "supersaw": ("saw lead", motion.supersaw),
    "supersaw chord": ("synth stab", motion.supersaw_chord),
    "filter sweep pad": ("pad", motion.moving_pad),
    "moving drone": ("drone", motion.moving_drone),
    "wobble bass": ("reese bass", motion.wobble_bass),
    "fm bell": ("tubular bells", timbres.fm_bell),
    "fm bass": ("synth bass", timbres.fm_bass),
    "fm electric piano": ("electric piano", timbres.fm_tines),
    "strange fm sound": ("synth fx", timbres.fm_metal),
    "chip tune": ("square lead", timbres.chip_tune),
    "8-bit blip": ("beep", timbres.chip_blip),
    "plucked guitar string": ("acoustic guitar", timbres.guitar_note),
    "strummed guitar": ("guitar strum", timbres.guitar_strum),
    "muted guitar string": ("muted guitar", timbres.muted_string),
    "plucked banjo": ("banjo", timbres.banjo),
    "old record": ("vinyl crackle", timbres.old_record),
    "stutter": ("glitch", timbres.stutter),
    "breath": ("breath", timbres.breath),
}
"""Sounds of the second edition by what they are called: their class and their maker."""

MAKERS: dict[str, Maker] = {**DRUMS, **SYNTHS, **EFFECTS}


def make_sound(label: str, number: int, seed: int = 0) -> np.ndarray:
    """Make the `number`-th sound of a class; the same arguments give the same samples."""
    return np.asarray(MAKERS[label](Dice([seed, zlib.crc32(label.encode()), number])), np.float32)


def make_motion(name: str, number: int, seed: int = 0) -> np.ndarray:
    """Make the `number`-th sound of one of `MOTION`."""
    _, maker = MOTION[name]
    dice = Dice([seed, zlib.crc32(f"motion/{name}".encode()), number])
    return np.asarray(maker(dice), np.float32)
