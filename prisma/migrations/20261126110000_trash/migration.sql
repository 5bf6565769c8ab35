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
