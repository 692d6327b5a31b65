-- What is known of sounds without a vote on them: anchors' polarity; "span", where a vote says that
-- a part of them holds the label. What a part doesn't hold, the sound may.
SELECT v.sample_id, 'span' AS known
FROM label_verdicts AS v
WHERE v.label_id = ?1 AND v.verdict = 'accept' AND v.start_s IS NOT NULL
UNION ALL
SELECT a.sample_id, a.polarity
FROM anchors AS a
WHERE a.label_id = ?1 AND (a.polarity = 'positive' OR a.start_s IS NULL);
