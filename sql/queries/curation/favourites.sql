SELECT sample_id, added_at FROM favourites ORDER BY added_at DESC, sample_id;
