-- What each label finds under the default model, best first: rejected pairs and the label's own
-- anchors left out. Needs sqlite-vec, and scores everything: `sqlclap matches` is the fast path.
SELECT
    ls.label_id, ls.label, ls.sample_id, s.path, ls.score, ls.rival, ls.gap, ls.confidence,
    ls.held_back_by, ls.rival_label, ls.rival_sample_id, s.heard_share
FROM label_scores AS ls
JOIN samples AS s USING (sample_id)
WHERE NOT EXISTS (
        SELECT 1 FROM label_verdicts AS r
        WHERE r.label_id = ls.label_id AND r.sample_id = ls.sample_id AND r.verdict = 'reject'
            AND r.start_s IS NULL
    )
    AND NOT EXISTS (
        SELECT 1 FROM anchors AS a
        WHERE a.label_id = ls.label_id AND a.sample_id = ls.sample_id AND a.start_s IS NULL
    )
ORDER BY
    ls.label_id,
    CASE ls.confidence WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END,
    ls.score DESC, ls.sample_id
