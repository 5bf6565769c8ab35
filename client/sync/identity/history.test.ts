import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event } from '../../../domain/event.ts';
import { isSameHistory, markOf, type Mark } from '../../../domain/sync/history.ts';
import { makeFakeAw, type FakeAw } from '../../../test/support/fake-aw/server.ts';
import { makeLocalServer } from '../../aw/local-server.ts';
import { heldHere, probeHere } from './history.ts';
import type { Local } from '../ports.ts';

const HOUR_US = 3_600_000_000n;
const YEAR_2024 = 1_704_067_200_000_000n;

const openBucket = async (
  kind: FakeAw['kind'],
  events: readonly Event[],
): Promise<{ local: Local; reads: () => number }> => {
  const aw = makeFakeAw({ kind });
  let reads = 0;
  const local = makeLocalServer({
    url: 'http://aw',
    fetch: (request) => {
      if (request.method === 'GET') reads++;
      return aw.fetch(request);
    },
  });
  await local.createBucket({ id: 'b', type: 't', client: 'c', hostname: 'h', createdUs: null, data: {} });
  if (events.length > 0) await local.insert('b', events);
  reads = 0;
  return { local, reads: () => reads };
};

const hourly = (count: number): Event[] =>
  Array.from({ length: count }, (_, i) => ({
    startUs: YEAR_2024 + BigInt(i) * HOUR_US,
    durationNs: 1_000_000_000n,
    data: { i },
  }));
const marksOf = (events: readonly Event[]): Mark[] => events.map(markOf);
const sorted = (marks: readonly Mark[]): string[] => marks.map(({ atMs, data }) => `${atMs} ${data}`).sort();

for (const kind of ['rust', 'python'] as const) {
  const history = suite(`probes of the local aw-server (${kind})`);

  history('tell its newest, and some from all its length', async () => {
    const events = hourly(400);
    const { local, reads } = await openBucket(kind, events);
    const { newest, spread } = await probeHere(local, 'b');
    assert.equal(sorted(newest), sorted(marksOf(events.slice(-20))));
    assert.is(spread.length, 20);
    const all = new Set(sorted(marksOf(events)));
    assert.ok(sorted(spread).every((mark) => all.has(mark)));
    const firstHours = spread
      .map(({ atMs }) => Number(atMs * 1000n - YEAR_2024) / Number(HOUR_US))
      .sort((a, b) => a - b);
    assert.ok(firstHours[0]! < 100 && firstHours[5]! < 200, firstHours.join());
    assert.ok(reads() <= 40, `${reads()} reads`);
  });

  history('of an empty bucket and of one event', async () => {
    assert.equal(await probeHere((await openBucket(kind, [])).local, 'b'), { newest: [], spread: [] });
    const [event] = hourly(1);
    const one = await probeHere((await openBucket(kind, [event!])).local, 'b');
    assert.equal(one, { newest: [markOf(event!)], spread: [markOf(event!)] });
  });

  history('are looked for in few reads, those close together in one', async () => {
    const events = hourly(400);
    const { local, reads } = await openBucket(kind, events);
    const probe = { newest: marksOf(events.slice(-20)), spread: marksOf(events.filter((_, i) => i % 20 === 0)) };
    const held = await heldHere(local, 'b', [...probe.newest, ...probe.spread]);
    assert.equal(new Set(sorted(held)).size, 39);
    assert.ok(isSameHistory(probe, held));
    assert.ok(reads() <= 8, `${reads()} reads for 400 events in pages of 100`);
    assert.equal(await heldHere(local, 'b', marksOf([{ ...events[0]!, startUs: YEAR_2024 - 5n * HOUR_US }])), []);
  });

  history('are found among more events of one instant than a read brings', async () => {
    const crowd = Array.from({ length: 150 }, (_, i): Event => ({ startUs: YEAR_2024, durationNs: 0n, data: { i } }));
    const { local } = await openBucket(kind, [...crowd, ...hourly(3).slice(1)]);
    const held = await heldHere(local, 'b', marksOf([crowd[0]!, ...hourly(3).slice(1)]));
    assert.ok(held.length >= 2, 'it ends, and finds the others');
    assert.equal(sorted(held.slice(0, 2)), sorted(marksOf(hourly(3).slice(1))));
  });

  history.run();
}
