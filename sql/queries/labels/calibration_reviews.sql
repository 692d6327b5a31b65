SELECT review_id, draws FROM reviews WHERE label_id = ? AND model_id = ? ORDER BY review_id;
