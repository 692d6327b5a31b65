INSERT INTO reviews (label_id, model_id, draws) VALUES (?, ?, ?) RETURNING review_id;
