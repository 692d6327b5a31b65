INSERT INTO votes (
    label_id, sample_id, start_s, end_s, verdict, model_id, score, gap, source, review_id, stratum,
    content_hash
)
VALUES (
    :label_id, :sample_id, :start_s, :end_s, :verdict, :model_id, :score, :gap, :source,
    :review_id, :stratum, :content_hash
)
RETURNING vote_id;
