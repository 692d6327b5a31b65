-- A sound that another library took in.
INSERT INTO samples (source_id, {columns}) VALUES (:source_id, {values}) RETURNING sample_id
