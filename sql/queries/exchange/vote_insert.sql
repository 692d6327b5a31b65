-- A vote as a file has it. One that was taken in before stays, whatever was said since.
INSERT INTO votes (
    label_id, sample_id, start_s, end_s, verdict, source, content_hash, found_score, low_hz, high_hz,
    notes, more
)
SELECT
    :label_id, s.sample_id, :start_s, :end_s, :verdict, 'import', s.content_hash, :found_score,
    :low_hz, :high_hz, :notes, :more
FROM samples AS s
WHERE s.sample_id = :sample_id
    AND NOT EXISTS (
        SELECT 1 FROM votes AS v
        WHERE v.label_id = :label_id AND v.sample_id = :sample_id AND v.verdict = :verdict
            AND v.start_s IS :start_s AND v.end_s IS :end_s AND v.source = 'import'
    )
RETURNING vote_id;
