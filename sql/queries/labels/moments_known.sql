-- What has been said of sounds and spans of them for label ?1: of votes the one in force, then
-- anchors.
SELECT v.sample_id, v.start_s, v.end_s, v.verdict
FROM label_verdicts AS v
WHERE v.label_id = ?1
UNION ALL
SELECT a.sample_id, a.start_s, a.end_s, iif(a.polarity = 'positive', 'accept', 'reject')
FROM anchors AS a
WHERE a.label_id = ?1;
