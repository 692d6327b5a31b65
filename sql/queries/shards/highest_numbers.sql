-- The highest ids that a library has given to samples and embeddings.
SELECT
    ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'samples'), 0),
    ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'embeddings'), 0)
