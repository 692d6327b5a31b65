-- A sample with the root it lies under.
SELECT
    s.sample_id, src.root, s.path, s.path_bytes, s.content_hash, s.bytes, s.duration_s,
    s.sample_rate, s.channels, s.format, s.peak_db, s.rms_db, s.spectral_centroid_hz, s.flatness,
    s.attack_s, s.pitch_hz, s.pitch_confidence, s.status, s.note,
    s.heard_share
FROM samples AS s
JOIN sources AS src USING (source_id)
