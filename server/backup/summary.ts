/** What a backup holds, for people and scripts. */
import type { Digest } from './digests.ts';

export type Summary = {
  readonly users: number;
  readonly devices: number;
  readonly buckets: number;
  readonly events: number;
  readonly trash: number;
};

export const summaryOf = (digests: readonly Digest[]): Summary => {
  const rows = (kind: string) =>
    digests.filter((digest) => digest.kind === kind).reduce((sum, digest) => sum + digest.rows, 0);
  return {
    users: rows('users'),
    devices: rows('devices'),
    buckets: rows('buckets'),
    events: rows('events'),
    trash: rows('trash'),
  };
};

const some = (count: number, one: string, more = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : more}`;

/** "2 users, 5 buckets, 1,200 events, and 3 in the trash" */
export const inWords = ({ users, buckets, events, trash }: Summary): string =>
  [some(users, 'user'), some(buckets, 'bucket'), some(events, 'event')].join(', ') +
  (trash === 0 ? '' : `, and ${trash.toLocaleString('en')} in the trash`);
