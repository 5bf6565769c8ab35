/** How long somebody was active, from the facts of days (spec/product 4.4). */
import { KtError } from '../../../domain/errors.ts';
import { cutDays, utcDays, type Grain } from '../../../domain/facts/calendar.ts';
import type { Kind } from '../../../domain/facts/day-facts.ts';
import { readShares } from '../../../domain/facts/shares.ts';
import { SLOT_MS, valuesIn } from '../../../domain/facts/slots.ts';
import type { Viewer } from '../../auth/viewer.ts';
import * as rows from '../../storage/day-facts.ts';
import { portOf, run, type Database } from '../../storage/database.ts';
import * as devices from '../../storage/devices.ts';
import type { Deps } from '../deps.ts';
import type { Summing } from '../reading.ts';
import { makeTurns, yieldToOthers } from '../yield-to-others.ts';
import { calendarOf } from './calendar-settings.ts';
import type { makeCategories } from './categories.ts';
import type { KeepFacts } from './keep-facts.ts';
import { ANY, makeLabels, type Label, type Only, type Tell } from './labels.ts';
import { makeSums, type Sum } from './sums.ts';
import type { ValueParts } from './value-parts.ts';

/** What rows of an answer are told apart by. */
type Dimension = 'DEVICE' | Tell;

/** `UNION`: at each instant one device counts at most. `SUM`: each for itself. */
type CountMode = 'UNION' | 'SUM';

export type ActivityQuery = {
  /** Days of the person's calendar, by number, both included. */
  readonly first: number;
  readonly last: number;
  readonly grain: Grain;
  readonly by: readonly Dimension[];
  /** By the ids that they registered under; null: all. */
  readonly deviceIds: readonly string[] | null;
  readonly mode: CountMode;
  readonly only: Only | null;
};

export type ActivityRow = Label & {
  /** When its stretch of time begins, in µs, and the day; null for the grain NONE. */
  readonly startUs: bigint | null;
  readonly day: number | null;
  /** The id that it registered under. */
  readonly deviceId: string | null;
  readonly seconds: number;
};

export type ActivityTable = {
  /** When the first day begins, and when the last one ends, in µs. */
  readonly rangeStartUs: bigint;
  readonly rangeEndUs: bigint;
  /** The facts include everything up to it, but for `missingDays`. */
  readonly revision: bigint;
  readonly missingDays: number;
  /** All of it, however many rows there are. */
  readonly seconds: number;
  /** What was dropped because devices were in use at once: of all devices, for mode UNION without a filter. */
  readonly overlapSeconds: number | null;
  readonly rowCount: number;
  /** The first so many, in order of time, the longest first within it. All 200,000 would take half a second to make. */
  rows(most: number): readonly ActivityRow[];
};

/** Ten years. */
const MOST_DAYS = 3_700;

/** Fails with `invalid` for days the wrong way round, and with `too_large` for more than ten years. */
export const checkRange = (first: number, last: number): void => {
  if (last < first) throw new KtError('invalid', 'the range ends before it begins: swap the two days');
  if (last - first >= MOST_DAYS)
    throw new KtError('too_large', `a range has at most ${MOST_DAYS} days: ask for fewer at a time`);
};

/**
 * The devices that are asked for, of all if none is named: the ids they registered under, by UUID. Fails with
 * `not_found` for one that is not the account's.
 */
export const chosenDevices = async (
  database: Database,
  ids: readonly string[] | null,
  account: number,
): Promise<Map<string, string>> => {
  const all = await run(database, (tx) => devices.list(tx, account));
  const unknown = ids?.find((asked) => !all.some(({ deviceId }) => deviceId === asked));
  if (unknown !== undefined)
    throw new KtError(
      'not_found',
      `there is no device ${JSON.stringify(unknown)}: \`devices { deviceId }\` lists them`,
    );
  return new Map(all.flatMap(({ id, deviceId }) => (ids?.includes(deviceId) === false ? [] : [[id, deviceId]])));
};

