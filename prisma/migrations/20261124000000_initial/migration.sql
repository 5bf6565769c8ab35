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
