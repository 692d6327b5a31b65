INSERT INTO layouts (
    model_id, params, seed, trustworthiness, continuity, quality, seconds, aligned_to, movement,
    is_current
)
VALUES (
    :model_id, :params, :seed, :trustworthiness, :continuity, :quality, :seconds, :aligned_to,
    :movement, 1
)
RETURNING layout_id
