ALTER TABLE "events" ADD COLUMN "data_bytes" INTEGER NOT NULL GENERATED ALWAYS AS (octet_length("data"::text)) STORED;
