/**
 * Heartbeats of many watchers in one transaction of two round trips: what they continue is read together, and what they
 * write is written together. Single statements of it run thousands of times a second, so they go through the port.
 */
import { contentHash } from '../../domain/sync/content-hash.ts';
import { KtError } from '../../domain/errors.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { byHash, type KnownKey } from './api-keys.ts';
import type { BucketKey } from './bucket-key.ts';
import { portOf, type Database } from './database.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';
import type { Statement, Value, Within } from './port.ts';
import { ceilingOf } from './sql/event-rows.ts';
import {
  ACCOUNTS,
  ACCOUNTS_WAITED,
  BUCKETS,
  EVENTS,
  GROWN,
  STAMPS,
  STATES,
  VALUES,
  VALUES_KNOWN,
  type AccountRow,
  type StateRow,
} from './sql/heartbeat-batch.ts';
import { tellAfterCommit } from './telling.ts';

/**
 * Which bucket a heartbeat is for: by its name in the account's flat list; where a device is named (by the id it
 * registered under), by its id on that device first, unless it is named `publicly`.
 */
export type Place = {
  readonly account: number;
  readonly name: string;
  readonly deviceId: string | null;
  readonly publicly: boolean;
};

/** A bucket whose slot holds an event that heartbeats may continue, by its place among those asked for. */
export type State = BucketKey & {
  readonly place: number;
  /** Its device's UUID. */
  readonly device: string;
  readonly longestNs: bigint;
  readonly last: StoredEvent;
};

/** What became of a bucket: its slot's event grew, and events came after it, of which the last is in the slot now. */
export type Outcome = { readonly state: State; readonly grown: StoredEvent | null; readonly fresh: readonly Fresh[] };
/** An event to be stored; `id` is set when it is. */
export type Fresh = Omit<StoredEvent, 'id'> & { id: number };

/**
 * Reads what the heartbeats for these places continue, under the locks of their accounts, lets `decide` say what
 * becomes of it, and stores that. Places without such a state are left out: the bucket does not exist, a device pushes
 * it, only imports wrote to it, its slot is empty, or its account takes no writes. Gives each fresh event its id.
 * `texts` are all data of the heartbeats, each once an account; `keyHashes` are those of the API keys they came with,
 * looked up in the same round trip. Returns the accounts that were left out, mostly because somebody else writes to
 * them at this moment; `waits`: waits for those, which is for places of one account alone. Stores nothing, and fails,
 * where an instant has no room for an event.
 */
export const beat = (
  database: Database,
  places: readonly Place[],
  texts: readonly (readonly [account: number, data: string])[],
  keyHashes: readonly Uint8Array[],
  decide: (states: readonly State[], keys: readonly (KnownKey | null)[]) => readonly Outcome[],
  waits: boolean,
): Promise<ReadonlySet<number>> =>
  portOf(database).transactionally(async (on) => {
    const asked = new Set(places.map(({ account }) => account));
    const [accounts, states, known, ...keys] = await on.pipeline<
      [AccountRow[], StateRow[], { value: number | null }[], ...(KnownKey & { keyHash: Buffer })[][]]
    >([
      { values: [[...asked].sort((a, b) => a - b)], ...(waits ? ACCOUNTS_WAITED : ACCOUNTS) },
      {
        values: [
          places.map(({ account }) => account),
          places.map(({ name }) => name),
          places.map(({ deviceId }) => deviceId),
          places.map(({ publicly }) => publicly),
        ],
        ...STATES,
      },
      { values: [texts.map(([account]) => account), texts.map(([, data]) => data)], ...VALUES_KNOWN },
      ...keyHashes.map(byHash),
    ]);
    const values = new Map(texts.map(([account, data], i) => [keyOf(account, data), known[i]!.value]));
    const open = new Set(accounts.map(({ account }) => account));
    const outcomes = decide(
      states.filter(({ account }) => open.has(account)).map(stateOf),
      keys.map(([key]) => key ?? null),
    );
    await write(on, new Map(accounts.map((row) => [row.account, { ...row }])), values, outcomes);
    return new Set([...asked].filter((account) => !open.has(account)));
  });

const keyOf = (account: number, data: string): string => `${account} ${data}`;

const stateOf = (row: StateRow): State => ({
  place: row.place - 1,
  account: row.account,
  number: row.number,
  device: row.device,
  longestNs: row.longest_ns,
  last: { id: Number(row.id), startUs: row.start_us, durationNs: row.duration_ns, data: fromJsonb(row.data) },
});

