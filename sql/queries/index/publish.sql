INSERT INTO index_meta (model_id, generation, path, count, dead, seq, checksum, params, recall)
VALUES (:model_id, :generation, :path, :count, :dead, :seq, :checksum, :params, :recall);
