"""Annotation files of several programs about the recordings of `HeardTwins`."""

from __future__ import annotations

from pathlib import Path

TWICE = "site1/20240501_050000.wav"
"""A path that two sources have."""

HEADING = "recording,start_s,end_s,label,verdict,confidence,low_hz,high_hz,notes\n"
SAID = f"""site2/20240501_050000.wav,0.5,1.5,owl,,0.9,300,900,far
site2/20240501_070000.wav,0.25,1.25,fox,,,,,
loose/tone.wav,,,owl,reject,,,,
loose/noise.wav,0.25,0.75,hum,unsure,,,,
/mnt/elsewhere/other/{TWICE},0.1,0.3,hum,,,,,from another machine
{TWICE},0,1,hum,,,,,which of the two?
elsewhere/20240503_050000.flac,0,0.5,owl,,,,,
none.wav,0,1,owl,,,,,
loose/tone.wav,0.1,0.2,,,,,,
"""
FOUND = (
    "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
    "0.0,1.0,Strix aluco,Tawny Owl,0.9123,/mnt/site2/20240501_050000.wav\n"
    "1.0,3.0,Strix aluco,Tawny Owl,0.5,/mnt/site1/20240501_060000.wav\n"
    "0.0,1.0,Vulpes vulpes,Fox,0.7,/mnt/loose/noise.wav\n"
)


class AnnotationFiles:
    """They lie in a folder `said` beside the twins.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = self.wrote("said.csv", HEADING + SAID)
        self.found = self.wrote("found.BirdNET.results.csv", FOUND)
        self.track = self.wrote("loose/noise.Table.1.txt", "0.1\t0.4\thiss\n0.5\t0.5\tclick\n")

    def wrote(self, name: str, text: str) -> Path:
        """Write one more."""
        file = self.folder / "said" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    @property
    def every(self) -> list[Path]:
        """The first three."""
        return [self.said, self.found, self.track]
