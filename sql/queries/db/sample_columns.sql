-- A sample with the root it lies under; the last are the descriptors that the library holds.
SELECT
    s.sample_id, src.root, s.path, s.path_bytes, s.content_hash, s.bytes, s.sample_rate, s.channels,
    s.format, s.status, s.note, {columns}
FROM samples AS s
JOIN sources AS src USING (source_id)
