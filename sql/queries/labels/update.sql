UPDATE labels SET
    aggregation = :aggregation,
    top_k = :top_k,
    threshold = :threshold,
    gap = :gap,
    color = :color,
    notes = :notes,
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE label_id = :label_id;
