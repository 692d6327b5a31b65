-- What hangs on each label: anchors, verdicts in force, tags.
SELECT
    l.label_id, l.name, l.color, l.notes, l.threshold, l.gap,
    (SELECT count(*) FROM anchors AS a WHERE a.label_id = l.label_id AND a.polarity = 'positive'),
    (SELECT count(*) FROM anchors AS a WHERE a.label_id = l.label_id AND a.polarity = 'negative'),
    (SELECT count(*) FROM label_verdicts AS v WHERE v.label_id = l.label_id AND v.verdict = 'accept'),
    (SELECT count(*) FROM label_verdicts AS v WHERE v.label_id = l.label_id AND v.verdict = 'reject'),
    (SELECT count(*) FROM label_verdicts AS v WHERE v.label_id = l.label_id AND v.verdict = 'unsure'),
    (SELECT count(DISTINCT t.sample_id) FROM tags AS t WHERE t.label_id = l.label_id)
FROM labels AS l
ORDER BY l.name
