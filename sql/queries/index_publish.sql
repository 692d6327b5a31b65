INSERT INTO index_meta (model_id, generation, path, count, dead, seq, checksum, params, recall)
VALUES (:model_id, :generation, :path, :count, :dead, :seq, :checksum, :params, :recall)
ON CONFLICT (model_id) DO UPDATE SET
    generation = excluded.generation,
    path = excluded.path,
    count = excluded.count,
    dead = excluded.dead,
    seq = excluded.seq,
    checksum = excluded.checksum,
    params = excluded.params,
    recall = excluded.recall,
    built_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
