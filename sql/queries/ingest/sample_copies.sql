-- Other samples with a sample's content, with where their file is.
SELECT other.sample_id, src.root, other.path, other.path_bytes
FROM samples AS s
JOIN samples AS other ON other.content_hash = s.content_hash AND other.sample_id <> s.sample_id
JOIN sources AS src ON src.source_id = other.source_id
WHERE s.sample_id = ? AND s.content_hash <> '' AND other.status IN ('ok', 'silent');
