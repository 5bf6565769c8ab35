-- The account's number takes the first place in every key and index, a bucket's number that of its UUID, and each
-- distinct data of an account is kept once. All tables are made anew. What is few is carried over here; events and the
-- trash follow in pages (20261126200100_carried_over), from the tables that keep their rows under another name until then.
-- Index names belong to a schema, not to a table, so the old ones go first. Foreign keys go with them.

ALTER TABLE "users"
  ADD COLUMN "account" SERIAL NOT NULL,
  ADD COLUMN "last_bucket" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "last_event" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "last_value" INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX "users_account_key" ON "users"("account");

ALTER TABLE "api_keys" RENAME TO "old_api_keys";
ALTER TABLE "devices" RENAME TO "old_devices";
ALTER TABLE "buckets" RENAME TO "old_buckets";
ALTER TABLE "events" RENAME TO "old_events";
ALTER TABLE "deleted_events" RENAME TO "old_deleted_events";
ALTER TABLE "trashed_events" RENAME TO "old_trashed_events";
ALTER TABLE "imports" RENAME TO "old_imports";
ALTER TABLE "import_buckets" RENAME TO "old_import_buckets";
ALTER TABLE "import_events" RENAME TO "old_import_events";
ALTER TABLE "settings" RENAME TO "old_settings";

ALTER TABLE "old_api_keys" DROP CONSTRAINT "api_keys_pkey" CASCADE;
ALTER TABLE "old_devices" DROP CONSTRAINT "devices_pkey" CASCADE;
ALTER TABLE "old_buckets" DROP CONSTRAINT "buckets_pkey" CASCADE;
ALTER TABLE "old_events" RENAME CONSTRAINT "events_pkey" TO "old_events_pkey";
ALTER TABLE "old_deleted_events" DROP CONSTRAINT "deleted_events_pkey";
ALTER TABLE "old_trashed_events" RENAME CONSTRAINT "trashed_events_pkey" TO "old_trashed_events_pkey";
ALTER TABLE "old_imports" DROP CONSTRAINT "imports_pkey" CASCADE;
ALTER TABLE "old_import_buckets" DROP CONSTRAINT "import_buckets_pkey";
ALTER TABLE "old_import_events" DROP CONSTRAINT "import_events_pkey";
ALTER TABLE "old_settings" DROP CONSTRAINT "settings_pkey";
DROP INDEX "api_keys_key_hash_key", "events_bucket_uuid_timestamp_idx", "events_bucket_uuid_revision_idx",
  "events_bucket_uuid_source_id_key", "trashed_events_bucket_uuid_timestamp_idx",
  "trashed_events_bucket_uuid_trashed_at_idx";

CREATE TABLE "api_keys" (
    "account" INTEGER NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "scope" TEXT NOT NULL DEFAULT 'full',
    "device_uuid" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),
    "expires_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("account","id")
);

CREATE TABLE "devices" (
    "account" INTEGER NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "device_id" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_sync_at" TIMESTAMPTZ(6),
    "aw_device_id" TEXT,
    "pass" INTEGER NOT NULL DEFAULT 0,
    "pass_nonce" TEXT,
    "own" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "devices_pkey" PRIMARY KEY ("account","id")
);

CREATE TABLE "buckets" (
    "account" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "device_uuid" UUID NOT NULL,
    "bucket_id" TEXT NOT NULL,
    "public_id" TEXT NOT NULL,
    "bucket_type" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "data" JSONB NOT NULL DEFAULT '{}',
    "heartbeat_event_id" BIGINT,
    "source_epoch" INTEGER NOT NULL DEFAULT 0,
    "source_created" TIMESTAMPTZ(6),
    "push_head" BIGINT,
    "push_foot" BIGINT,
    "source_rows" INTEGER NOT NULL DEFAULT 0,
    "event_rows" BIGINT NOT NULL DEFAULT 0,
    "longest_ns" BIGINT NOT NULL DEFAULT 0,
    "imported_id" TEXT,
    "former_device" TEXT,
    "former_bucket" TEXT,

    CONSTRAINT "buckets_pkey" PRIMARY KEY ("account","number")
);

CREATE TABLE "event_values" (
    "account" INTEGER NOT NULL,
    "value" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,
    "data" JSONB NOT NULL,
    "data_bytes" INTEGER NOT NULL GENERATED ALWAYS AS (octet_length("data"::text)) STORED,

    CONSTRAINT "event_values_pkey" PRIMARY KEY ("account","value")
);

CREATE TABLE "events" (
    "account" INTEGER NOT NULL,
    "bucket" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "timestamp" TIMESTAMPTZ(6) NOT NULL,
    "duration_ns" BIGINT NOT NULL,
    "value" INTEGER NOT NULL,
    "source_id" BIGINT,
    "content_hash" BIGINT NOT NULL,
    "revision" BIGINT NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("account","id")
);

