"""Audio: decoding, the front end, descriptors."""

from sqlclap.deprecated import moved_name

__getattr__ = moved_name("audio")
