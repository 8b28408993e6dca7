-- +goose Up
-- With one of them somebody registers a key of their own for an account. It is deleted
-- when it is used; what is kept of the secret is its SHA-256.
CREATE TABLE invitations (
    name    text PRIMARY KEY, -- its first characters, which are no secret
    account text NOT NULL UNIQUE REFERENCES accounts (name) ON DELETE CASCADE,
    hash    text NOT NULL,
    expires bigint NOT NULL,
    tries   bigint NOT NULL DEFAULT 0 -- how often it was named with another secret or account
);

-- +goose Down
DROP TABLE invitations;
