-- Samples with files by their paths, ?1 a JSON array: place in it, and sample. A path is one below
-- a source, or a whole one.
SELECT j.key, s.sample_id
FROM json_each(?1) AS j
CROSS JOIN sources AS src
CROSS JOIN samples AS s ON s.source_id = src.source_id AND s.path = j.value
UNION
SELECT j.key, s.sample_id
FROM json_each(?1) AS j
CROSS JOIN sources AS src
CROSS JOIN samples AS s
    ON s.source_id = src.source_id
    AND s.path = substr(j.value, length(src.root) + 1 + (src.root <> '/'))
WHERE substr(j.value, 1, length(src.root) + (src.root <> '/')) = src.root || iif(src.root = '/', '', '/');
