-- sqlite-vec's chunks that hold the vectors of embeddings from ?1 to ?2: each place's id, a bit a
-- place for whether it is taken and whether it is a window's, and the vectors. In one statement, so
-- that ids and vectors belong together whoever writes meanwhile.
SELECT c.rowids, c.validity, w.data, v.vectors
FROM (
    SELECT DISTINCT r.chunk_id FROM vec_{model_id}_rowids AS r WHERE r.rowid BETWEEN ?1 AND ?2
) AS found
CROSS JOIN vec_{model_id}_chunks AS c ON c.chunk_id = found.chunk_id
CROSS JOIN vec_{model_id}_metadatachunks00 AS w ON w._rowid_ = c.chunk_id
CROSS JOIN vec_{model_id}_vector_chunks00 AS v ON v._rowid_ = c.chunk_id;
