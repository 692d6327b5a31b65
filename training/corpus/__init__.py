"""The sounds: rendered, generated or decoded, named, and kept as shards of 16-bit clips."""
