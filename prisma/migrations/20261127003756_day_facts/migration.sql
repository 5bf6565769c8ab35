-- CreateTable
CREATE TABLE "day_facts" (
    "account" INTEGER NOT NULL,
    "scope" UUID NOT NULL,
    "day" INTEGER NOT NULL,
    "kind" SMALLINT NOT NULL,
    "recipe" SMALLINT NOT NULL,
    "revision" BIGINT NOT NULL,
    "packed" BYTEA NOT NULL,

    CONSTRAINT "day_facts_pkey" PRIMARY KEY ("account","scope","day","kind")
);

-- CreateTable
CREATE TABLE "fact_marks" (
    "account" INTEGER NOT NULL,
    "scope" UUID NOT NULL,
    "day" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "claim" UUID,

    CONSTRAINT "fact_marks_pkey" PRIMARY KEY ("account","scope","day")
);

-- AddForeignKey
ALTER TABLE "day_facts" ADD CONSTRAINT "day_facts_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_marks" ADD CONSTRAINT "fact_marks_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
