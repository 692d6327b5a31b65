-- The moments that each label finds under the default model, best first: without sounds that were
-- rejected or are the label's anchors as a whole, and without what a rejected span, or an anchor on a
-- span, speaks for. A span speaks for a moment where they overlap by at least half of the shorter of
-- the two (sqlclap.db.spans.speaks_for). verdict is that of the last vote that speaks for the moment.
-- Needs sqlite-vec, and scores everything unless there is a condition on sample_id.
SELECT
    ms.label_id, ms.label, ms.sample_id, s.path, ms.start_s, ms.end_s, ms.score, ms.rival, ms.gap,
    ms.confidence, ms.held_back_by, ms.rival_label, ms.rival_sample_id, ms.heard_share,
    (
        SELECT r.verdict FROM label_verdicts AS r
        WHERE r.label_id = ms.label_id AND r.sample_id = ms.sample_id
            AND iif(
                r.start_s IS NULL, ms.is_whole,
                min(r.end_s, ms.end_s) - max(r.start_s, ms.start_s) + 1e-6
                    >= 0.5 * min(r.end_s - r.start_s, ms.end_s - ms.start_s)
            )
        ORDER BY r.vote_id DESC
        LIMIT 1
    ) AS verdict
FROM moment_scores AS ms
JOIN samples AS s USING (sample_id)
WHERE NOT EXISTS (
        SELECT 1 FROM label_verdicts AS r
        WHERE r.label_id = ms.label_id AND r.sample_id = ms.sample_id AND r.verdict = 'reject'
            AND (
                r.start_s IS NULL
                OR min(r.end_s, ms.end_s) - max(r.start_s, ms.start_s) + 1e-6
                    >= 0.5 * min(r.end_s - r.start_s, ms.end_s - ms.start_s)
            )
    )
    AND NOT EXISTS (
        SELECT 1 FROM anchors AS a
        WHERE a.label_id = ms.label_id AND a.sample_id = ms.sample_id
            AND (
                a.start_s IS NULL
                OR min(a.end_s, ms.end_s) - max(a.start_s, ms.start_s) + 1e-6
                    >= 0.5 * min(a.end_s - a.start_s, ms.end_s - ms.start_s)
            )
    )
ORDER BY
    ms.label_id,
    CASE ms.confidence WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END,
    ms.score DESC, ms.sample_id, ms.start_s
