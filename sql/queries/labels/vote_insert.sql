INSERT INTO votes (
    label_id, sample_id, verdict, model_id, score, gap, source, review_id, stratum, content_hash
)
VALUES (
    :label_id, :sample_id, :verdict, :model_id, :score, :gap, :source, :review_id, :stratum,
    :content_hash
)
RETURNING vote_id;
