"""The map: sounds on a plane, near where they sound alike."""

from sqlclap.layout.maps import LibraryMap, MapReport
from sqlclap.layout.options import LayoutOptions
from sqlclap.layout.palette import Theme
from sqlclap.layout.picture import Picture, check_picture, draw_picture, read_picture
from sqlclap.layout.stored import MapStatus, Points

__all__ = [
    "LayoutOptions",
    "LibraryMap",
    "MapReport",
    "MapStatus",
    "Picture",
    "Points",
    "Theme",
    "check_picture",
    "draw_picture",
    "read_picture",
]