const write = async (
  on: Within,
  accounts: Map<number, AccountRow>,
  values: Map<string, number | null>,
  outcomes: readonly Outcome[],
): Promise<void> => {
  const stamped = new Map<number, bigint>();
  const made: { account: number; value: number; data: string }[] = [];
  const events: { key: BucketKey; event: Fresh; value: number }[] = [];
  const valueOf = (row: AccountRow, event: Fresh): number => {
    const data = toJsonb(event.data);
    const held = values.get(keyOf(row.account, data));
    if (held != null) return held;
    const value = ++row.last_value;
    values.set(keyOf(row.account, data), value);
    made.push({ account: row.account, value, data });
    return value;
  };
  for (const { state, grown, fresh } of outcomes) {
    if (!grown && fresh.length === 0) continue;
    const row = accounts.get(state.account)!;
    tellAfterCommit(on, row.account);
    stamped.set(row.account, row.revision + 1n > row.now_us ? row.revision + 1n : row.now_us);
    for (const event of fresh) {
      event.id = Number(++row.last_event);
      events.push({ key: state, event, value: valueOf(row, event) });
    }
  }
  const grew = outcomes.flatMap(({ state, grown }) => (grown ? [{ state, grown }] : []));
  const moved = outcomes.filter(({ state, grown, fresh }) => fresh.length > 0 || (grown && outgrows(state, grown)));
  if (grew.length === 0 && events.length === 0) return;
  const written = outcomes.flatMap(({ state, grown, fresh }) =>
    [...(grown ? [grown] : []), ...fresh].map((event) => ({ state, event })),
  );
  const statements = [
    stamps(
      [...stamped].map(([account, revision]) => ({ ...accounts.get(account)!, revision })),
      written,
    ),
    ...some(made, VALUES, (all) => [
      all.map(({ account }) => account),
      all.map(({ value }) => value),
      all.map(({ data }) => data),
    ]),
    ...some(grew, GROWN, (all) => [
      all.map(({ state }) => state.account),
      all.map(({ grown }) => grown.id),
      all.map(({ grown }) => grown.durationNs),
      all.map(({ grown }) => contentHash(grown)),
      all.map(({ state }) => stamped.get(state.account)!),
    ]),
    ...some(moved, BUCKETS, (all) => [
      all.map(({ state }) => state.account),
      all.map(({ state }) => state.number),
      all.map(({ state, fresh }) => fresh.at(-1)?.id ?? state.last.id),
      all.map(({ fresh }) => fresh.length),
      all.map(({ grown, fresh }) =>
        ceilingOf([...(grown ? [grown] : []), ...fresh].reduce((most, one) => max(most, one.durationNs), 0n)),
      ),
    ]),
    ...some(events, EVENTS, (all) => [
      all.map(({ key }) => key.account),
      all.map(({ key }) => key.number),
      all.map(({ event }) => event.id),
      all.map(({ event }) => event.startUs),
      all.map(({ event }) => event.durationNs),
      all.map(({ value }) => value),
      all.map(({ event }) => contentHash(event)),
      all.map(({ key }) => stamped.get(key.account)!),
    ]),
  ];
  if (events.length === 0) return void (await on.commit(statements));
  const stored = (await on.pipeline(statements)).at(-1)!;
  // Fewer only where an instant is full; the beat itself gets that error when it is tried alone.
  if (stored.length !== events.length)
    throw new KtError('too_large', 'an instant has no room for a heartbeat of this batch');
};

/** A statement for these rows; none where there are no rows. */
const some = <T>(
  rows: readonly T[],
  statement: Omit<Statement, 'values'>,
  valuesOf: (rows: readonly T[]) => Value[],
): Statement[] => (rows.length === 0 ? [] : [{ values: valuesOf(rows), ...statement }]);

const stamps = (rows: readonly AccountRow[], written: readonly { state: State; event: Fresh }[]) => ({
  values: [
    rows.map(({ account }) => account),
    rows.map(({ revision }) => revision),
    rows.map(({ last_event }) => last_event),
    rows.map(({ last_value }) => last_value),
    written.map(({ state }) => state.account),
    written.map(({ state }) => state.device),
    written.map(({ event }) => event.startUs),
    written.map(({ event }) => event.durationNs),
  ],
  ...STAMPS,
});

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const outgrows = ({ longestNs }: State, { durationNs }: StoredEvent): boolean => durationNs > longestNs;
