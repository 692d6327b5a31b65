-- Every sample's score, rival, gap and confidence for every label that has anchors, under the
-- default model; vectors without a direction (zeros, NaN) have none. Needs sqlite-vec. A condition
-- on sample_id is fast; without one, all are scored.
SELECT
    sample_id, label_id, label, score, rival, gap, confidence, held_back_by, rival_label,
    rival_sample_id, heard_share
FROM embedding_scores
WHERE part = -1
