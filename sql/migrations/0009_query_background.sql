-- What a library's sounds score by chance, so that an answer can say when it means nothing. All of
-- it can be computed anew from the vectors and the model.

CREATE TABLE query_background (
    model_id INTEGER PRIMARY KEY REFERENCES models (model_id),
    revision TEXT NOT NULL,                 -- changes with every change of the row
    prompts TEXT NOT NULL,                  -- hash of the texts that were asked
    names INTEGER NOT NULL,                 -- texts that name sounds; they come first
    sounds INTEGER NOT NULL,                -- vectors compared when all were, last
    added INTEGER NOT NULL,                 -- vectors compared since
    last_embedding_id INTEGER NOT NULL,
    neighbours TEXT NOT NULL,               -- JSON: [embedding_id, cosine to its nearest other]
    tops BLOB,                              -- float32: each text's best cosine here; NULL: no text tower
    vectors BLOB                            -- float16: the texts' vectors
);
