UPDATE labels SET
    threshold = :threshold,
    gap = :gap,
    top_k = :top_k,
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE label_id = :label_id;
