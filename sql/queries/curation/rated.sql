SELECT sample_id FROM sample_ratings ORDER BY rating DESC, sample_id;
