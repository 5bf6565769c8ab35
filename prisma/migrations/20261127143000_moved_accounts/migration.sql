-- Accounts that are moved between databases: see decisions/0013. Every writer locks the account's row, and reads in the
-- same statement whether it may.
-- AlterTable
ALTER TABLE "users" ADD COLUMN     "arriving" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "moved_to" TEXT,
ADD COLUMN     "moving" UUID,
ADD COLUMN     "moving_until" TIMESTAMPTZ(6);
