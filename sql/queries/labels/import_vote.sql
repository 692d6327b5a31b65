INSERT INTO votes (
    label_id, sample_id, start_s, end_s, verdict, score, gap, source, found_score, low_hz, high_hz,
    notes, more, created_at
)
SELECT
    :label_id, :sample_id, :start_s, :end_s, :verdict, :score, :gap, coalesce(:source, 'import'),
    :found_score, :low_hz, :high_hz, :notes, :more,
    coalesce(:created_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
WHERE NOT EXISTS (
    SELECT 1 FROM votes AS v
    WHERE v.label_id = :label_id AND v.sample_id = :sample_id AND v.start_s IS :start_s
        AND v.end_s IS :end_s AND v.verdict = :verdict
        AND (:created_at IS NULL OR v.created_at = :created_at)
)
RETURNING vote_id;
