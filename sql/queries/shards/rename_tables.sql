-- Sounds of a set's shards whose contents may be those of others, and the heirs of those that go.
CREATE TABLE sounds (
    shard INTEGER NOT NULL,
    sample_id INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    root TEXT NOT NULL,
    file BLOB NOT NULL,
    status TEXT NOT NULL,
    is_new INTEGER NOT NULL,
    PRIMARY KEY (shard, sample_id)
) WITHOUT ROWID;
CREATE INDEX sounds_by_content ON sounds (content_hash, bytes);
CREATE INDEX sounds_by_file ON sounds (file) WHERE is_new;
CREATE TABLE heirs (
    gone_shard INTEGER NOT NULL,
    gone INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    heir INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    is_move INTEGER NOT NULL,
    PRIMARY KEY (gone_shard, shard, gone)
) WITHOUT ROWID;
