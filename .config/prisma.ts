/** Settings of Prisma's command line, which looks for them here too. Paths are relative to this file. */
import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: '../prisma/schema.prisma',
  migrations: { path: '../prisma/migrations' },
  // Only for running Prisma's own commands by hand; the server applies its migrations itself
  // (server/storage/migrate.ts).
  ...(process.env['DATABASE_URL'] ? { datasource: { url: process.env['DATABASE_URL'] } } : {}),
});
