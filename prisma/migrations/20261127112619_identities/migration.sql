-- Whom a provider of OpenID Connect knows a person as, the sessions that it began, and what seals their cookies.
-- AlterTable
ALTER TABLE "instance" ADD COLUMN     "seal" BYTEA NOT NULL DEFAULT (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "id_token" TEXT,
ADD COLUMN     "identity_id" UUID,
ADD COLUMN     "provider_session" TEXT;

-- CreateTable
CREATE TABLE "identities" (
    "account" INTEGER NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "email" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "identities_pkey" PRIMARY KEY ("account","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "identities_issuer_subject_key" ON "identities"("issuer", "subject");

-- CreateIndex
CREATE INDEX "sessions_provider_session_idx" ON "sessions"("provider_session");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_identity_id_fkey" FOREIGN KEY ("account", "identity_id") REFERENCES "identities"("account", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "identities" ADD CONSTRAINT "identities_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
