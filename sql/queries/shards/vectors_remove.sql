-- All of a sound's vectors; triggers take them out of their table.
DELETE FROM embeddings WHERE sample_id = ?
