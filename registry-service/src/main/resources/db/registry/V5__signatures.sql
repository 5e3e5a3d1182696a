-- A version's signature, made with it; none where the registry had no key then. The key is named by its digest.
CREATE TABLE signatures (
    adapter_id bigint      NOT NULL,
    version    int         NOT NULL,
    bundle     text        NOT NULL,
    key_digest text        NOT NULL,
    signed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (adapter_id, version),
    FOREIGN KEY (adapter_id, version) REFERENCES versions
);
