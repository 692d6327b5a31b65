SELECT sample_id FROM collection_samples WHERE collection_id = ? ORDER BY added_at, sample_id;
