-- What happened at an account's doors, and where a key was last used from. No backup has either.
-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "last_used_address" TEXT;

-- CreateTable
CREATE TABLE "account_log" (
    "account" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "kind" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "address" TEXT,

    CONSTRAINT "account_log_pkey" PRIMARY KEY ("account","id")
);

-- AddForeignKey
ALTER TABLE "account_log" ADD CONSTRAINT "account_log_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
