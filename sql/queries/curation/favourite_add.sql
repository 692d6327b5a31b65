INSERT INTO favourites (sample_id) VALUES (:sample_id) ON CONFLICT DO NOTHING;
