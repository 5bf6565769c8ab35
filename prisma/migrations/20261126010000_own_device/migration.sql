-- Which device is the account's own: so far known by the server's id alone, and shown while it held nothing.
ALTER TABLE "devices" ADD COLUMN "own" BOOLEAN NOT NULL DEFAULT false;

UPDATE "devices" SET "own" = true WHERE "device_id" = (SELECT "device_id"::text FROM "instance");
