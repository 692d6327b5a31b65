SELECT sample_id, rating FROM sample_ratings ORDER BY rating DESC, sample_id;
