CREATE EXTENSION IF NOT EXISTS vector;

-- What published flows are found by: a few short texts each. A projection.
CREATE TABLE flow_documents (
    account uuid    NOT NULL,
    flow    uuid    NOT NULL,
    ordinal integer NOT NULL,
    version integer NOT NULL,
    hash    bytea   NOT NULL,
    content text    NOT NULL,
    PRIMARY KEY (account, flow, ordinal)
);
CREATE INDEX flow_documents_by_hash ON flow_documents (account, hash);

-- What embedders made of texts. No read model: it stays when read models are folded anew, so that nothing is asked twice.
CREATE TABLE embeddings (
    account uuid   NOT NULL,
    model   text   NOT NULL,
    hash    bytea  NOT NULL,
    -- Of any dimension: every model has its own.
    numbers vector NOT NULL,
    PRIMARY KEY (account, model, hash)
);
-- For accounts with so many documents that looking at each takes too long: one for each dimension that models commonly have.
CREATE INDEX embeddings_near_384 ON embeddings USING hnsw ((numbers::vector(384)) vector_cosine_ops)
    WHERE vector_dims(numbers) = 384;
CREATE INDEX embeddings_near_512 ON embeddings USING hnsw ((numbers::vector(512)) vector_cosine_ops)
    WHERE vector_dims(numbers) = 512;
CREATE INDEX embeddings_near_768 ON embeddings USING hnsw ((numbers::vector(768)) vector_cosine_ops)
    WHERE vector_dims(numbers) = 768;
CREATE INDEX embeddings_near_1024 ON embeddings USING hnsw ((numbers::vector(1024)) vector_cosine_ops)
    WHERE vector_dims(numbers) = 1024;
CREATE INDEX embeddings_near_1536 ON embeddings USING hnsw ((numbers::vector(1536)) vector_cosine_ops)
    WHERE vector_dims(numbers) = 1536;

-- When a flow last helped: asked for every flow of an account.
CREATE INDEX sessions_resolved_by_flow ON sessions (account, matched_flow, closed_at)
    WHERE matched_flow IS NOT NULL AND status = 'RESOLVED';
