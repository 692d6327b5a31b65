SELECT sample_id, written_at FROM sample_notes ORDER BY written_at DESC, sample_id;
