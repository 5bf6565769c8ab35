-- Devices that ask to be signed in, for some minutes each. New, and in no backup.
-- CreateTable
CREATE TABLE "device_grants" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "device_hash" BYTEA NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "device_id" TEXT,
    "hostname" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "counted" TEXT,
    "polled_at" TIMESTAMPTZ(6),
    "interval" INTEGER NOT NULL,
    "account" INTEGER,
    "key_expires_at" TIMESTAMPTZ(6),
    "decided_at" TIMESTAMPTZ(6),
    "taken_at" TIMESTAMPTZ(6),

    CONSTRAINT "device_grants_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "device_grants_device_hash_key" ON "device_grants"("device_hash");

-- CreateIndex
CREATE UNIQUE INDEX "device_grants_code_hash_key" ON "device_grants"("code_hash");

-- AddForeignKey
ALTER TABLE "device_grants" ADD CONSTRAINT "device_grants_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
