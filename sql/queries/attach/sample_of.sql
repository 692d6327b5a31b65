SELECT sample_id FROM attached_sounds WHERE key = ?1 AND sample_id IS NOT NULL LIMIT 1;
