-- One sound as it is now on disk. A sample that comes back keeps its id.
INSERT INTO samples (
    source_id, path, path_bytes, content_hash, bytes, mtime_ns, duration_s, sample_rate, channels,
    format, peak_db, rms_db, spectral_centroid_hz, flatness, attack_s, pitch_hz, pitch_confidence,
    status, note, reading_revision, heard_share
)
VALUES (
    :source_id, :path, :path_bytes, :content_hash, :bytes, :mtime_ns, :duration_s, :sample_rate,
    :channels, :format, :peak_db, :rms_db, :spectral_centroid_hz, :flatness, :attack_s, :pitch_hz,
    :pitch_confidence, :status, :note, :reading_revision, :heard_share
)
ON CONFLICT (source_id, path) DO UPDATE SET
    path_bytes = excluded.path_bytes,
    content_hash = excluded.content_hash,
    bytes = excluded.bytes,
    mtime_ns = excluded.mtime_ns,
    duration_s = excluded.duration_s,
    sample_rate = excluded.sample_rate,
    channels = excluded.channels,
    format = excluded.format,
    peak_db = excluded.peak_db,
    rms_db = excluded.rms_db,
    spectral_centroid_hz = excluded.spectral_centroid_hz,
    flatness = excluded.flatness,
    attack_s = excluded.attack_s,
    pitch_hz = excluded.pitch_hz,
    pitch_confidence = excluded.pitch_confidence,
    status = excluded.status,
    note = excluded.note,
    reading_revision = excluded.reading_revision,
    heard_share = excluded.heard_share,
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
RETURNING sample_id;
