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
