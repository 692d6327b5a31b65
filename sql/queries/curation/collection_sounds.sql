SELECT sample_id, added_at FROM collection_samples WHERE collection_id = ? ORDER BY added_at, sample_id;
