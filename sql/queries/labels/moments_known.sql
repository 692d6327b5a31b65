-- What has been said of sounds and spans of them for label ?1: of whole sounds first, and of votes
-- the one in force.
SELECT v.sample_id, v.start_s, v.end_s, v.verdict = 'accept'
FROM label_verdicts AS v
WHERE v.label_id = ?1 AND v.verdict IN ('accept', 'reject')
UNION ALL
SELECT a.sample_id, a.start_s, a.end_s, a.polarity = 'positive'
FROM anchors AS a
WHERE a.label_id = ?1
ORDER BY 2 IS NOT NULL;
