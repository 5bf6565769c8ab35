/** Is all well, according to the last passes? Pure: facts in, what a person has to know out. */
import { DAY_US } from '../../domain/day.ts';
import type { Micros } from '../../domain/time.ts';
import { isSameServer, troubles, type Against, type BucketRecord, type PassRecord } from './pass-record.ts';
import type { Row } from './compare.ts';
import { countOf } from '../sync/pull/copy-counts.ts';
import type { Mode } from '../sync/options.ts';
import { knownCount, knownThere, rowsText } from '../sync/known-rows.ts';
import type { RemoteDevice, SyncState } from '../sync/ports.ts';

export type HealthFacts = {
  readonly record: PassRecord | null;
  /** The server in the settings; what is not known about it now is null. */
  readonly against: Against;
  /** The server said `device_in_use`. */
  readonly refused: boolean;
  readonly intervalUs: Micros;
  readonly nowUs: Micros;
};

/** How many passes may be missing before it is reported: a laptop wakes up, and one pass takes its time. */
const MISSED_PASSES = 3n;
const SLACK_US = 600_000_000n;

const bucketText = ({ bucket, origin }: BucketRecord): string => (origin ? `${bucket} of ${origin.hostname}` : bucket);

/** Known rows per bucket, one line each: no problem (spec/sync 4.8). */
export const setAsideLines = ({ known }: Pick<SyncState, 'known'>): string[] =>
  Object.entries(known).flatMap(([bucket, rows]) => {
    const text = rowsText(rows);
    return text === null ? [] : [`${bucket}: ${text}`];
  });

/**
 * Why the record says nothing about the server in the settings; null if it does. Only what was compared with that
 * server can be called well.
 */
export const strangeness = (record: PassRecord | null, against: Against): string | null => {
  if (!record) return null;
  const then = record.against;
  if (then === null)
    return (
      'which server the last pass compared with is not known: run `kt-client sync`, ' +
      'or keep `kt-client daemon` running'
    );
  if (isSameServer(then, against)) return null;
  const other =
    then.url !== against.url
      ? then.url
      : then.account !== against.account
        ? `another account of ${then.url}`
        : 'another device than this one is now';
  return (
    `nothing was compared with ${against.url} yet, since the last pass was of ${other}: run \`kt-client sync\`, ` +
    `or keep \`kt-client daemon\` running`
  );
};

/** What is wrong, one line each, the worst first; none if all is well. */
export const problemsOf = ({ record, against, refused, intervalUs, nowUs }: HealthFacts): string[] => {
  if (refused)
    return [
      'the server has seen a later pass of this device (a copied or restored state folder): ' +
        'run `kt-client setup --new-device` or `kt-client setup --same-device`',
    ];
  if (!record) return ['nothing was synced yet: run `kt-client sync`, or keep `kt-client daemon` running'];
  const strange = strangeness(record, against);
  if (strange !== null) return [strange];
  const problems: string[] = [];
  if (record.error) problems.push(`the last ${record.task} failed: ${record.error.message}`);
  for (const bucket of troubles(record)) {
    if (bucket.outcome !== 'in_step') problems.push(`${bucketText(bucket)}: ${bucket.reason ?? bucket.outcome}`);
  }
  // A clock that was set back makes the age negative, which is not old.
  const ageUs = nowUs - record.endedUs;
  if (ageUs > MISSED_PASSES * intervalUs + SLACK_US)
    problems.push('the last pass is long ago: is `kt-client daemon` running? (`kt-client doctor` looks)');
  return problems;
};

/**
 * Buckets that hold fewer events than the last pass left, one line each. Being behind by new events is no difference;
 * having lost some is. `lagging`: whether any is behind at all.
 */
export const differences = (
  rows: readonly Row[],
  record: PassRecord | null,
  state: SyncState | null,
  mode: Mode,
): { problems: string[]; lagging: boolean } => {
  const synced = rows.filter(({ own, standing }) => standing.kind !== 'apart' && mode !== (own ? 'pull' : 'push'));
  const problems = synced.flatMap((row): string[] => {
    const here = row.here?.events ?? 0;
    if (!row.own) {
      const should = state && row.localId !== null ? countOf(state, row.localId) : undefined;
      if (!should || should.torn || should.events === here) return [];
      return [
        `${row.bucket} of ${row.hostname}: it holds ${here} events here, ` +
          `and ${should.events} after the last pull: \`kt-client sync\` looks into it`,
      ];
    }
    const was = record?.buckets.find(({ bucket, origin }) => origin === null && bucket === row.bucket);
    if (!was) return [];
    const there = row.there?.events ?? 0;
    if (was.here !== null && here < was.here)
      return [
        `${row.bucket}: it holds ${here} events here, and ${was.here} at the last pass: ` +
          `\`kt-client sync\` looks into it`,
      ];
    if (was.there !== null && there < was.there)
      return [
        `${row.bucket}: the server holds ${there} of its events, and ${was.there} after the last pass: ` +
          `\`kt-client sync\` looks into it`,
      ];
    return [];
  });
  // Events that only one side can hold keep the other side behind for ever.
  const known = ({ own, localId }: Row): number =>
    state === null || localId === null ? 0 : own ? knownCount(state, localId) : knownThere(state, localId);
  const lagging = synced.some(
    (row) => row.standing.kind === 'behind' && (row.standing.us > 0n || row.standing.events > known(row)),
  );
  return { problems, lagging };
};

export type SilentDevice = { readonly hostname: string; readonly lastSyncUs: Micros };

/**
 * The other devices of the account that began no pass for a day, the longest silent first: not a problem of this
 * device, but worth a look there.
 */
export const silentDevices = (devices: readonly RemoteDevice[], self: string | null, nowUs: Micros): SilentDevice[] =>
  devices
    .flatMap(({ deviceId, hostname, lastSyncUs }) =>
      deviceId === self || lastSyncUs === null || nowUs - lastSyncUs < DAY_US ? [] : [{ hostname, lastSyncUs }],
    )
    .sort((a, b) => (a.lastSyncUs < b.lastSyncUs ? -1 : 1));
