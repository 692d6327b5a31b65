INSERT INTO sample_notes (sample_id, note) VALUES (:sample_id, :note)
ON CONFLICT (sample_id) DO UPDATE SET
    note = excluded.note, written_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
