-- The map in force as pages take it, and what tells it from any other: so that a server needn't
-- look at every point. Made with maps and clusters; gone as soon as one point is another. All of it
-- can be computed anew.

CREATE TABLE map_drawn (
    layout_id INTEGER PRIMARY KEY,
    clustering_id INTEGER,                  -- NULL: there were no clusters
    points INTEGER NOT NULL,
    placed INTEGER NOT NULL,                -- of the points, those put beside their neighbours
    drawn TEXT NOT NULL,                    -- JSON: sums of where everything lies
    bounds TEXT NOT NULL,                   -- JSON: left, bottom, right, top
    sample_ids BLOB NOT NULL,               -- int64, ascending; all numbers little-endian
    positions BLOB NOT NULL,                -- uint16, x and y of each: steps within the bounds
    members BLOB NOT NULL                   -- int32: the cluster of each, -1 for none
);

CREATE TRIGGER map_drawn_point_added AFTER INSERT ON layout_umap
BEGIN
    DELETE FROM map_drawn WHERE layout_id = NEW.layout_id;
END;

CREATE TRIGGER map_drawn_point_changed AFTER UPDATE ON layout_umap
BEGIN
    DELETE FROM map_drawn WHERE layout_id IN (OLD.layout_id, NEW.layout_id);
END;

CREATE TRIGGER map_drawn_point_removed AFTER DELETE ON layout_umap
BEGIN
    DELETE FROM map_drawn WHERE layout_id = OLD.layout_id;
END;

CREATE TRIGGER map_drawn_member_added AFTER INSERT ON clusters
BEGIN
    DELETE FROM map_drawn WHERE clustering_id = NEW.clustering_id;
END;

CREATE TRIGGER map_drawn_member_changed AFTER UPDATE ON clusters
BEGIN
    DELETE FROM map_drawn WHERE clustering_id IN (OLD.clustering_id, NEW.clustering_id);
END;

CREATE TRIGGER map_drawn_member_removed AFTER DELETE ON clusters
BEGIN
    DELETE FROM map_drawn WHERE clustering_id = OLD.clustering_id;
END;
