-- What was said of spans of sounds: each label's anchors, its votes in force and its tags in force that
-- have a span. kind is anchor, vote or tag, and says is its polarity, verdict or confidence; id is
-- an anchor_id, vote_id or run_id. state: gone (the sound was removed), past the end (it has become
-- shorter, and no longer holds the span), changed (it is another sound than when that was said), ok.
SELECT
    l.label_id, l.name AS label, m.kind, m.id, m.sample_id, s.path, m.start_s, m.end_s, m.says,
    m.weight, m.score, m.gap,
    CASE
        WHEN s.sample_id IS NULL THEN 'gone'
        WHEN m.end_s > s.duration_s + 0.01 THEN 'past the end'
        WHEN m.content_hash <> s.content_hash THEN 'changed'
        ELSE 'ok'
    END AS state,
    m.created_at
FROM (
    SELECT
        a.label_id, 'anchor' AS kind, a.anchor_id AS id, a.sample_id, a.start_s, a.end_s,
        a.polarity AS says, a.weight, NULL AS score, NULL AS gap, a.content_hash, a.created_at
    FROM anchors AS a
    WHERE a.start_s IS NOT NULL
    UNION ALL
    SELECT
        v.label_id, 'vote', v.vote_id, v.sample_id, v.start_s, v.end_s, v.verdict, NULL, v.score,
        v.gap, v.content_hash, v.created_at
    FROM votes AS v
    WHERE v.start_s IS NOT NULL AND v.vote_id = (
            SELECT max(w.vote_id) FROM votes AS w
            WHERE w.label_id = v.label_id AND w.sample_id = v.sample_id
                AND w.start_s IS v.start_s AND w.end_s IS v.end_s
        )
    UNION ALL
    SELECT
        t.label_id, 'tag', t.run_id, t.sample_id, t.start_s, t.end_s, t.confidence, NULL, t.score,
        t.gap, NULL, t.created_at
    FROM tags AS t
    WHERE t.start_s IS NOT NULL AND t.run_id = (
            SELECT max(n.run_id) FROM tags AS n
            WHERE n.sample_id = t.sample_id AND n.label_id = t.label_id
                AND n.start_s IS t.start_s AND n.end_s IS t.end_s
        )
) AS m
JOIN labels AS l ON l.label_id = m.label_id
LEFT JOIN samples AS s ON s.sample_id = m.sample_id
ORDER BY l.label_id, m.sample_id, m.start_s, m.end_s
