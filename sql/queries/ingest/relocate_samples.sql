-- The samples of a source, with what tells whether a file is theirs.
SELECT sample_id, path, path_bytes, content_hash, bytes, mtime_ns, status
FROM samples
WHERE source_id = ?
ORDER BY sample_id;
