INSERT INTO anchors (label_id, sample_id, polarity, weight, content_hash)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (label_id, sample_id) DO UPDATE SET
    polarity = excluded.polarity,
    weight = excluded.weight,
    content_hash = excluded.content_hash
WHERE polarity <> excluded.polarity OR weight <> excluded.weight
    OR content_hash IS NOT excluded.content_hash;
