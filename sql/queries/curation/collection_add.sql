INSERT INTO collection_samples (collection_id, sample_id) VALUES (?, ?) ON CONFLICT DO NOTHING;
