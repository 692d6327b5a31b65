sample_id IN (
    SELECT m.sample_id FROM collection_samples AS m
    JOIN sample_collections AS c ON c.collection_id = m.collection_id
    WHERE c.name = :sqlclap_collection
)