export const makeActivity = (
  { database }: Pick<Deps, 'database'>,
  keep: KeepFacts,
  categories: ReturnType<typeof makeCategories>,
  parts: ValueParts,
  summing: Summing,
) => {
  const sumUp = async (viewer: Viewer, asked: ActivityQuery, signal: AbortSignal): Promise<ActivityTable> => {
    const { account } = viewer;
    checkRange(asked.first, asked.last);
    const [calendar, chosen] = await Promise.all([
      calendarOf(portOf(database), account),
      chosenDevices(database, asked.deviceIds, account),
    ]);
    const cut = cutDays(calendar, asked.grain, asked.first, asked.last);
    const [first, last] = utcDays(cut);
    const { revision, missing } = await keep.freshen(account, first, last, signal);
    const by = new Set(asked.by.filter((each): each is Tell => each !== 'DEVICE'));
    const labels = makeLabels(parts, categories, viewer, by, asked.only ?? ANY, signal);
    const sums = makeSums(cut);
    const overlap = makeSums(cut);
    const kind = kindOf(by, asked.only);
    const scopes = asked.mode === 'UNION' ? [rows.UNION] : [...chosen.keys()];
    // What was dropped is of all devices and of whatever they did.
    const isWhole = asked.mode === 'UNION' && asked.deviceIds === null && asked.only === null;
    const kinds = [rows.kindNumber(kind), ...(isWhole ? [rows.OVERLAP] : [])];
    const byDevice = asked.by.includes('DEVICE');
    const turns = makeTurns(account);

    for (let from: number | null = first; from !== null && scopes.length > 0; ) {
      if (signal.aborted) break;
      const start: number = from;
      const page = await run(database, (tx) => rows.page(tx, account, scopes, kinds, start, last));
      await yieldToOthers(account);
      const parts: { id: string; day: number; packed: Uint8Array }[] = [];
      for (const { scope, day, kind: of, packed } of page.rows)
        if (of === rows.OVERLAP) overlap.add(packed, day, '', () => 0);
        else
          for (const share of scope === rows.UNION ? readShares(packed) : [{ id: scope, packed }])
            if (chosen.has(share.id)) parts.push({ id: share.id, day, packed: share.packed });
      if (kind !== 'presence') {
        const values = new Set<number>();
        for (const { packed } of parts)
          valuesIn(packed, (value) => {
            if (!labels.isKnown(value)) values.add(value);
          });
        if (values.size > 0) {
          await labels.learn(values);
          await yieldToOthers(account);
        }
      }
      for (const { id, day, packed } of parts) {
        sums.add(packed, day, byDevice ? id : '', kind === 'presence' ? () => 0 : labels.numberOf);
        if (turns.isOver()) await turns.next();
      }
      from = page.next;
      await yieldToOthers(account);
    }
    const told = cut.stretches.map(({ start, day }) =>
      asked.grain === 'NONE' ? { startUs: null, day: null } : { startUs: BigInt(start * SLOT_MS) * 1000n, day },
    );
    const rowOf = ({ device, label, stretch, ms }: Sum): ActivityRow => ({
      ...(labels.labels[label] ?? { category: null, app: null, title: null, domain: null, url: null }),
      ...told[stretch]!,
      deviceId: chosen.get(device) ?? null,
      seconds: ms / 1000,
    });
    return {
      rangeStartUs: BigInt(cut.start * SLOT_MS) * 1000n,
      rangeEndUs: BigInt(cut.end * SLOT_MS) * 1000n,
      revision,
      missingDays: missing,
      seconds: sums.total() / 1000,
      overlapSeconds: isWhole ? overlap.total() / 1000 : null,
      rowCount: sums.count(),
      rows: (most) => firstOf(sums.rows(), most).map(rowOf),
    };
  };

  return {
    /**
     * Sums the active time of some days. By domain or address it is time of browsers, by category, application or title
     * that of windows, else presence; so it is with a filter. Fails with `invalid` for days or a zone that make no
     * sense, with `not_found` for a device that is not the account's, with `too_large` for more than ten years or
     * 200,000 sums, and with `rate_limited`.
     */
    activity: async (viewer: Viewer, asked: ActivityQuery, signal: AbortSignal): Promise<ActivityTable> =>
      summing(viewer.account, signal, () => sumUp(viewer, asked, signal)),
  };
};

const firstOf = <T>(all: Iterable<T>, most: number): T[] => {
  const some: T[] = [];
  if (most > 0)
    for (const one of all) {
      some.push(one);
      if (some.length >= most) break;
    }
  return some;
};

const kindOf = (by: ReadonlySet<Tell>, only: Only | null): Kind => {
  if (by.has('DOMAIN') || by.has('URL') || only?.domains || only?.urls) return 'web';
  return by.size > 0 || only !== null ? 'window' : 'presence';
};
