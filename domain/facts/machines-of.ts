import { secondHandReason, type Bucket } from '../bucket.ts';

/** The type of a bucket that facts are made of, and what it is in a machine. */
const ROLES: ReadonlyMap<string, 'windows' | 'afk' | 'web'> = new Map([
  ['currentwindow', 'windows'],
  ['afkstatus', 'afk'],
  ['web.tab.current', 'web'],
]);

/** The buckets of a machine, by what they record, each in order of creation. */
export type MachineBuckets<B> = Readonly<Record<'windows' | 'afk' | 'web', readonly B[]>>;

type Machine<B> = Record<'windows' | 'afk' | 'web', B[]>;

/**
 * The machines that a device's buckets (in order of creation) were recorded on. A device is one machine, whatever
 * hostname it had at times. `isOwn`: the account's own device holds what was imported or sent to the server itself, and
 * so a machine for each hostname; a browser's bucket of a hostname that has no windows (older extensions say "unknown")
 * belongs to each. Copies of other devices' buckets (spec/sync 2.2) are left out: they would count twice.
 */
export const machinesOf = <B extends Pick<Bucket, 'id' | 'type' | 'client' | 'hostname' | 'data'>>(
  buckets: readonly B[],
  isOwn: boolean,
): MachineBuckets<B>[] => {
  const machines = new Map<string, Machine<B>>();
  const astray: B[] = [];
  const first = buckets.filter((bucket) => ROLES.has(bucket.type) && secondHandReason(bucket) === null);
  const withWindows = new Set(first.filter(({ type }) => ROLES.get(type) !== 'web').map(({ hostname }) => hostname));
  for (const bucket of first) {
    const role = ROLES.get(bucket.type)!;
    if (isOwn && role === 'web' && !withWindows.has(bucket.hostname)) {
      astray.push(bucket);
      continue;
    }
    const name = isOwn ? bucket.hostname : '';
    const machine = machines.get(name) ?? { windows: [], afk: [], web: [] };
    machines.set(name, machine);
    machine[role].push(bucket);
  }
  return [...machines.values()].map((machine) => ({ ...machine, web: [...machine.web, ...astray] }));
};
