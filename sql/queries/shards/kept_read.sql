-- In a shard: what a table that tells of single sounds says of one (?1).
SELECT {columns} FROM {table} WHERE sample_id = ?1
