-- An account of many documents compares all of them by a sixteenth of what their vectors hold, and only the nearest by the rest.

-- Two bits a number of a direction: whether it is large, and whether it is not small. A third of the numbers of texts' vectors lies
-- in each of the three parts, so that the bits in which two directions differ tell the angle between them. Numbers behind the
-- 8,192nd don't count: longer rows would not fit into an index.
CREATE FUNCTION signs(numbers vector) RETURNS bit varying LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN binary_quantize(subvector(numbers, 1, least(vector_dims(numbers), 8192))
           - array_fill((0.43 / sqrt(vector_dims(numbers)))::real, ARRAY[least(vector_dims(numbers), 8192)])::vector)
    || binary_quantize(subvector(numbers, 1, least(vector_dims(numbers), 8192))
           + array_fill((0.43 / sqrt(vector_dims(numbers)))::real, ARRAY[least(vector_dims(numbers), 8192)])::vector);

-- The signs of the texts that flows are found by now, each once. They follow from flow_documents and embeddings, and are kept up by
-- whoever embeds. Read by the index alone: the rows of embeddings are ten times as wide.
CREATE TABLE document_signs (
    account uuid        NOT NULL,
    model   text        NOT NULL,
    hash    bytea       NOT NULL,
    signs   bit varying NOT NULL,
    PRIMARY KEY (account, model, hash) INCLUDE (signs)
);

-- How many documents an account has, and how many of them have signs: counting them takes longer than the search.
CREATE TABLE document_coverage (
    account   uuid   NOT NULL,
    model     text   NOT NULL,
    embedded  bigint NOT NULL,
    documents bigint NOT NULL,
    PRIMARY KEY (account, model)
);

INSERT INTO document_signs (account, model, hash, signs)
SELECT known.account, known.model, known.hash, signs(known.numbers) FROM embeddings AS known
WHERE EXISTS (SELECT 1 FROM flow_documents AS document
              WHERE document.account = known.account AND document.hash = known.hash);

INSERT INTO document_coverage (account, model, embedded, documents)
SELECT known.account, known.model, count(*),
       (SELECT count(*) FROM flow_documents AS every WHERE every.account = known.account)
FROM flow_documents AS document
JOIN document_signs AS known ON known.account = document.account AND known.hash = document.hash
GROUP BY known.account, known.model;

DROP INDEX embeddings_near_384, embeddings_near_512, embeddings_near_768, embeddings_near_1024, embeddings_near_1536;
