/**
 * Faults of the network and of an overloaded server during a pass, between real processes: each is overcome by the same
 * pass, or by the next.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { furnish, minutes, openScene, quietAndEqual, said, type Computer, type Scene } from './scene.ts';
import { firstTimes, PASS, type Fault, type Script } from './script.ts';

const stories = suite('answers that are cut, refused and late');
let scene: Scene;
let lap: Computer;
let desk: Computer;
let recorded = 0;

/** Every story has something new to send. */
const recordMore = (): Promise<Response> =>
  lap.aw('POST', 'buckets/window/events', minutes(3, `more ${++recorded}`, 0));

const passUnder = async (computer: Computer, script: Script): Promise<{ code: number | null; stderr: string }> => {
  computer.gate.script = script;
  const ended = await computer.client(['sync']).ended;
  computer.gate.script = PASS;
  return { code: ended.code, stderr: said(ended) };
};

stories.before(async () => {
  scene = await openScene();
  [lap, desk] = await Promise.all([scene.computer('lap', 'rust'), scene.computer('desk', 'python')]);
  await furnish(lap, 'window', minutes(60, 'lap'));
  await furnish(desk, 'web', minutes(30, 'desk', 0));
});
stories.after(() => scene.close());

/** Faults on the way to the server that a pass overcomes by its own retries. */
const OUTLIVED: readonly (readonly [name: string, fault: Fault])[] = [
  ['answer lost after commit', { kind: 'unanswered' }],
  ['an answer cut mid-body', { kind: 'torn' }],
  ['a request that never arrives', { kind: 'lost' }],
  ['503 with Retry-After', { kind: 'refused', status: 503, retryAfter: 1 }],
  ['a slow server', { kind: 'late', ms: 1500 }],
];
for (const [name, fault] of OUTLIVED) {
  stories(`${name}: the pass succeeds, and stores once`, async () => {
    await recordMore();
    const from = lap.gate.seen.length;
    const { code, stderr } = await passUnder(lap, firstTimes(1, fault, 'PushEvents'));
    assert.is(code, 0, stderr);
    const pushes = lap.gate.seen.slice(from).filter(({ operation }) => operation === 'PushEvents');
    assert.is(pushes.length, fault.kind === 'late' ? 1 : 2);
  });
}

stories('503 with Retry-After is waited for', async () => {
  await recordMore();
  let refusedAt = 0;
  let waitedMs = 0;
  const now = () => performance.now();
  const refuse = firstTimes(1, { kind: 'refused', status: 503, retryAfter: 2 }, 'PushEvents');
  const { code, stderr } = await passUnder(lap, {
    fault: (passing) => {
      const fault = refuse.fault(passing);
      if (fault) refusedAt = now();
      else if (passing.operation === 'PushEvents') waitedMs = now() - refusedAt;
      return fault;
    },
  });
  assert.is(code, 0, stderr);
  // Timers count whole milliseconds, and may be one early.
  assert.ok(waitedMs > 1_990, `it came back after ${waitedMs} ms`);
});

stories('500 fails the pass in words, and the next one makes up for it', async () => {
  await recordMore();
  const { code, stderr } = await passUnder(lap, firstTimes(9, { kind: 'refused', status: 500 }, 'PushEvents'));
  assert.is(code, 1, stderr);
  assert.not.match(stderr, /kt_[A-Za-z0-9]{8}/);
  await lap.sync();
});

stories('connections refused by the server fail the pass in words', async () => {
  await recordMore();
  await lap.proxies.server.down();
  const { code, stderr } = await passUnder(lap, PASS);
  await lap.proxies.server.up();
  assert.is(code, 1, stderr);
  assert.match(stderr, 'cannot be reached');
  await lap.sync();
});

stories('the local aw-server breaks while a copy is written: nothing is written twice', async () => {
  for (const kind of ['unanswered', 'torn', 'lost'] as const) {
    await recordMore();
    await lap.sync();
    let left = 1;
    await passUnder(desk, {
      fault: ({ method, path }) => (method === 'POST' && path.startsWith('/api/') && left-- > 0 ? { kind } : null),
    });
    assert.is(left, 0, 'the fault was met');
  }
});

stories('and then both sides are equal, and a further pass writes nothing', async () => {
  await quietAndEqual(
    scene,
    new Map([
      [lap, ['window']],
      [desk, ['web']],
    ]),
  );
});

stories.run();
