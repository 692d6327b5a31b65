SELECT sample_id FROM favourites ORDER BY added_at DESC, sample_id;
