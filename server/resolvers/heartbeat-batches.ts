/**
 * Heartbeats that arrive while others are being stored wait, and go together into the next transaction, across
 * accounts: PostgreSQL commits some 4,000 times a second whatever is in a commit. A lone watcher waits for nobody.
 */
import { isKtError } from '../../domain/errors.ts';
import type { Event, StoredEvent } from '../../domain/event.ts';
import { mergeHeartbeat } from '../../domain/heartbeat.ts';
import type { Nanos } from '../../domain/time.ts';
import type { Proof } from '../auth/presume.ts';
import type { KnownKey } from '../storage/api-keys.ts';
import type { Database } from '../storage/database.ts';
import type { Deps } from './deps.ts';
import { beat, type Fresh, type Outcome, type Place, type State } from '../storage/heartbeats.ts';
import { toJsonb } from '../storage/jsonb.ts';
import { endOfTurn } from './yield-to-others.ts';

/** A heartbeat that waits to be stored. */
type Beat = {
  readonly place: Place;
  readonly event: Event;
  readonly pulse: Nanos;
  /** Of who sent it; null where that is certain. */
  readonly proof: Proof | null;
  /** Stores it in a transaction of its own, with every rule there is; asks for the proof before. */
  readonly alone: () => Promise<StoredEvent>;
};

type Waiting = Beat & {
  /** How many batches have left it out because somebody else wrote to its account. */
  passed: number;
  readonly resolve: (stored: StoredEvent) => void;
  readonly reject: (error: unknown) => void;
};

/** The most heartbeats of one transaction, and the most bytes of their data: some milliseconds of the database. */
const MOST = { beats: 256, bytes: 2_000_000 };

/** So many batches leave a heartbeat out before it goes with others of its account, and waits for who holds that. */
const MOST_PASSED = 3;

export type HeartbeatBatches = (beat: Beat) => Promise<StoredEvent>;

/**
 * Stores a heartbeat together with others. Of one bucket they are stored in the order in which they came, and each is
 * answered after its commit. What needs more than the rule of heartbeats (a bucket to be made, an empty slot) goes
 * alone, as do all of a batch that fails, so that a bad one fails alone. No account waits for another: what is for one
 * that somebody else writes to at this moment goes with the next batch, and after some of them in one of its own, while
 * batches for others go on.
 */
export const makeHeartbeatBatches = ({
  database,
  onFault = () => {},
}: Pick<Deps, 'database' | 'onFault'>): HeartbeatBatches => {
  const waiting: Waiting[] = [];
  /** What waits behind heartbeats of its account that wait for who holds it, in the order in which it came. */
  const behind = new Map<number, Waiting[]>();
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      // To the end of this turn of the event loop: until then come those of all requests that were read in it. The
      // embedded engine answers without returning to the loop, so that each would go alone otherwise.
      await endOfTurn();
      const left = await store(database, take(waiting), onFault);
      for (const one of left.again) one.passed += 1;
      waiting.unshift(...left.again);
      for (const [account, beats] of byAccount(left.held)) void goApart(account, beats);
      await Promise.all(byPlace(left.alone).map(eachAlone));
    }
    running = false;
  };

  const add = (one: Waiting): void => {
    const queue = behind.get(one.place.account);
    if (queue) queue.push(one);
    else waiting.push(one);
    if (!running && waiting.length > 0) void run();
  };

  /** Stores these of one account as soon as nobody else holds it; what comes for it meanwhile waits for them. */
  const goApart = async (account: number, beats: readonly Waiting[]): Promise<void> => {
    const queue = waiting.filter(({ place }) => place.account === account);
    behind.set(account, queue);
    if (queue.length > 0) {
      const others = waiting.filter(({ place }) => place.account !== account);
      waiting.length = 0;
      for (const one of others) waiting.push(one);
    }
    const { again, alone, held } = await store(database, beats, onFault, true);
    await Promise.all(byPlace([...again, ...alone, ...held]).map(eachAlone));
    behind.delete(account);
    for (const one of queue) add(one);
  };

  return (given) => new Promise((resolve, reject) => add({ passed: 0, resolve, reject, ...given }));
};

const take = (waiting: Waiting[]): Waiting[] => {
  let bytes = 0;
  const end = waiting.findIndex(
    ({ event }, i) => i > 0 && (i === MOST.beats || (bytes += toJsonb(event.data).length) > MOST.bytes),
  );
  return waiting.splice(0, end < 0 ? waiting.length : end);
};

const byAccount = (beats: readonly Waiting[]): Map<number, Waiting[]> => {
  const groups = new Map<number, Waiting[]>();
  for (const one of beats) {
    const group = groups.get(one.place.account);
    if (group) group.push(one);
    else groups.set(one.place.account, [one]);
  }
  return groups;
};

