-- The highest number that a sound of this library has got.
SELECT seq FROM sqlite_sequence WHERE name = 'samples'
