-- Each label with what it holds and what is in force under model ?1 (NULL: no model yet).
SELECT
    l.label_id, l.name, l.color, l.notes, l.aggregation,
    (SELECT count(*) FROM anchors AS a WHERE a.label_id = l.label_id AND a.polarity = 'positive'),
    (SELECT count(*) FROM anchors AS a WHERE a.label_id = l.label_id AND a.polarity = 'negative'),
    (SELECT count(*) FROM votes AS v WHERE v.label_id = l.label_id),
    (SELECT count(*) FROM label_verdicts AS v WHERE v.label_id = l.label_id AND v.verdict = 'accept'),
    (SELECT count(*) FROM label_verdicts AS v WHERE v.label_id = l.label_id AND v.verdict = 'reject'),
    (SELECT count(*) FROM label_verdicts AS v WHERE v.label_id = l.label_id AND v.verdict = 'unsure'),
    (SELECT count(DISTINCT t.sample_id) FROM tags AS t WHERE t.label_id = l.label_id),
    p.threshold, p.gap, p.depth, p.threshold_from, l.threshold, l.gap, p.calibration_id
FROM labels AS l
LEFT JOIN label_settings AS p ON p.label_id = l.label_id AND p.model_id = ?1
ORDER BY l.name;
