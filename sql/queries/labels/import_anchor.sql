INSERT INTO anchors (label_id, sample_id, polarity, weight, created_at)
VALUES (
    :label_id, :sample_id, :polarity, :weight,
    coalesce(:created_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
ON CONFLICT (label_id, sample_id) DO NOTHING
RETURNING anchor_id;
