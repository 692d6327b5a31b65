SELECT sample_id FROM sample_notes ORDER BY written_at DESC, sample_id;
