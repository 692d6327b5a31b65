INSERT INTO anchors (
    label_id, sample_id, start_s, end_s, polarity, weight, found_score, low_hz, high_hz, notes, more,
    created_at
)
VALUES (
    :label_id, :sample_id, :start_s, :end_s, :polarity, :weight, :found_score, :low_hz, :high_hz,
    :notes, :more,
    coalesce(:created_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
ON CONFLICT (label_id, sample_id, ifnull(start_s, -1), ifnull(end_s, -1)) DO NOTHING
RETURNING anchor_id;
