-- AlterTable
ALTER TABLE "devices" ADD COLUMN "label" TEXT;

-- CreateTable
CREATE TABLE "device_proofs" (
    "account" INTEGER NOT NULL,
    "device_uuid" UUID NOT NULL,
    "told_at" TIMESTAMPTZ(6) NOT NULL,
    "report" JSONB NOT NULL,

    CONSTRAINT "device_proofs_pkey" PRIMARY KEY ("account","device_uuid")
);

-- AddForeignKey
ALTER TABLE "device_proofs" ADD CONSTRAINT "device_proofs_account_fkey" FOREIGN KEY ("account") REFERENCES "users"("account") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_proofs" ADD CONSTRAINT "device_proofs_account_device_uuid_fkey" FOREIGN KEY ("account", "device_uuid") REFERENCES "devices"("account", "id") ON DELETE CASCADE ON UPDATE CASCADE;
