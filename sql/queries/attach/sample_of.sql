SELECT sample_id FROM attached_sounds WHERE row_key = ?1 AND sample_id IS NOT NULL LIMIT 1;
