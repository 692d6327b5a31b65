SELECT sample_id, used_at FROM recent_uses ORDER BY used_at DESC, sample_id LIMIT ?;
