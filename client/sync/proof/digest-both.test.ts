import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../../domain/errors.ts';
import type { DayDigest } from '../../../domain/sync/day-digest.ts';
import type { EventPage, EventQuery, Local, Remote } from '../ports.ts';
import { digestBoth } from './digest-both.ts';

const both = suite('the digests of both sides');

/** `count` full pages of one event each, newest first, and what was asked of either side, in order. */
const world = (count: number, digest: (asked: string[]) => Promise<DayDigest[]>) => {
  const asked: string[] = [];
  const events = async (_: string, { endUs = BigInt(count) * 2n }: EventQuery): Promise<EventPage> => {
    asked.push('page');
    await new Promise((later) => setTimeout(later, 0));
    const row = (startUs: bigint) => ({ id: Number(startUs), startUs, durationNs: 0n, data: {} });
    const found = [endUs - 2n, endUs - 4n].filter((startUs) => startUs >= 0n).map(row);
    return { events: found, full: found.length === 2, unreadable: [] };
  };
  const ask = () => {
    asked.push('digest');
    return digest(asked);
  };
  return { asked, local: { events } as unknown as Local, remote: { digest: ask } as unknown as Remote };
};

both('are worked out at the same time: the server is asked before the first page is there', async () => {
  const { asked, local, remote } = world(3, async () => []);
  const { here, there } = await digestBoth(local, remote, 'b', '1');
  assert.equal([here.events, there.length], [3, 0]);
  assert.equal(asked.slice(0, 2), ['digest', 'page']);
  assert.is(asked.filter((what) => what === 'digest').length, 1);
});

both('end with the first answer that fails, and not after all of the bucket', async () => {
  const { asked, local, remote } = world(1_000, async () => {
    throw new KtError('unavailable', 'no server');
  });
  const error = await digestBoth(local, remote, 'b', '1').catch((thrown: unknown) => thrown);
  assert.is((error as Error).message, 'no server');
  assert.ok(asked.length < 10, `${asked.length}`);
});

both('leave out what is aside, and tell of each page', async () => {
  const { local, remote } = world(3, async () => []);
  const told: number[] = [];
  const { here } = await digestBoth(local, remote, 'b', '1', {
    aside: new Set([2]),
    onPage: (_, { events }) => void told.push(events),
  });
  assert.is(here.events, 2);
  assert.equal(told.at(-1), 2);
});

both.run();
