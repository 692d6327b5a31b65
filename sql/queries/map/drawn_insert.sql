INSERT OR REPLACE INTO map_drawn (
    layout_id, clustering_id, points, placed, drawn, bounds, sample_ids, positions, members
)
VALUES (
    :layout_id, :clustering_id, :points, :placed, :drawn, :bounds, :sample_ids, :positions,
    :members
)
