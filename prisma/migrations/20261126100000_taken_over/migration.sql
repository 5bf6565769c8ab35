-- Buckets that imports alone made and filled, and what a bucket was before its device took it over (sync.md 8.1). Of the
-- buckets there are nobody knows what wrote to them, so none is marked.
ALTER TABLE "buckets" ADD COLUMN "imported_id" TEXT,
ADD COLUMN "former_device" TEXT,
ADD COLUMN "former_bucket" TEXT;
