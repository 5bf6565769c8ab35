-- Roles that read the views of schema report, and what the view daily is made of. The views themselves are no migration:
-- server/storage/report/views.ts.
-- CreateTable
CREATE TABLE "sql_roles" (
    "role" TEXT NOT NULL,
    "account" INTEGER,

    CONSTRAINT "sql_roles_pkey" PRIMARY KEY ("role")
);

-- CreateTable
CREATE TABLE "report_days" (
    "account" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "first_day" INTEGER NOT NULL,
    "last_day" INTEGER NOT NULL,
    "made" BOOLEAN NOT NULL,

    CONSTRAINT "report_days_pkey" PRIMARY KEY ("account","day")
);

-- CreateTable
CREATE TABLE "report_totals" (
    "account" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "device" UUID NOT NULL,
    "value" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,

    CONSTRAINT "report_totals_pkey" PRIMARY KEY ("account","day","device","value")
);

-- CreateTable
CREATE TABLE "value_categories" (
    "account" INTEGER NOT NULL,
    "value" INTEGER NOT NULL,
    "category" TEXT NOT NULL,

    CONSTRAINT "value_categories_pkey" PRIMARY KEY ("account","value")
);

-- AddForeignKey
ALTER TABLE "sql_roles" ADD CONSTRAINT "sql_roles_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report_days" ADD CONSTRAINT "report_days_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report_totals" ADD CONSTRAINT "report_totals_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "value_categories" ADD CONSTRAINT "value_categories_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;
