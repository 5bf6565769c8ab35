-- What kt-server 0.1.0 left in a PostgreSQL database. Written by test/upgrades/make.ts.
-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "email" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "scope" TEXT NOT NULL DEFAULT 'full',
    "device_uuid" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),
    "expires_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "devices" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "device_id" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_sync_at" TIMESTAMPTZ(6),
    "aw_device_id" TEXT,
    "pass" INTEGER NOT NULL DEFAULT 0,
    "pass_nonce" TEXT,

    CONSTRAINT "devices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "buckets" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "ordinal" BIGSERIAL NOT NULL,
    "user_id" UUID NOT NULL,
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
    "longest_ns" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "buckets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" BIGSERIAL NOT NULL,
    "bucket_uuid" UUID NOT NULL,
    "timestamp" TIMESTAMPTZ(6) NOT NULL,
    "duration_ns" BIGINT NOT NULL,
    "source_id" BIGINT,
    "content_hash" BIGINT NOT NULL,
    "revision" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "data" JSONB NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deleted_events" (
    "bucket_uuid" UUID NOT NULL,
    "instant" BIGINT NOT NULL,
    "revision" BIGINT NOT NULL,

    CONSTRAINT "deleted_events_pkey" PRIMARY KEY ("bucket_uuid","instant")
);