/** What a batch has not answered: what goes with the next one, alone, or once nobody else holds its account. */
type Left = {
  readonly again: readonly Waiting[];
  readonly alone: readonly Waiting[];
  readonly held: readonly Waiting[];
};
const NOTHING: Left = { again: [], alone: [], held: [] };

/** The answer to a heartbeat, once its event has its id. */
type Answers = Map<Waiting, () => StoredEvent>;

/** Never fails: each heartbeat gets its answer, or is left over. */
const store = async (
  database: Database,
  batch: readonly Waiting[],
  onFault: (error: unknown) => void,
  waits = false,
): Promise<Left> => {
  const groups = byPlace(batch);
  const texts = new Map(
    batch.map(({ place: { account }, event }) => {
      const text = toJsonb(event.data);
      return [`${account} ${text}`, [account, text] as const];
    }),
  );
  const answers: Answers = new Map();
  const refused = new Map<Waiting, unknown>();
  const hashes = new Map(batch.flatMap(({ proof }) => (proof ? [[hashOf(proof), proof.keyHash]] : [])));
  let held: ReadonlySet<number> = new Set();
  try {
    const places = groups.map(([first]) => first!.place);
    held = await beat(
      database,
      places,
      [...texts.values()],
      [...hashes.values()],
      (states, found) => {
        answers.clear(); // after a conflict this runs again
        refused.clear();
        const keys = new Map([...hashes.keys()].map((hash, i) => [hash, found[i]!]));
        for (const one of batch) judge(one, keys, refused);
        const proven = groups.map((group) => group.filter((one) => !refused.has(one)));
        return outcomesOf(proven, states, answers);
      },
      waits,
    );
  } catch (error) {
    // Each alone would fail of this too, one after the other.
    if (isKtError(error, 'unavailable')) {
      for (const one of batch) one.reject(refused.get(one) ?? error);
      return NOTHING;
    }
    // Alone they may succeed, and nobody would notice that none goes together any more.
    if (!isKtError(error) || error.code === 'internal') onFault(error);
    answers.clear();
  }
  for (const [one, error] of refused) one.reject(error);
  for (const [one, stored] of answers) one.resolve(stored());
  const left = batch.filter((one) => !answers.has(one) && !refused.has(one));
  const passed = left.filter(({ place }) => held.has(place.account));
  return {
    again: passed.filter((one) => one.passed < MOST_PASSED),
    alone: left.filter(({ place }) => !held.has(place.account)),
    held: passed.filter((one) => one.passed >= MOST_PASSED),
  };
};

const hashOf = ({ keyHash }: Proof): string => Buffer.from(keyHash).toString('base64');

/** Notes why a heartbeat is refused, by what was found of the keys. */
const judge = (one: Waiting, keys: ReadonlyMap<string, KnownKey | null>, refused: Map<Waiting, unknown>): void => {
  try {
    one.proof?.judge(keys.get(hashOf(one.proof)) ?? null);
  } catch (error) {
    refused.set(one, error);
  }
};

/** Those for one bucket under one name together, in the order in which they came. */
const byPlace = (batch: readonly Waiting[]): Waiting[][] => {
  const groups = new Map<string, Waiting[]>();
  for (const one of batch) {
    const { account, deviceId, publicly, name } = one.place;
    const key = JSON.stringify([account, deviceId, publicly, name]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
};

/** What becomes of each bucket. Where two names mean one, what came under the second goes alone, after the others. */
const outcomesOf = (groups: readonly Waiting[][], states: readonly State[], answers: Answers): Outcome[] => {
  const byBucket = new Map<string, State>();
  for (const state of states) {
    const key = `${state.account} ${state.number}`;
    if (!byBucket.has(key)) byBucket.set(key, state);
  }
  return [...byBucket.values()].map((state) => outcomeOf(state, groups[state.place]!, answers));
};

const outcomeOf = (state: State, beats: readonly Waiting[], answers: Answers): Outcome => {
  const fresh: Fresh[] = [];
  let grown: StoredEvent | null = null;
  for (const beat of beats) {
    const last: StoredEvent = fresh.at(-1) ?? grown ?? state.last;
    const merged = mergeHeartbeat(last, beat.event, beat.pulse);
    if (!merged) fresh.push({ id: 0, ...beat.event });
    else if (merged.durationNs !== last.durationNs) {
      if (fresh.length > 0) fresh[fresh.length - 1] = merged;
      else grown = merged;
    }
    const [place, stored] = [fresh.length - 1, fresh.at(-1) ?? grown ?? state.last];
    answers.set(beat, () => (place < 0 ? stored : { ...stored, id: fresh[place]!.id }));
  }
  return { state, grown, fresh };
};

const eachAlone = async (beats: readonly Waiting[]): Promise<void> => {
  for (const { alone, resolve, reject } of beats) await alone().then(resolve, reject);
};
