/**
 * kt-client, killed after every request: its first pass after the first, its second after the second, until a pass
 * completes. The request was carried out, and its response reached nobody.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { furnish, minutes, openScene, quietAndEqual, said, type Computer, type Scene } from './scene.ts';
import { PASS } from './script.ts';

const stories = suite('kill the client after every batch');
let scene: Scene;
let lap: Computer;
let desk: Computer;

/** Runs passes, each killed one request later than the one before; returns how many were killed. */
const killEach = async (computer: Computer): Promise<number> => {
  for (let n = 1; ; n++) {
    assert.ok(n < 60, 'no pass ever comes to its end');
    const running = computer.client(['sync']);
    const from = computer.gate.seen.length;
    computer.gate.script = {
      fault: (passing) => (passing.n === from + n ? { kind: 'unanswered' } : null),
      after: async (passing) => {
        if (passing.n === from + n) await running.kill('SIGKILL');
      },
    };
    const ended = await running.ended;
    computer.gate.script = PASS;
    if (ended.signal === null) {
      assert.is(ended.code, 0, said(ended));
      return n - 1;
    }
  }
};

stories.before(async () => {
  scene = await openScene();
  [lap, desk] = await Promise.all([
    scene.computer('lap', 'rust', { bucket: 'window', events: 5500 }),
    scene.computer('desk', 'python'),
  ]);
  await furnish(lap, 'afk', minutes(25, 'here', 5));
  await furnish(desk, 'web', minutes(30, 'desk', 0));
});
stories.after(() => scene.close());

stories('while it pushes: nothing is lost, nothing doubled', async () => {
  assert.ok((await killEach(lap)) >= 5);
});

stories('while it pulls: nothing is lost, nothing doubled', async () => {
  assert.ok((await killEach(desk)) >= 8);
});

stories('and then both sides are equal, and a further pass writes nothing', async () => {
  await quietAndEqual(
    scene,
    new Map([
      [lap, ['window', 'afk']],
      [desk, ['web']],
    ]),
  );
});

stories.run();
