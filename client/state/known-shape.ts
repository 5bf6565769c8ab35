/** How known rows (spec/sync 4.8) and the local aw-server (spec/sync 7.4) are stored in the state file. */
import { isJsonObject } from '../../domain/data.ts';
import type { KnownRow, NotedAw, SyncState } from '../sync/ports.ts';

/** A row in the file: its start as text, because JSON has no bigint. */
type KnownJson = Omit<KnownRow, 'startUs'> & { readonly startUs: string | null };
type KnownsJson = Readonly<Record<string, readonly KnownJson[]>>;

const isKnownRow = (value: unknown): value is KnownJson => {
  if (!isJsonObject(value)) return false;
  const { id, startUs, reason, on } = value;
  const isStart = startUs === null || (typeof startUs === 'string' && /^-?\d{1,20}$/.test(startUs));
  return (
    (id === null || Number.isSafeInteger(id)) &&
    isStart &&
    typeof reason === 'string' &&
    (on === undefined || on === 'there' || on === 'both')
  );
};

export const isKnownJson = (value: unknown): value is KnownsJson =>
  isJsonObject(value) && Object.values(value).every((rows) => Array.isArray(rows) && rows.every(isKnownRow));

export const isNotedAw = (value: unknown): value is NotedAw =>
  isJsonObject(value) &&
  typeof value['deviceId'] === 'string' &&
  typeof value['hostname'] === 'string' &&
  typeof value['testing'] === 'boolean';

const mapped = <A, B>(records: Readonly<Record<string, readonly A[]>>, of: (row: A) => B): Record<string, B[]> =>
  Object.fromEntries(Object.entries(records).map(([id, rows]) => [id, rows.map(of)]));

export const knownOfJson = (known: KnownsJson): SyncState['known'] =>
  mapped(known, ({ startUs, ...row }) => ({ ...row, startUs: startUs === null ? null : BigInt(startUs) }));
export const knownToJson = (known: SyncState['known']): KnownsJson =>
  mapped(known, ({ startUs, ...row }) => ({ ...row, startUs: startUs === null ? null : String(startUs) }));
