SELECT label_id, name, aggregation, top_k, threshold, gap, color, notes
FROM labels
