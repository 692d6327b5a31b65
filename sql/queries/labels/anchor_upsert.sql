INSERT INTO anchors (label_id, sample_id, start_s, end_s, polarity, weight, content_hash)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (label_id, sample_id, ifnull(start_s, -1), ifnull(end_s, -1)) DO UPDATE SET
    polarity = excluded.polarity,
    weight = excluded.weight,
    content_hash = excluded.content_hash
WHERE polarity <> excluded.polarity OR weight <> excluded.weight
    OR content_hash IS NOT excluded.content_hash;
