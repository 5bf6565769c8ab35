-- Passkeys, the sessions that they began, and by which way each sign-in of an account's log was.
-- AlterTable
ALTER TABLE "account_log" ADD COLUMN     "way" TEXT;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "challenge_at" TIMESTAMPTZ(6),
ADD COLUMN     "passkey_id" UUID;

-- CreateTable
CREATE TABLE "passkeys" (
    "account" INTEGER NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "rp_id" TEXT NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),
    "challenge_at" TIMESTAMPTZ(6),

    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("account","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "passkeys_credential_id_key" ON "passkeys"("credential_id");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_passkey_id_fkey" FOREIGN KEY ("account", "passkey_id") REFERENCES "passkeys"("account", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
