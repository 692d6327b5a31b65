SELECT sample_id FROM recent_uses ORDER BY used_at DESC, sample_id LIMIT ?;
