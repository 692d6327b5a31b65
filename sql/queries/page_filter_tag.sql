-- Samples that carry a label's tag.
sample_id IN (
    SELECT t.sample_id FROM tags AS t JOIN labels AS l USING (label_id) WHERE l.name = :page_tag
)