CREATE TABLE "deleted_events" (
    "account" INTEGER NOT NULL,
    "bucket" INTEGER NOT NULL,
    "instant" BIGINT NOT NULL,
    "revision" BIGINT NOT NULL,

    CONSTRAINT "deleted_events_pkey" PRIMARY KEY ("account","bucket","instant")
);

CREATE TABLE "trashed_events" (
    "account" INTEGER NOT NULL,
    "bucket" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "timestamp" TIMESTAMPTZ(6) NOT NULL,
    "duration_ns" BIGINT NOT NULL,
    "value" INTEGER NOT NULL,
    "trashed_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "trashed_events_pkey" PRIMARY KEY ("account","bucket","id")
);

CREATE TABLE "imports" (
    "account" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "device_id" TEXT,
    "merging" BOOLEAN NOT NULL DEFAULT false,
    "touched_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "imports_pkey" PRIMARY KEY ("account","id")
);

CREATE TABLE "import_buckets" (
    "account" INTEGER NOT NULL,
    "import_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "facts" JSONB NOT NULL,
    "bucket" INTEGER,
    "merged_us" BIGINT,
    "imported" INTEGER NOT NULL DEFAULT 0,
    "present" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "import_buckets_pkey" PRIMARY KEY ("account","import_id","number")
);

CREATE TABLE "import_events" (
    "account" INTEGER NOT NULL,
    "import_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "timestamp" TIMESTAMPTZ(6) NOT NULL,
    "place" INTEGER NOT NULL,
    "duration_ns" BIGINT NOT NULL,
    "content_hash" BIGINT NOT NULL,
    "data" JSONB NOT NULL,
    "data_bytes" INTEGER NOT NULL GENERATED ALWAYS AS (octet_length("data"::text)) STORED,

    CONSTRAINT "import_events_pkey" PRIMARY KEY ("account","import_id","number","timestamp","place")
);

CREATE TABLE "settings" (
    "account" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("account","key")
);


-- What every account has of these is few: some thousand rows.
INSERT INTO "devices" ("account", "id", "device_id", "hostname", "created_at", "last_sync_at", "aw_device_id", "pass",
  "pass_nonce", "own")
SELECT users.account, old.id, old.device_id, old.hostname, old.created_at, old.last_sync_at, old.aw_device_id, old.pass,
  old.pass_nonce, old.own
FROM old_devices old JOIN users ON users.id = old.user_id;

INSERT INTO "api_keys" ("account", "id", "name", "prefix", "key_hash", "scope", "device_uuid", "created_at",
  "last_used_at", "expires_at", "revoked_at")
SELECT users.account, old.id, old.name, old.prefix, old.key_hash, old.scope, old.device_uuid, old.created_at,
  old.last_used_at, old.expires_at, old.revoked_at
FROM old_api_keys old JOIN users ON users.id = old.user_id;

INSERT INTO "settings" ("account", "key", "value", "updated_at")
SELECT users.account, old.key, old.value, old.updated_at FROM old_settings old JOIN users ON users.id = old.user_id;

INSERT INTO "buckets" ("account", "number", "id", "device_uuid", "bucket_id", "public_id", "bucket_type", "client",
  "hostname", "created_at", "data", "heartbeat_event_id", "source_epoch", "source_created", "push_head", "push_foot",
  "source_rows", "event_rows", "longest_ns", "imported_id", "former_device", "former_bucket")
SELECT users.account, row_number() OVER (PARTITION BY users.account ORDER BY old.ordinal), old.id, old.device_uuid,
  old.bucket_id, old.public_id, old.bucket_type, old.client, old.hostname, old.created_at, old.data,
  old.heartbeat_event_id, old.source_epoch, old.source_created, old.push_head, old.push_foot, old.source_rows,
  coalesce(counted.events, 0), old.longest_ns, old.imported_id, old.former_device, old.former_bucket
FROM old_buckets old
JOIN users ON users.id = old.user_id
LEFT JOIN (SELECT bucket_uuid, count(*) AS events FROM old_events GROUP BY bucket_uuid) counted
  ON counted.bucket_uuid = old.id;

INSERT INTO "deleted_events" ("account", "bucket", "instant", "revision")
SELECT bucket.account, bucket.number, old.instant, old.revision
FROM old_deleted_events old JOIN buckets bucket ON bucket.id = old.bucket_uuid;

INSERT INTO "imports" ("account", "id", "device_id", "merging", "touched_at")
SELECT users.account, old.id, old.device_id, old.merging, old.touched_at
FROM old_imports old JOIN users ON users.id = old.user_id;

