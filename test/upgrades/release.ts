/**
 * A release as test/upgrades/ keeps it: the database that it left, on either engine, what it told of it, and the
 * laptops that had synced with it. make.ts writes a folder for a release, upgrades.test.ts reads it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFileState } from '../../client/state/file-state.ts';
import type { Clock, Ports } from '../../client/sync/ports.ts';
import type { InstantColumns } from '../../domain/sync/columns.ts';
import type { FakeAwSnapshot } from '../support/fake-aw/server.ts';
import { INSTANTS, shownInstants } from '../support/pushing.ts';
import { APP_URL, type TestServer, type TestUser } from '../support/test-server.ts';
import { makeLaptop, type Laptop } from '../stories/scene.ts';

/** When the releases' stories take place, for the server and the laptops: trash and keys don't grow old meanwhile. */
export const NOW = new Date('2026-11-20T12:00:00Z');
export const now = (): Date => NOW;
const clock: Clock = { nowUs: () => BigInt(NOW.getTime()) * 1000n };
export const ports: Partial<Ports> = { clock };

/** The releases that left a folder here. */
export const RELEASES = readdirSync(fileURLToPath(new URL('.', import.meta.url)), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
export const folderOf = (release: string): string => fileURLToPath(new URL(release, import.meta.url));
/** The files of a release. */
export const FILES = {
  /** The embedded engine's data folder as it was closed: a tar in Brotli. */
  folder: 'database.tar.br',
  /** The same rows for PostgreSQL: SQL that any connection can run on an empty database. */
  sql: 'database.sql',
  /** A backup of the same. */
  backup: 'kt.backup',
  /** What both have to hold, and the keys. */
  truth: 'truth.json',
  laptops: 'laptops.json',
};

/** A key as it was shown, whose it is, and what it may: a status of GET /api/0/buckets/. */
type Key = { readonly name: string; readonly email: string; readonly key: string; readonly status: number };
/** What was imported and not finished: the buckets that the next start makes of it, with their events. */
type Unfinished = { readonly email: string; readonly bucket: string; readonly titles: readonly string[] };
export type Truth = {
  readonly version: string;
  readonly keys: readonly Key[];
  /** By e-mail address, as readAccount tells it. */
  readonly accounts: Readonly<Record<string, unknown>>;
  readonly unfinished: Unfinished;
};

type SavedLaptop = {
  readonly name: string;
  readonly kind: 'rust' | 'python';
  readonly deviceId: string;
  /** The text of its state.json; null for one that has not synced yet. */
  readonly state: string | null;
  readonly aw: FakeAwSnapshot;
};

const BIG = 'bigint:';
const encode = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${BIG}${one}` : one), 1);
const decode = <T>(text: string): T =>
  JSON.parse(text, (_, one: unknown) =>
    typeof one === 'string' && one.startsWith(BIG) ? BigInt(one.slice(BIG.length)) : one,
  ) as T;

export const writeFixture = (release: string, file: keyof typeof FILES, content: unknown): void =>
  writeFileSync(
    join(folderOf(release), FILES[file]),
    typeof content === 'string' || content instanceof Uint8Array ? content : `${encode(content)}\n`,
  );
export const readTruth = (release: string): Truth => decode(readFixture(release, 'truth'));
export const readFixture = (release: string, file: keyof typeof FILES): string =>
  readFileSync(join(folderOf(release), FILES[file]), 'utf8');

const BUCKETS = `{ viewer { email apiKeys { name prefix scope revokedAt expiresAt device { deviceId } } }
  devices { deviceId hostname awDeviceId pass lastSyncAt }
  buckets { id bucketId type client hostname created data device { deviceId } former { deviceId bucketId }
    eventCount pushedCount firstEventAt lastEventAt trashCount trashedLastDay
    digest { day eventCount hash pushedCount pushedHash }
    trash(first: 100) { edges { node { id timestamp duration data trashedAt } } } } }`;
const CHANGES = `query ($after: BigInt, $rest: String) { changes(after: $after, rest: $rest, first: 100) {
  revision more rest
  changedBuckets { bucket { id } instants ${INSTANTS} } } }`;
type Changed = { bucket: { id: string }; instants: InstantColumns };
type Page = { changes: { revision: string; more: boolean; rest: string | null; changedBuckets: Changed[] } };

/** All that an account's key is told: by GraphQL and REST, row for row, and every page of its changes. */
export const readAccount = async ({ fetch, graphql }: Pick<TestUser, 'fetch' | 'graphql'>): Promise<unknown> => {
  const json = async (path: string): Promise<unknown> => (await fetch(path)).json();
  const about = await graphql<{ buckets: { id: string }[] }>(BUCKETS);
  const events: Record<string, unknown> = {};
  for (const { id } of about.buckets) events[id] = await json(`/api/0/buckets/${encodeURIComponent(id)}/events`);
  const changes: unknown[] = [];
  let cursor: { after: string | null; rest: string | null } = { after: null, rest: null };
  for (;;) {
    const { changes: page } = await graphql<Page>(CHANGES, cursor);
    changes.push(...page.changedBuckets.map(({ bucket, instants }) => ({ bucket, instants: shownInstants(instants) })));
    cursor = { after: page.revision, rest: page.rest };
    if (!page.more) break;
  }
  const settings = await json('/api/0/settings');
  const listed = await json('/api/0/buckets/');
  return { about, listed, events, changes, cursor, settings };
};

/** As text by the line: what JSON can't say is no difference, and what an event calls `constructor` is none either. */
export const linesOf = (told: unknown): string[] => encode(told).split('\n');

/** An account by its key, on a server in this process. */
export const holderOf = ({ app }: TestServer, key: string): TestUser => {
  const ask: TestUser['fetch'] = (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${key}`);
    return Promise.resolve(app.fetch(`${APP_URL}${path}`, { ...init, headers }));
  };
  const graphql: TestUser['graphql'] = async (query, variables = {}) => {
    const headers = { 'content-type': 'application/json' };
    const response = await ask('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { data: never; errors?: { message: string }[] };
    if (errors?.[0]) throw new Error(errors[0].message);
    return data;
  };
  return { key, email: '', userId: '', account: 0, fetch: ask, graphql };
};

