import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** An empty database on this PostgreSQL server, by its URL. `prefix` begins its name. */
export const newDatabase = async (cluster: string, prefix: string): Promise<string> => {
  const name = `${prefix}_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client(cluster);
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return url.toString();
};
