-- Who administers the server, who was invited and has not come yet, and which claims are invitations.
-- AlterTable
ALTER TABLE "users" ADD COLUMN     "admin_since" TIMESTAMPTZ(6),
ADD COLUMN     "invited_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "claims" ADD COLUMN     "invites" BOOLEAN NOT NULL DEFAULT false;

-- The user that the server's first start made, which a new server makes an administrator.
UPDATE "users" SET "admin_since" = now()
WHERE "email" = 'owner@localhost' AND "account" = (SELECT min("account") FROM "users");