/** A laptop whose kt-client keeps its state in a file below `root`, as a real one does. */
export const newLaptop = (
  root: string,
  server: TestServer,
  key: string,
  { name, kind, deviceId }: Pick<SavedLaptop, 'name' | 'kind' | 'deviceId'>,
): Laptop => {
  const aw = { kind, deviceId, now: () => BigInt(NOW.getTime()) * 1_000_000n };
  const laptop = makeLaptop(server, holderOf(server, key), name, aw);
  laptop.state = openFileState(stateFolder(root, name));
  return laptop;
};

const stateFolder = (root: string, name: string): string => join(root, `state-of-${name}`);
const stateFile = (root: string, name: string): string => join(stateFolder(root, name), 'state.json');

export const saveLaptop = (root: string, name: string, { aw }: Laptop): SavedLaptop => {
  const file = stateFile(root, name);
  const state = existsSync(file) ? readFileSync(file, 'utf8') : null;
  return { name, kind: aw.kind, deviceId: aw.deviceId, state, aw: aw.snapshot() };
};

/** The laptops of a release, each with its aw-server and the state that its kt-client kept. */
export const readLaptops = (release: string, root: string, server: TestServer, key: string): Map<string, Laptop> =>
  new Map(
    decode<SavedLaptop[]>(readFixture(release, 'laptops')).map((saved) => {
      const { name, state, aw } = saved;
      const laptop = newLaptop(root, server, key, saved);
      laptop.aw.restore(aw);
      if (state !== null) {
        mkdirSync(stateFolder(root, name));
        writeFileSync(stateFile(root, name), state, { mode: 0o600 });
      }
      return [name, laptop];
    }),
  );
