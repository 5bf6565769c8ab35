/**
 * kt-server, killed at every commit: after it has answered a request that writes, before the response is passed on; and
 * in the middle of its work on one. The same pass continues with the next server, by a retry.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { furnish, minutes, openScene, quietAndEqual, said, type Computer, type Scene } from './scene.ts';
import { PASS, type Passing, type Script } from './script.ts';

const stories = suite('kill the server after every batch');
let scene: Scene;
let lap: Computer;
let desk: Computer;

const restart = async (): Promise<void> => {
  await scene.killServer();
  await scene.startServer();
};

/** Every other request of an operation: the ones between are the retries, which must get through. */
const everyOther = (operations: readonly string[]) => {
  const met = new Map<string, number>();
  return ({ operation }: Passing): boolean => {
    const n = (met.get(operation) ?? 0) + 1;
    met.set(operation, n);
    return operations.includes(operation) && n % 2 === 1;
  };
};

/** One pass under a script; it must succeed, whatever happens to the server. Returns how often that was killed. */
const passUnder = async (computer: Computer, script: (counting: () => void) => Script): Promise<number> => {
  let kills = 0;
  computer.gate.script = script(() => void kills++);
  const ended = await computer.client(['sync']).ended;
  computer.gate.script = PASS;
  assert.is(ended.code, 0, said(ended));
  return kills;
};

/** The server is killed after it has answered. */
const afterEach =
  (operations: readonly string[]) =>
  (counting: () => void): Script => {
    const isMet = everyOther(operations);
    const doomed = new Set<number>();
    let restarted = Promise.resolve();
    return {
      // What is asked ahead meanwhile waits for the next server: a client that found none would use up its retries.
      before: () => restarted,
      failed: () => restarted,
      fault: (passing) => {
        if (!isMet(passing)) return null;
        doomed.add(passing.n);
        return { kind: 'unanswered' };
      },
      after: async ({ n }) => {
        if (!doomed.has(n)) return;
        counting();
        await (restarted = restart());
      },
    };
  };

/** The server is killed while it works on a request. */
const amidEach =
  (operations: readonly string[]) =>
  (counting: () => void): Script => {
    const isMet = everyOther(operations);
    let restarted = Promise.resolve();
    return {
      fault: () => null,
      before: (passing) => {
        if (!isMet(passing)) return;
        counting();
        restarted = sleep(40).then(restart);
      },
      // Either way the request's end waits for the next server: a client that found none would use up its retries.
      failed: () => restarted,
      after: () => restarted,
    };
  };

stories.before(async () => {
  scene = await openScene();
  [lap, desk] = await Promise.all([
    scene.computer('lap', 'python', { bucket: 'window', events: 9000 }),
    scene.computer('desk', 'rust'),
  ]);
  await furnish(lap, 'afk', minutes(25, 'here', 5));
  await furnish(desk, 'web', minutes(30, 'desk', 0));
});
stories.after(() => scene.close());

stories('while a device pushes: what was committed is there, and is not written again', async () => {
  assert.ok((await passUnder(lap, afterEach(['RegisterDevice', 'PushEvents']))) >= 3);
});

stories('in the middle of a commit: all of it is there, or nothing', async () => {
  await furnish(lap, 'editor', minutes(2000, 'lap', 0));
  assert.ok((await passUnder(lap, amidEach(['PushEvents']))) >= 1);
});

stories('while another device reads: the next server goes on', async () => {
  assert.ok((await passUnder(desk, afterEach(['PushEvents', 'Changes']))) >= 3);
});

stories('and then both sides are equal, and a further pass writes nothing', async () => {
  await quietAndEqual(
    scene,
    new Map([
      [lap, ['window', 'afk', 'editor']],
      [desk, ['web']],
    ]),
  );
});

stories.run();