INSERT INTO "import_buckets" ("account", "import_id", "number", "facts", "bucket", "merged_us", "imported", "present")
SELECT import.account, old.import_id, old.number, old.facts, bucket.number, old.merged_us, old.imported, old.present
FROM old_import_buckets old
JOIN imports import ON import.id = old.import_id
LEFT JOIN buckets bucket ON bucket.id = old.bucket_uuid;

INSERT INTO "import_events" ("account", "import_id", "number", "timestamp", "place", "duration_ns", "content_hash",
  "data")
SELECT import.account, old.import_id, old.number, old.timestamp, old.place, old.duration_ns, old.content_hash, old.data
FROM old_import_events old JOIN imports import ON import.id = old.import_id;

-- Events keep their ids, which were drawn from one sequence for all accounts.
UPDATE users SET
  last_event = (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "events_id_seq"),
  last_bucket = (SELECT coalesce(max(number), 0) FROM buckets WHERE buckets.account = users.account);

ALTER SEQUENCE "imports_id_seq" OWNED BY "imports"."id";
ALTER TABLE "imports" ALTER COLUMN "id" SET DEFAULT nextval('imports_id_seq');

-- How far each of the large tables is carried over.
CREATE TABLE "carried_over" ("what" TEXT PRIMARY KEY, "rows" BIGINT NOT NULL, "bucket" UUID, "id" BIGINT NOT NULL);
INSERT INTO "carried_over" VALUES ('events', 0, NULL, 0), ('trash', 0, '00000000-0000-0000-0000-000000000000', 0);

DROP TABLE "old_import_events", "old_import_buckets", "old_imports", "old_settings", "old_deleted_events",
  "old_api_keys";
ALTER TABLE "old_events" DROP CONSTRAINT IF EXISTS "events_bucket_uuid_fkey";
ALTER TABLE "old_trashed_events" DROP CONSTRAINT IF EXISTS "trashed_events_bucket_uuid_fkey";
DROP TABLE "old_buckets", "old_devices";

CREATE UNIQUE INDEX "api_keys_key_hash_key" ON "api_keys"("key_hash");
CREATE UNIQUE INDEX "devices_account_device_id_key" ON "devices"("account", "device_id");
CREATE UNIQUE INDEX "buckets_account_id_key" ON "buckets"("account", "id");
CREATE UNIQUE INDEX "buckets_account_device_uuid_bucket_id_key" ON "buckets"("account", "device_uuid", "bucket_id");
CREATE UNIQUE INDEX "buckets_account_public_id_key" ON "buckets"("account", "public_id");
CREATE UNIQUE INDEX "event_values_account_hash_key" ON "event_values"("account", "hash");
CREATE INDEX "events_account_bucket_timestamp_idx" ON "events"("account", "bucket", "timestamp");
CREATE INDEX "events_account_bucket_revision_idx" ON "events"("account", "bucket", "revision") WHERE (revision > 0);
CREATE UNIQUE INDEX "events_account_bucket_source_id_key" ON "events"("account", "bucket", "source_id") WHERE (source_id IS NOT NULL);
CREATE INDEX "deleted_events_account_bucket_revision_idx" ON "deleted_events"("account", "bucket", "revision") WHERE (revision > 0);
CREATE INDEX "trashed_events_account_bucket_timestamp_idx" ON "trashed_events"("account", "bucket", "timestamp");
CREATE INDEX "trashed_events_account_bucket_trashed_at_idx" ON "trashed_events"("account", "bucket", "trashed_at");

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_account_device_uuid_fkey" FOREIGN KEY ("account", "device_uuid") REFERENCES "devices"("account", "id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "devices" ADD CONSTRAINT "devices_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "buckets" ADD CONSTRAINT "buckets_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "buckets" ADD CONSTRAINT "buckets_account_device_uuid_fkey" FOREIGN KEY ("account", "device_uuid") REFERENCES "devices"("account", "id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "deleted_events" ADD CONSTRAINT "deleted_events_account_bucket_fkey" FOREIGN KEY ("account", "bucket") REFERENCES "buckets"("account", "number") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "trashed_events" ADD CONSTRAINT "trashed_events_account_bucket_fkey" FOREIGN KEY ("account", "bucket") REFERENCES "buckets"("account", "number") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "imports" ADD CONSTRAINT "imports_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "import_buckets" ADD CONSTRAINT "import_buckets_account_import_id_fkey" FOREIGN KEY ("account", "import_id") REFERENCES "imports"("account", "id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "import_events" ADD CONSTRAINT "import_events_account_import_id_fkey" FOREIGN KEY ("account", "import_id") REFERENCES "imports"("account", "id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "settings" ADD CONSTRAINT "settings_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
