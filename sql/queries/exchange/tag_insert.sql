-- A tag as a file has it, unless a run in force has brought it in before.
INSERT INTO tags (
    sample_id, label_id, run_id, confidence, start_s, end_s, found_score, low_hz, high_hz, notes, more
)
SELECT
    :sample_id, :label_id, :run_id, :confidence, :start_s, :end_s, :found_score, :low_hz, :high_hz,
    :notes, :more
WHERE NOT EXISTS (
    SELECT 1
    FROM tags AS t
    JOIN tag_runs AS r USING (run_id)
    WHERE t.sample_id = :sample_id AND t.label_id = :label_id
        AND t.start_s IS :start_s AND t.end_s IS :end_s
        AND (t.run_id = :run_id OR json_extract(r.params, '$.imported') IS NOT NULL)
)
RETURNING run_id;