-- CreateTable
CREATE TABLE "settings" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "instance" (
    "device_id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "instance_pkey" PRIMARY KEY ("device_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_key_hash_key" ON "api_keys"("key_hash");

-- CreateIndex
CREATE INDEX "api_keys_user_id_idx" ON "api_keys"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "devices_user_id_device_id_key" ON "devices"("user_id", "device_id");

-- CreateIndex
CREATE UNIQUE INDEX "buckets_device_uuid_bucket_id_key" ON "buckets"("device_uuid", "bucket_id");

-- CreateIndex
CREATE UNIQUE INDEX "buckets_user_id_public_id_key" ON "buckets"("user_id", "public_id");

-- CreateIndex
CREATE INDEX "events_bucket_uuid_timestamp_idx" ON "events"("bucket_uuid", "timestamp");

-- CreateIndex
CREATE INDEX "events_bucket_uuid_revision_idx" ON "events"("bucket_uuid", "revision");

-- CreateIndex
CREATE UNIQUE INDEX "events_bucket_uuid_source_id_key" ON "events"("bucket_uuid", "source_id");

-- CreateIndex
CREATE INDEX "deleted_events_bucket_uuid_revision_idx" ON "deleted_events"("bucket_uuid", "revision");

-- CreateIndex
CREATE UNIQUE INDEX "settings_user_id_key_key" ON "settings"("user_id", "key");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_device_uuid_fkey" FOREIGN KEY ("device_uuid") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "devices" ADD CONSTRAINT "devices_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "buckets" ADD CONSTRAINT "buckets_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "buckets" ADD CONSTRAINT "buckets_device_uuid_fkey" FOREIGN KEY ("device_uuid") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_bucket_uuid_fkey" FOREIGN KEY ("bucket_uuid") REFERENCES "buckets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deleted_events" ADD CONSTRAINT "deleted_events_bucket_uuid_fkey" FOREIGN KEY ("bucket_uuid") REFERENCES "buckets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "settings" ADD CONSTRAINT "settings_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- This server's identity, drawn once.
INSERT INTO "instance" DEFAULT VALUES;
-- Whoever listens learns that an account's revision moved, once the write that moved it is committed and not if it is rolled
-- back; in every process on this database. A number, never data: lost, doubled or late, it costs nothing.
CREATE FUNCTION "tell_revision"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('kt_revision', NEW."id"::text || ' ' || NEW."revision"::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER "users_tell_revision" AFTER UPDATE OF "revision" ON "users"
  FOR EACH ROW WHEN (OLD."revision" IS DISTINCT FROM NEW."revision")
  EXECUTE FUNCTION "tell_revision"();
ALTER TABLE "events" ADD COLUMN "data_bytes" INTEGER NOT NULL GENERATED ALWAYS AS (octet_length("data"::text)) STORED;
-- CreateTable
CREATE TABLE "imports" (
    "id" BIGSERIAL NOT NULL,
    "user_id" UUID NOT NULL,
    "device_id" TEXT,
    "merging" BOOLEAN NOT NULL DEFAULT false,
    "touched_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "imports_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_buckets" (
    "import_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "facts" JSONB NOT NULL,
    "bucket_uuid" UUID,
    "merged_us" BIGINT,
    "imported" INTEGER NOT NULL DEFAULT 0,
    "present" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "import_buckets_pkey" PRIMARY KEY ("import_id","number")
);

-- CreateTable
CREATE TABLE "import_events" (
    "import_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "timestamp" TIMESTAMPTZ(6) NOT NULL,
    "place" INTEGER NOT NULL,
    "duration_ns" BIGINT NOT NULL,
    "content_hash" BIGINT NOT NULL,
    "data" JSONB NOT NULL,
    "data_bytes" INTEGER NOT NULL GENERATED ALWAYS AS (octet_length("data"::text)) STORED,

    CONSTRAINT "import_events_pkey" PRIMARY KEY ("import_id","number","timestamp","place")
);

-- CreateIndex
CREATE INDEX "imports_user_id_idx" ON "imports"("user_id");

-- AddForeignKey
ALTER TABLE "imports" ADD CONSTRAINT "imports_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_buckets" ADD CONSTRAINT "import_buckets_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "imports"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_events" ADD CONSTRAINT "import_events_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "imports"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- Which device is the account's own: so far known by the server's id alone, and shown while it held nothing.
ALTER TABLE "devices" ADD COLUMN "own" BOOLEAN NOT NULL DEFAULT false;

UPDATE "devices" SET "own" = true WHERE "device_id" = (SELECT "device_id"::text FROM "instance");
-- Buckets that imports alone made and filled, and what a bucket was before its device took it over (sync.md 8.1). Of the
-- buckets there are nobody knows what wrote to them, so none is marked.
ALTER TABLE "buckets" ADD COLUMN "imported_id" TEXT,
ADD COLUMN "former_device" TEXT,
ADD COLUMN "former_bucket" TEXT;
-- CreateTable
CREATE TABLE "trashed_events" (
    "bucket_uuid" UUID NOT NULL,
    "id" BIGINT NOT NULL,
    "timestamp" TIMESTAMPTZ(6) NOT NULL,
    "duration_ns" BIGINT NOT NULL,
    "data" JSONB NOT NULL,
    "data_bytes" INTEGER NOT NULL GENERATED ALWAYS AS (octet_length("data"::text)) STORED,
    "trashed_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "trashed_events_pkey" PRIMARY KEY ("bucket_uuid","id")
);

-- CreateIndex
CREATE INDEX "trashed_events_bucket_uuid_timestamp_idx" ON "trashed_events"("bucket_uuid", "timestamp");

-- CreateIndex
CREATE INDEX "trashed_events_bucket_uuid_trashed_at_idx" ON "trashed_events"("bucket_uuid", "trashed_at");

-- AddForeignKey
ALTER TABLE "trashed_events" ADD CONSTRAINT "trashed_events_bucket_uuid_fkey" FOREIGN KEY ("bucket_uuid") REFERENCES "buckets"("id") ON DELETE CASCADE ON UPDATE CASCADE;
create table _prisma_migrations (id varchar(36) primary key not null, checksum varchar(64) not null,
  finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0);
delete from instance;
insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) values ('cb568c3e-27f6-4ee9-afe8-aeb41caaf787', '8d676b701e6900a9a4db344bdb6dd28fd4830beff7ca46eade9cf8d79888c277', '2026-11-26 17:33:03.658+00', '20261124000000_initial', NULL, NULL, '2026-11-26 17:33:03.658+00', '1');
insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) values ('bb61b01e-697e-4af0-a720-d2f5d26cbf9c', 'b433ddf0cf97542178ed3516fb191d13330d3f3ba577842010bce08faf671888', '2026-11-26 17:33:05.624+00', '20261124010000_tell_revisions', NULL, NULL, '2026-11-26 17:33:05.624+00', '1');
insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) values ('75833ca8-263e-484e-b6eb-2497d30f8d30', 'd90fa6b8b09d9db2ccb46d223b15ed0355c7a2598d7c25cf12af00a381dab7f3', '2026-11-26 17:33:06.08+00', '20261126000000_data_bytes', NULL, NULL, '2026-11-26 17:33:06.08+00', '1');
insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) values ('536537dd-befa-4578-8dcf-51375fe311b4', '9b0551b5eb93ea545de36b2502698385e1ec17f951176fd6d73daedad580e108', '2026-11-26 17:33:06.609+00', '20261126010000_imports', NULL, NULL, '2026-11-26 17:33:06.609+00', '1');
insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) values ('9d3af968-e52a-4830-8f3a-071612451209', 'd818755d510a86606d0ef585ddfb4c4dbfc0fd6ac6ff152fbc9adee2ae58df4c', '2026-11-26 17:33:07.439+00', '20261126010000_own_device', NULL, NULL, '2026-11-26 17:33:07.439+00', '1');
insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) values ('5facdca4-a7ae-4d20-b4c8-275e222d9b6c', 'f58e347d731fdd1e6b82f48d3aaf271adc474a37b8b63fdbdf47bdbace511265', '2026-11-26 17:33:07.543+00', '20261126100000_taken_over', NULL, NULL, '2026-11-26 17:33:07.543+00', '1');
insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) values ('e87ca0f5-f5be-4490-8d3f-a1ea12bd0653', '0266247ddf1b97eeaeffb4441870d25f9750ff2d85a3d24a082a1c186caba209', '2026-11-26 17:33:07.545+00', '20261126110000_trash', NULL, NULL, '2026-11-26 17:33:07.545+00', '1');
insert into "instance" (device_id, created_at) values ('05e0f5b7-3d76-4243-83a6-56b797119d3b', '2026-11-26 17:33:03.658+00');
insert into "users" (id, email, created_at, updated_at, revision) values ('e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'one@example.org', '2026-11-26 17:33:11.595+00', '2026-11-26 17:33:11.595+00', '1795714408909000');
insert into "users" (id, email, created_at, updated_at, revision) values ('8baaef8e-e8cf-4b73-a078-4ffbabf91198', 'two@example.org', '2026-11-26 17:33:12.148+00', '2026-11-26 17:33:12.148+00', '1795714411996000');
insert into "devices" (id, user_id, device_id, hostname, created_at, last_sync_at, aw_device_id, pass, pass_nonce, own) values ('c50022c1-be52-4f31-8cb5-8d463f3eed7f', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', '05e0f5b7-3d76-4243-83a6-56b797119d3b', 'kt.test', '2026-11-26 17:33:26.467+00', NULL, NULL, '0', NULL, 'true');
insert into "devices" (id, user_id, device_id, hostname, created_at, last_sync_at, aw_device_id, pass, pass_nonce, own) values ('c3aff06f-74e7-49ca-bf71-21d42dd2d63b', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', '0fcb4b6b-8410-449a-a642-1ca1efa4a19f', 'lap', '2026-11-26 17:33:14.236+00', '2026-11-20 12:00:00+00', '00000000-0000-4000-8000-000000000001', '6', '26aa4d78-53f2-4261-a72c-18780c607028', 'false');
insert into "devices" (id, user_id, device_id, hostname, created_at, last_sync_at, aw_device_id, pass, pass_nonce, own) values ('dc9dd195-2ade-4b97-a1d4-1ae4a458cd27', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', '4dbe3a1f-ef02-48ca-b0b7-6614ca9d3ad3', 'desk', '2026-11-26 17:33:18.798+00', '2026-11-20 12:00:00+00', '00000000-0000-4000-8000-000000000002', '6', '4353b5af-0275-41bf-9c7f-6e3807f4709b', 'false');
insert into "devices" (id, user_id, device_id, hostname, created_at, last_sync_at, aw_device_id, pass, pass_nonce, own) values ('e2de4465-ce60-4dad-8d09-31911d2cfc79', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', '2e65b7ad-2e7c-4d20-a09e-c5d73aa4d789', 'tablet', '2026-11-26 17:33:27.754+00', '2026-11-20 12:00:00+00', '00000000-0000-4000-8000-000000000003', '3', '99421599-8826-455f-8f8f-8a4c422d2b21', 'false');
insert into "devices" (id, user_id, device_id, hostname, created_at, last_sync_at, aw_device_id, pass, pass_nonce, own) values ('2e158c7f-8b7a-453e-a0cb-1339951f572c', '8baaef8e-e8cf-4b73-a078-4ffbabf91198', '05e0f5b7-3d76-4243-83a6-56b797119d3b', 'kt.test', '2026-11-26 17:33:31.866+00', NULL, NULL, '0', NULL, 'true');
insert into "imports" (id, user_id, device_id, merging, touched_at) values ('3', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', NULL, 'true', '2026-11-20 12:00:00+00');
insert into "imports" (id, user_id, device_id, merging, touched_at) values ('4', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', NULL, 'false', '2026-11-20 12:00:00+00');
insert into "settings" (id, user_id, key, value, updated_at) values ('3cc75003-a2e1-41e8-b106-73587118ac83', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'classes', E'[{"name": ["Work", "it''s"], "rule": {"type": "regex", "regex": "vim|\\\\bgit\\\\b"}}]', '2026-11-26 17:33:28.981+00');
insert into "settings" (id, user_id, key, value, updated_at) values ('db0a2c13-d326-45dc-ad62-f9f9f7735360', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'startOfDay', '"04:00"', '2026-11-26 17:33:29.043+00');
insert into "settings" (id, user_id, key, value, updated_at) values ('63f99b07-a8e4-40d5-813b-b2f8217986c9', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'nothing', 'null', '2026-11-26 17:33:29.093+00');
insert into "settings" (id, user_id, key, value, updated_at) values ('1ca003ae-9a17-4e8f-8056-a9414174f3cc', '8baaef8e-e8cf-4b73-a078-4ffbabf91198', 'startOfDay', '"05:00"', '2026-11-26 17:33:32.068+00');
insert into "api_keys" (id, user_id, name, prefix, key_hash, scope, device_uuid, created_at, last_used_at, expires_at, revoked_at) values ('553a3b70-7380-488a-92d8-3333a6dc20fd', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'first', 'kt_W0Pqc8t', E'\\x8f3a391f5eda433f259f2bbb095131ce062555f15d279d91076481e74118fa20', 'full', NULL, '2026-11-26 17:33:11.858+00', '2026-11-20 12:00:00+00', NULL, NULL);
insert into "api_keys" (id, user_id, name, prefix, key_hash, scope, device_uuid, created_at, last_used_at, expires_at, revoked_at) values ('3da1f83c-0677-4a9f-8178-ca8860a7de88', '8baaef8e-e8cf-4b73-a078-4ffbabf91198', 'the second''s', 'kt_zL7PsqK', E'\\x5f90082a512ac1511e6dc4e4bd7bab8f8cee81f281670a75857f2506c558f341', 'full', NULL, '2026-11-26 17:33:12.263+00', '2026-11-20 12:00:00+00', NULL, NULL);
insert into "api_keys" (id, user_id, name, prefix, key_hash, scope, device_uuid, created_at, last_used_at, expires_at, revoked_at) values ('ff96e666-a2a9-46a3-aba0-e03634519282', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'of the lap alone', 'kt_bbFu6Cp', E'\\x68bacc2a65d6f291dd21898a428cf8dfc7dbdb9dc85cb045f521ee90d236bcb8', 'full', 'c3aff06f-74e7-49ca-bf71-21d42dd2d63b', '2026-11-26 17:33:32.113+00', NULL, NULL, NULL);
insert into "api_keys" (id, user_id, name, prefix, key_hash, scope, device_uuid, created_at, last_used_at, expires_at, revoked_at) values ('3db784ab-2c36-40ba-a7b1-cff19069cb15', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'revoked', 'kt_yYEugGu', E'\\xfbaef0c0f8ce223089e8242960b016ded7b49510f64d0d60a1eda6f78d4c2a28', 'full', NULL, '2026-11-26 17:33:32.122+00', NULL, NULL, '2026-11-20 12:00:00+00');
insert into "api_keys" (id, user_id, name, prefix, key_hash, scope, device_uuid, created_at, last_used_at, expires_at, revoked_at) values ('0f86f1f5-09bb-4d77-ab55-9c82d9bf98b5', '8baaef8e-e8cf-4b73-a078-4ffbabf91198', 'expired', 'kt_DFVG_9I', E'\\xf8aac7bd02bd422c5ba0bce58ed6155a0365fd787e1c3951ab3dd82c1cf78f99', 'full', NULL, '2026-11-26 17:33:32.227+00', NULL, '2026-01-01 00:00:00+00', NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '1', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'c3aff06f-74e7-49ca-bf71-21d42dd2d63b', 'aw-watcher-afk_lap', 'aw-watcher-afk_lap', 'afkstatus', 'aw-watcher-afk', 'lap', '2026-11-20 12:00:00+00', '{}', NULL, '1', '2026-11-20 12:00:00+00', '1795152000000', NULL, '20', '34359738368', NULL, NULL, NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('20129984-b9a2-4768-bd66-82227e3dfd2c', '2', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'c3aff06f-74e7-49ca-bf71-21d42dd2d63b', 'aw-watcher-web-firefox', 'aw-watcher-web-firefox', 'web.tab.current', 'story', 'unknown', '2026-11-20 12:00:00+00', '{}', NULL, '1', '2026-11-20 12:00:00+00', '1795170600000', NULL, '10', '34359738368', NULL, NULL, NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '3', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'c3aff06f-74e7-49ca-bf71-21d42dd2d63b', 'aw-watcher-window_lap', 'aw-watcher-window_lap', 'currentwindow', 'story', 'lap', '2026-11-20 12:00:00+00', '{}', NULL, '1', '2026-11-20 12:00:00+00', '1795175340000', NULL, '66', '140737488355328', NULL, NULL, NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('6cd04119-2cfe-488d-9083-3aed98e24657', '4', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'dc9dd195-2ade-4b97-a1d4-1ae4a458cd27', 'aw-watcher-window_desk', 'aw-watcher-window_desk', 'currentwindow', 'story', 'desk', '2026-11-20 12:00:00+00', '{}', NULL, '2', '2026-11-20 12:00:00+00', '1795175940000', NULL, '26', '34359738368', NULL, NULL, NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('10204b58-fa67-4d1a-8e7e-6d8928e599dc', '5', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'dc9dd195-2ade-4b97-a1d4-1ae4a458cd27', 'empty', 'empty', 'currentwindow', 'story', 'desk', '2026-11-20 12:00:00+00', '{}', NULL, '2', '2026-11-20 12:00:00+00', NULL, NULL, '0', '0', NULL, NULL, NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('d66b812e-53e5-4183-ae1e-74a2a309f15f', '7', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'c50022c1-be52-4f31-8cb5-8d463f3eed7f', 'aw-watcher-window_old', 'aw-watcher-window_old', 'currentwindow', 'story', 'old', '2026-11-20 12:00:00+00', '{}', NULL, '0', NULL, NULL, NULL, '0', '34359738368', 'aw-watcher-window_old', NULL, NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('f018aba6-1bc1-43b0-9788-e8d23279492b', '6', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'e2de4465-ce60-4dad-8d09-31911d2cfc79', 'aw-watcher-window_tablet', 'aw-watcher-window_tablet', 'currentwindow', 'story', 'tablet', '2026-11-20 12:00:00+00', '{}', NULL, '1', '2026-11-20 12:00:00+00', '1795173300000', NULL, '30', '34359738368', NULL, '05e0f5b7-3d76-4243-83a6-56b797119d3b', 'aw-watcher-window_tablet');
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('a53ce235-dc11-4a6f-886f-a6c057beb7ba', '8', 'e8f2cf3f-200f-46ef-8d0e-a5833515ae0b', 'c50022c1-be52-4f31-8cb5-8d463f3eed7f', 'by-hand', 'by-hand', 'notes', 'page', 'kt.test', '2026-11-26 17:33:28.539+00', '{"kept": [1, null]}', '204', '0', NULL, NULL, NULL, '0', '137438953472', NULL, NULL, NULL);
insert into "buckets" (id, ordinal, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data, heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns, imported_id, former_device, former_bucket) values ('3d958beb-6ade-4af2-8e18-0a5ac7c41769', '9', '8baaef8e-e8cf-4b73-a078-4ffbabf91198', '2e158c7f-8b7a-453e-a0cb-1339951f572c', 'aw-watcher-window_lap', 'aw-watcher-window_lap', 'currentwindow', 'x', 'lap', '2026-11-26 17:33:31.866+00', '{}', NULL, '0', NULL, NULL, NULL, '0', '17179869184', NULL, NULL, NULL);
insert into "deleted_events" (bucket_uuid, instant, revision) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '1795171380000', '1795714402757000');
insert into "deleted_events" (bucket_uuid, instant, revision) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '1795172700000', '1795714403641000');
insert into "deleted_events" (bucket_uuid, instant, revision) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '1795173360000', '1795714403641000');
insert into "deleted_events" (bucket_uuid, instant, revision) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '1795174020000', '1795714403641000');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('1', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-14 22:40:00+00', '30000000000', '70', '460509785012901641', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 0"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('2', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-15 05:20:00+00', '30125000000', '71', '-1696012760161466475', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 1"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('3', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-15 12:00:00+00', '30250000000', '72', '-2790704525626715676', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 2"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('4', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-15 18:40:00+00', '30375000000', '73', '87810144359772977', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 3"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('5', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-16 01:20:00+00', '30500000000', '74', '1114097222961585194', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 4"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('6', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-16 08:00:00+00', '30625000000', '75', '-4823094113768214877', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 5"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('7', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-16 14:40:00+00', '30750000000', '76', '-2178019749162265954', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 6"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('8', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-16 21:20:00+00', '30000000000', '77', '-4024103068595637043', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 7"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('9', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-17 04:00:00+00', '30125000000', '78', '9004304180937938935', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 8"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('10', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-17 10:40:00+00', '30250000000', '79', '4086708751971548083', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 9"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('11', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-17 17:20:00+00', '30375000000', '80', '2137444521622893988', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 10"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('12', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-18 00:00:00+00', '30500000000', '81', '4012387786133570290', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 11"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('13', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-18 06:40:00+00', '30625000000', '82', '504371827756342559', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 12"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('14', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-18 13:20:00+00', '30750000000', '83', '3000059241799861072', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 13"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('15', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-18 20:00:00+00', '30000000000', '84', '-261801098317923274', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 14"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('16', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-19 02:40:00+00', '30125000000', '85', '6201721073584905608', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 15"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('17', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-19 09:20:00+00', '30250000000', '86', '6972141785342224697', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 16"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('18', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-19 16:00:00+00', '30375000000', '87', '-8953200828416895998', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 17"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('19', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-19 22:40:00+00', '30500000000', '88', '2974961237790860001', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 18"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('20', '9caa4683-cf4b-47ee-8bfe-ea5ceed42f64', '2026-11-20 05:20:00+00', '30625000000', '89', '6137341009095376706', '1795714395928000', '2026-11-26 17:33:15.247+00', '{"app": "story", "title": "afk 19"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('21', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-19 21:00:00+00', '30000000000', '90', '-8406301879849365486', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 0"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('22', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-19 22:30:00+00', '30125000000', '91', '-1143058638128818007', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 1"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('23', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 00:00:00+00', '30250000000', '92', '-4129414613731937400', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 2"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('24', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 01:30:00+00', '30375000000', '93', '-3033004280060167733', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 3"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('25', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 03:00:00+00', '30500000000', '94', '2000055198230735378', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 4"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('26', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 04:30:00+00', '30625000000', '95', '3044213694456076124', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 5"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('27', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 06:00:00+00', '30750000000', '96', '5832948159179591898', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 6"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('28', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 07:30:00+00', '30000000000', '97', '-8385944873920417804', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 7"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('29', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 09:00:00+00', '30125000000', '98', '-4900123667231109298', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 8"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('30', '20129984-b9a2-4768-bd66-82227e3dfd2c', '2026-11-20 10:30:00+00', '30250000000', '99', '-1244412247890761508', '1795714396731000', '2026-11-26 17:33:16.188+00', '{"app": "story", "title": "tab 9"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('31', '9a31d4f6-463a-4684-963a-6096bd6040fd', '1999-12-31 23:59:59.123+00', '7000000000', '69', '3174083272167680209', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"title": "before all of this"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('32', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2020-02-29 23:59:59.999+00', '3600500000000', '68', '5222981097476722586', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"title": "a leap day"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('33', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 00:20:00+00', '1000000000', '61', '6210006579498068051', '1795714397065000', '2026-11-26 17:33:16.803+00', E'{"app": "NUL \\u00100000", "title": ""}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('34', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 00:30:00+00', '0', '62', '-5905669796129852850', '1795714397065000', '2026-11-26 17:33:16.803+00', E'{"title": "it''s \\"quoted\\" \\\\ $kt$ $1 %s --\\n/* ; drop table events; */"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('35', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 00:30:00+00', '0', '63', '-5905669796129852850', '1795714397065000', '2026-11-26 17:33:16.803+00', E'{"title": "it''s \\"quoted\\" \\\\ $kt$ $1 %s --\\n/* ; drop table events; */"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('36', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 00:40:00+00', '86400000000000', '64', '1187128045059486000', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"title": "‮RTL مرحبا ﻿", "combining": ["é", "é"]}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('37', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 00:50:00+00', '1000', '65', '-5170932226865199735', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"": {"": [[[[]]]]}, "__proto__x": null, "constructor": {"prototype": 1}}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('38', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:00:00+00', '30000000000', '1', '-4741495294960095037', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 0"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('39', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:00:00+00', '2500000000', '66', '-6929485705532104952', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"yes": true, "numbers": [0.1, 1000000000000000000000, 0.0000001, -1, 9007199254740991, 123456789.12345679]}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('40', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:10:00+00', '3000000000', '67', '7353574192619297157', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"url": "https://example.org/?q=%00&r=ü", "title": "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('41', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:11:00+00', '30125000000', '2', '3972227579519146070', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 1"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('42', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:22:00+00', '30250000000', '3', '-8378491975095853909', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 2"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('43', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:33:00+00', '30375000000', '4', '3742561986001636621', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 3"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('44', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:44:00+00', '30500000000', '5', '-349129975137229351', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 4"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('45', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 01:55:00+00', '30625000000', '6', '-3492493117891938545', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 5"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('46', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 02:06:00+00', '30750000000', '7', '-2986325206346021716', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 6"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('47', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 02:17:00+00', '30000000000', '8', '231191830975396675', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 7"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('48', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 02:28:00+00', '30125000000', '9', '-8212167924486557077', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 8"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('49', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 02:39:00+00', '30250000000', '10', '-3204117248106608366', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 9"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('50', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 02:50:00+00', '30375000000', '11', '2106821599899903580', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 10"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('51', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 03:01:00+00', '30500000000', '12', '213289425168023500', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 11"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('52', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 03:12:00+00', '30625000000', '13', '2519747912566834809', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 12"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('53', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 03:23:00+00', '30750000000', '14', '4499101556858933244', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 13"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('54', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 03:34:00+00', '30000000000', '15', '2530098711006137216', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 14"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('55', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 03:45:00+00', '30125000000', '16', '-4212374733541013617', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 15"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('56', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 03:56:00+00', '30250000000', '17', '8822737366390392341', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 16"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('57', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 04:07:00+00', '30375000000', '18', '-4866724306793854408', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 17"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('58', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 04:18:00+00', '30500000000', '19', '655048334854360302', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 18"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('59', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 04:29:00+00', '30625000000', '20', '8563726970777868167', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 19"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('60', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 04:40:00+00', '30750000000', '21', '8284724561349301019', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 20"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('61', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 04:51:00+00', '30000000000', '22', '-8982210410660874516', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 21"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('62', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 05:02:00+00', '30125000000', '23', '-5904633668737374698', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 22"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('63', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 05:13:00+00', '30250000000', '24', '-1353045370841097', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 23"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('64', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 05:24:00+00', '30375000000', '25', '8410280850670947552', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 24"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('65', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 05:35:00+00', '30500000000', '26', '-4735927749367184971', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 25"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('66', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 05:46:00+00', '30625000000', '27', '-2953982740183751414', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 26"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('67', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 05:57:00+00', '30750000000', '28', '-3350740290838275476', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 27"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('68', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 06:08:00+00', '30000000000', '29', '2422050883994445057', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 28"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('69', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 06:19:00+00', '30125000000', '30', '-6881358476017598866', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 29"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('70', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 06:30:00+00', '30250000000', '31', '870782412980242730', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 30"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('71', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 06:41:00+00', '30375000000', '32', '-1477719502629391830', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 31"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('72', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 06:52:00+00', '30500000000', '33', '-6131209177013412199', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 32"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('73', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 07:03:00+00', '30625000000', '34', '-7908682511349073291', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 33"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('74', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 07:14:00+00', '30750000000', '35', '-5022792898266440704', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 34"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('75', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 07:25:00+00', '30000000000', '36', '5651620257706600407', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 35"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('76', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 07:36:00+00', '30125000000', '37', '5498695372855799431', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 36"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('77', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 07:47:00+00', '30250000000', '38', '-8801351706853062120', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 37"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('78', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 07:58:00+00', '30375000000', '39', '-4494230162513670007', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 38"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('79', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 08:09:00+00', '30500000000', '40', '-8404618829699875010', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 39"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('80', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 08:20:00+00', '30625000000', '41', '1403377884057973132', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 40"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('81', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 08:31:00+00', '30750000000', '42', '2573223976250891059', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 41"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('82', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 08:42:00+00', '30000000000', '43', '-4147834778159390172', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 42"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('83', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 08:53:00+00', '30125000000', '44', '689580331709240229', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 43"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('84', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 09:04:00+00', '30250000000', '45', '-8686152864751341253', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 44"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('85', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 09:15:00+00', '30375000000', '46', '1187520025692687913', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 45"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('86', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 09:26:00+00', '30500000000', '47', '-5510561749893556821', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 46"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('87', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 09:37:00+00', '30625000000', '48', '6901521530244786461', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 47"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('88', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 09:48:00+00', '30750000000', '49', '2512695333789894204', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 48"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('89', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 09:59:00+00', '30000000000', '50', '-8057247777554203699', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 49"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('90', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 10:10:00+00', '30125000000', '51', '-3550227668009292734', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 50"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('91', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 10:21:00+00', '30250000000', '52', '-1681903535855941764', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 51"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('92', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 10:32:00+00', '30375000000', '53', '4199972153409367847', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 52"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('205', '3d958beb-6ade-4af2-8e18-0a5ac7c41769', '2026-11-20 11:00:00+00', '10000000000', NULL, '4116814412955680662', '1795714411996000', '2026-11-26 17:33:31.959+00', '{"title": "of the second account"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('94', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 10:54:00+00', '30625000000', '55', '3136913184704266683', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 54"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('98', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 11:38:00+00', '30250000000', '59', '-5175125986981311692', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 58"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('99', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 11:49:00+00', '30375000000', '60', '4918423473931064774', '1795714397065000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "window 59"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('93', '9a31d4f6-463a-4684-963a-6096bd6040fd', '2026-11-20 11:40:00+00', '99000000000', '54', '-7995683201749181868', '1795714402757000', '2026-11-26 17:33:16.803+00', '{"app": "story", "title": "edited"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('100', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-18 20:00:00+00', '30000000000', NULL, '-6947516487772164113', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 0"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('101', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-18 21:00:00+00', '30125000000', NULL, '-2816904996523783706', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 1"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('102', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-18 22:00:00+00', '30250000000', NULL, '-6544121751794178446', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 2"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('103', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-18 23:00:00+00', '30375000000', NULL, '2470465327444016960', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 3"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('104', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 00:00:00+00', '30500000000', NULL, '-1759287664633460324', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 4"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('105', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 01:00:00+00', '30625000000', NULL, '-2149576865659529575', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 5"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('106', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 02:00:00+00', '30750000000', NULL, '-3914909050342503654', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 6"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('107', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 03:00:00+00', '30000000000', NULL, '-5234514760907700252', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 7"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('108', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 04:00:00+00', '30125000000', NULL, '-2496526344122421756', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 8"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('109', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 05:00:00+00', '30250000000', NULL, '3922103431223009332', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 9"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('110', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 06:00:00+00', '30375000000', NULL, '5480055131973165449', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 10"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('111', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 07:00:00+00', '30500000000', NULL, '-7879180976183549093', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 11"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('112', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 08:00:00+00', '30625000000', NULL, '2796026287988517949', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 12"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('113', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 09:00:00+00', '30750000000', NULL, '-6621203743603028126', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 13"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('114', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 10:00:00+00', '30000000000', NULL, '-6602739191738991893', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 14"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('126', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 21:00:00+00', '4000000000', NULL, '-7331318007191900918', '1795714399360000', '2026-11-26 17:33:19.117+00', E'{"title": "half a character \\u0010d800"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('140', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 11:00:00+00', '30500000000', '166', '-8346341844774869101', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 39"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('139', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 10:00:00+00', '30375000000', '165', '-2120439026464846071', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 38"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('138', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 09:00:00+00', '30250000000', '164', '-7035912011781748044', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 37"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('137', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 08:00:00+00', '30125000000', '163', '2648614776023826889', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 36"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('136', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 07:00:00+00', '30000000000', '162', '-6326644866839590462', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 35"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('135', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 06:00:00+00', '30750000000', '161', '6409305848007563450', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 34"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('134', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 05:00:00+00', '30625000000', '160', '-5086173438008114126', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 33"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('133', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 04:00:00+00', '30500000000', '159', '4253590097739310083', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 32"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('132', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 03:00:00+00', '30375000000', '158', '7594605528178085368', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 31"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('131', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 02:00:00+00', '30250000000', '157', '-6179937256055350391', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 30"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('130', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 01:00:00+00', '30125000000', '156', '971608609445504906', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 29"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('129', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 00:00:00+00', '30000000000', '155', '215936781964132504', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 28"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('128', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 23:00:00+00', '30750000000', '154', '-5062299841106370647', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 27"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('127', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 22:00:00+00', '30625000000', '153', '-3162223627287118237', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 26"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('125', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 21:00:00+00', '30500000000', '152', '-5288887980285309486', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 25"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('124', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 20:00:00+00', '30375000000', '151', '-2359548647209593716', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 24"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('123', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 19:00:00+00', '30250000000', '150', '-2208915005776179006', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 23"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('122', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 18:00:00+00', '30125000000', '149', '-6986847998266876422', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 22"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('121', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 17:00:00+00', '30000000000', '148', '-3758296493408227530', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 21"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('120', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 16:00:00+00', '30750000000', '147', '789556922005924381', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 20"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('119', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 15:00:00+00', '30625000000', '146', '6781110952788722363', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 19"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('118', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 14:00:00+00', '30500000000', '145', '-7199179463288380760', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 18"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('117', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 13:00:00+00', '30375000000', '144', '6406074908306877143', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 17"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('116', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 12:00:00+00', '30250000000', '143', '-7809544387149471948', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 16"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('115', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-19 11:00:00+00', '30125000000', '142', '310939442714449988', '1795714399360000', '2026-11-26 17:33:19.117+00', '{"app": "story", "title": "desk 15"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('142', '6cd04119-2cfe-488d-9083-3aed98e24657', '2026-11-20 11:59:00+00', '20000000000', '167', '-1075751787478240745', '1795714405177000', '2026-11-26 17:33:25.058+00', '{"app": "story", "title": "after it began anew"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('173', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 13:30:00+00', '30000000000', NULL, '83236138584317709', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 0"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('174', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 14:15:00+00', '30125000000', NULL, '-3350153611427928713', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 1"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('175', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 15:00:00+00', '30250000000', NULL, '3597320138036620479', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 2"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('176', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 15:45:00+00', '30375000000', NULL, '4815849842765659175', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 3"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('177', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 16:30:00+00', '30500000000', NULL, '980476092563514489', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 4"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('178', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 17:15:00+00', '30625000000', NULL, '4903233514561851971', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 5"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('179', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 18:00:00+00', '30750000000', NULL, '-7074747948996431836', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 6"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('180', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 18:45:00+00', '30000000000', NULL, '7327340325588166688', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 7"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('181', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 19:30:00+00', '30125000000', NULL, '-3417264891816361713', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 8"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('182', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 20:15:00+00', '30250000000', NULL, '-6501942952341628906', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 9"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('183', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 21:00:00+00', '30375000000', NULL, '2991397567053025583', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 10"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('184', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 21:45:00+00', '30500000000', NULL, '1296892403481128283', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 11"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('185', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 22:30:00+00', '30625000000', NULL, '3371456521310125090', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 12"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('186', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-19 23:15:00+00', '30750000000', NULL, '8875726962251155683', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 13"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('187', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 00:00:00+00', '30000000000', NULL, '6574404959106938655', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 14"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('188', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 00:45:00+00', '30125000000', NULL, '2537263051883332032', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 15"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('189', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 01:30:00+00', '30250000000', NULL, '-1185821444995290841', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 16"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('190', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 02:15:00+00', '30375000000', NULL, '-2689547530752166625', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 17"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('191', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 03:00:00+00', '30500000000', NULL, '1598407029302187734', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 18"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('192', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 03:45:00+00', '30625000000', NULL, '-6480216422477916506', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 19"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('193', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 04:30:00+00', '30750000000', NULL, '-3576499202650750483', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 20"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('194', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 05:15:00+00', '30000000000', NULL, '-7629164774867566018', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 21"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('195', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 06:00:00+00', '30125000000', NULL, '-3446213892994073340', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 22"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('196', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 06:45:00+00', '30250000000', NULL, '828149109973720495', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 23"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('197', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 07:30:00+00', '30375000000', NULL, '9193183087415744486', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 24"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('198', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 08:15:00+00', '30500000000', NULL, '-7527140028931087454', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 25"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('199', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 09:00:00+00', '30625000000', NULL, '6392615024133097052', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 26"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('200', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 09:45:00+00', '30750000000', NULL, '7008782768158028863', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 27"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('201', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 10:30:00+00', '30000000000', NULL, '5015009769031091604', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 28"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('202', 'd66b812e-53e5-4183-ae1e-74a2a309f15f', '2026-11-20 11:15:00+00', '30125000000', NULL, '6237317565546717683', '1795714407457000', '2026-11-26 17:33:27.413+00', '{"app": "story", "title": "old 29"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('172', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 11:15:00+00', '30125000000', '30', '5361570409931533243', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 29"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('171', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 10:30:00+00', '30000000000', '29', '-5545837358153680379', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 28"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('170', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 09:45:00+00', '30750000000', '28', '8034329980443058389', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 27"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('169', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 09:00:00+00', '30625000000', '27', '1593710083857426857', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 26"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('168', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 08:15:00+00', '30500000000', '26', '8770991557309167297', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 25"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('167', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 07:30:00+00', '30375000000', '25', '-6084146793299218233', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 24"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('166', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 06:45:00+00', '30250000000', '24', '1109232181852405882', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 23"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('165', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 06:00:00+00', '30125000000', '23', '2304552976560372269', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 22"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('164', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 05:15:00+00', '30000000000', '22', '7295590665607192130', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 21"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('163', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 04:30:00+00', '30750000000', '21', '-7663179932814558215', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 20"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('162', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 03:45:00+00', '30625000000', '20', '-6030811712725531159', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 19"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('161', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 03:00:00+00', '30500000000', '19', '289420342894206791', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 18"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('160', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 02:15:00+00', '30375000000', '18', '4442222983073989046', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 17"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('159', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 01:30:00+00', '30250000000', '17', '2116018747581513493', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 16"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('158', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 00:45:00+00', '30125000000', '16', '5685111649882129956', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 15"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('157', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-20 00:00:00+00', '30000000000', '15', '4511863599778029912', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 14"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('156', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 23:15:00+00', '30750000000', '14', '-6382858520971730059', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 13"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('155', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 22:30:00+00', '30625000000', '13', '5167725660166637861', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 12"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('154', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 21:45:00+00', '30500000000', '12', '-8178897502361825381', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 11"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('153', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 21:00:00+00', '30375000000', '11', '-4649240903813293483', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 10"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('152', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 20:15:00+00', '30250000000', '10', '1471813988000281846', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 9"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('151', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 19:30:00+00', '30125000000', '9', '3246906935165381851', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 8"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('150', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 18:45:00+00', '30000000000', '8', '-4916928968613691706', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 7"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('149', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 18:00:00+00', '30750000000', '7', '8424428837494423619', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 6"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('148', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 17:15:00+00', '30625000000', '6', '5774182032489225696', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 5"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('147', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 16:30:00+00', '30500000000', '5', '-3070449434213720869', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 4"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('146', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 15:45:00+00', '30375000000', '4', '8146104466619306207', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 3"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('145', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 15:00:00+00', '30250000000', '3', '-9040487760559423330', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 2"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('144', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 14:15:00+00', '30125000000', '2', '1333580862545379756', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 1"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('143', 'f018aba6-1bc1-43b0-9788-e8d23279492b', '2026-11-19 13:30:00+00', '30000000000', '1', '7296028914424413331', '1795714406815000', '2026-11-26 17:33:26.693+00', '{"app": "story", "title": "tablet 0"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('203', 'a53ce235-dc11-4a6f-886f-a6c057beb7ba', '2026-11-20 10:00:00+00', '60000000000', NULL, '707734576513709257', '1795714408628000', '2026-11-26 17:33:28.596+00', '{"title": "a note"}');
insert into "events" (id, bucket_uuid, "timestamp", duration_ns, source_id, content_hash, revision, created_at, data) values ('204', 'a53ce235-dc11-4a6f-886f-a6c057beb7ba', '2026-11-20 11:55:00+00', '120000000000', NULL, '-2290727228306678652', '1795714408909000', '2026-11-26 17:33:28.69+00', '{"n": 1}');
insert into "import_buckets" (import_id, number, facts, bucket_uuid, merged_us, imported, present) values ('3', '0', '{"id": "half-imported", "data": {}, "type": "currentwindow", "client": "file", "hostname": "gone", "createdUs": "1795089600000000"}', NULL, NULL, '0', '0');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:00+00', '0', '500000000', '-4395995061905072247', '{"title": "staged 0"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:01+00', '1', '500000000', '-6351672922653864331', '{"title": "staged 1"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:02+00', '2', '500000000', '-1400740651743257045', '{"title": "staged 2"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:03+00', '3', '500000000', '-1635749505152747894', '{"title": "staged 3"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:04+00', '4', '500000000', '-8116681405601796266', '{"title": "staged 4"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:05+00', '5', '500000000', '6525993493835943832', '{"title": "staged 5"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:06+00', '6', '500000000', '3432701424598029675', '{"title": "staged 6"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:07+00', '7', '500000000', '-8615783158032218936', '{"title": "staged 7"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:08+00', '8', '500000000', '-905261221867898992', '{"title": "staged 8"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:09+00', '9', '500000000', '-1070633733871578675', '{"title": "staged 9"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:10+00', '10', '500000000', '4835063892881058184', '{"title": "staged 10"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('3', '0', '2026-11-19 12:00:11+00', '11', '500000000', '7313228233517287069', '{"title": "staged 11"}');
insert into "import_events" (import_id, number, "timestamp", place, duration_ns, content_hash, data) values ('4', '0', '2026-11-19 12:00:00+00', '0', '500000000', '-2733181807872061941', '{"title": "never whole"}');
insert into "trashed_events" (bucket_uuid, id, "timestamp", duration_ns, data, trashed_at) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '95', '2026-11-20 11:05:00+00', '30750000000', '{"app": "story", "title": "window 55"}', '2026-11-20 12:00:00+00');
insert into "trashed_events" (bucket_uuid, id, "timestamp", duration_ns, data, trashed_at) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '97', '2026-11-20 11:27:00+00', '30125000000', '{"app": "story", "title": "window 57"}', '2026-11-20 12:00:00+00');
insert into "trashed_events" (bucket_uuid, id, "timestamp", duration_ns, data, trashed_at) values ('9a31d4f6-463a-4684-963a-6096bd6040fd', '96', '2026-11-20 11:16:00+00', '30000000000', '{"app": "story", "title": "window 56"}', '2026-11-20 12:00:00+00');
select setval('buckets_ordinal_seq', 9);
select setval('events_id_seq', 205);
select setval('imports_id_seq', 4);
