INSERT INTO labels (name, aggregation, top_k, threshold, gap, color, notes)
VALUES (:name, :aggregation, :top_k, :threshold, :gap, :color, :notes);
