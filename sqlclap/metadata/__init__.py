"""What files and their names say of sounds: read at ingest, kept with where it was said."""
