-- Each label with what it holds and what is in force under model ?1 (NULL: no model yet).
SELECT
    l.name,
    (SELECT count(*) FROM anchors AS a
        WHERE a.label_id = l.label_id AND a.polarity = 'positive') AS positive,
    (SELECT count(*) FROM anchors AS a
        WHERE a.label_id = l.label_id AND a.polarity = 'negative') AS negative,
    (SELECT count(*) FROM votes AS v WHERE v.label_id = l.label_id) AS votes,
    (SELECT count(DISTINCT t.sample_id) FROM tags AS t WHERE t.label_id = l.label_id) AS tagged,
    p.threshold, p.gap, p.depth, p.threshold_from
FROM labels AS l
LEFT JOIN label_settings AS p ON p.label_id = l.label_id AND p.model_id = ?1
ORDER BY l.name;
