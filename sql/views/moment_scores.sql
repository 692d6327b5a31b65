-- Every moment's score, rival, gap and confidence for every label that has anchors, under the default
-- model: the windows of long sounds, and sounds that fit into one window as a whole. Needs
-- sqlite-vec. A condition on sample_id is fast; without one, all are scored.
SELECT
    es.sample_id, es.start_s, es.end_s, es.part = -1 AS is_whole, es.label_id, es.label, es.score, es.rival, es.gap,
    es.confidence, es.held_back_by, es.rival_label, es.rival_sample_id, es.heard_share
FROM embedding_scores AS es
WHERE es.part >= 0 OR NOT EXISTS (
    SELECT 1 FROM embeddings AS w
    WHERE w.sample_id = es.sample_id AND w.model_id = {model_id} AND ifnull(w.window_index, -1) = 0
)
