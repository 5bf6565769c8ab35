import { randomUUID } from 'node:crypto';
import { driverOf, type Database } from '../../server/storage/database.ts';
import { openDatabase } from '../../server/storage/open.ts';

/** The engine of this run. scripts/test.ts sets it; without it, it is the embedded one. */
export const testEngine = (): 'pglite' | 'postgres' =>
  process.env['KT_TEST_ENGINE'] === 'postgres' ? 'postgres' : 'pglite';

/** A new, empty PostgreSQL database on the server under test, by URL. */
export const newPostgresUrl = async (): Promise<string> => {
  const server = process.env['KT_TEST_DATABASE_URL'];
  if (!server) throw new Error('KT_TEST_DATABASE_URL names no PostgreSQL server; run the tests by "npm test"');
  const name = `kt_${randomUUID().replaceAll('-', '')}`;
  const admin = await openDatabase(server);
  await driverOf(admin).script(`create database ${name}`);
  await admin.close();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
};

/**
 * A new, empty database of the engine under test. Seconds on the embedded one, so most suites share openTestServer()'s.
 */
export const openTestDatabase = async (): Promise<Database> =>
  openDatabase(testEngine() === 'postgres' ? await newPostgresUrl() : 'pglite:memory');
