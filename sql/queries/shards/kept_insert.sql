-- In a shard: says the same of another one.
INSERT INTO {table} (sample_id, {columns}) VALUES ({values})
