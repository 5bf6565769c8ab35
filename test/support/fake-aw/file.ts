/** A scripted server's database in a file of JSON, so that it outlives its process. BigInts go as decimal text. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { asciiJson, parsePythonJson, type Json, type JsonObject } from './json.ts';
import type { FakeAwSnapshot } from './server.ts';

export type SavedDatabase = { kind: 'rust' | 'python'; deviceId: string; snapshot: FakeAwSnapshot };

type Saved = {
  kind: 'rust' | 'python';
  deviceId: string;
  sequence: number;
  bucketSequence: number;
  settings: [string, Json][];
  buckets: Array<{
    key: number;
    id: string;
    type: string;
    client: string;
    hostname: string;
    created: string;
    data: JsonObject;
    events: [id: number, start: string, end: string, data: JsonObject][];
  }>;
};

/** `null` when there is no such file */
export function loadDatabase(path: string): SavedDatabase | null {
  if (!existsSync(path)) return null;
  const saved = parsePythonJson(readFileSync(path)) as unknown as Saved;
  const buckets = saved.buckets.map((bucket) => {
    const events = bucket.events.map(([id, start, end, data]) => ({
      id,
      bucket: bucket.key,
      start: BigInt(start),
      end: BigInt(end),
      data,
    }));
    const longest = events.reduce((most, { start, end }) => (end - start > most ? end - start : most), 0n);
    return { ...bucket, created: BigInt(bucket.created), longest, events };
  });
  const { kind, deviceId, sequence, bucketSequence, settings } = saved;
  return { kind, deviceId, snapshot: { sequence, bucketSequence, settings, buckets } };
}

/** Atomic: a new file, then a rename, so that a killed process leaves the old or the new database */
export function saveDatabase(path: string, { kind, deviceId, snapshot }: SavedDatabase): void {
  const { sequence, bucketSequence, settings } = snapshot;
  const saved: Saved = {
    kind,
    deviceId,
    sequence,
    bucketSequence,
    settings: settings.map(([key, value]) => [key, value]),
    buckets: snapshot.buckets.map(({ key, id, type, client, hostname, created, data, events }) => ({
      key,
      id,
      type,
      client,
      hostname,
      data,
      created: String(created),
      events: events.map((row) => [row.id, String(row.start), String(row.end), row.data]),
    })),
  };
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, asciiJson(saved));
  renameSync(draft, path);
}
