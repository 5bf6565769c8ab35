/**
 * No space for the state file: a pass that can't save says so and stops, the old state stays intact, and once there is
 * space again everything continues as usual. The full disk is simulated below `fs` in the client's process
 * (no-space.cjs).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { furnish, minutes, openScene, quietAndEqual, said, type Computer, type Scene } from './scene.ts';

const stories = suite('disk full for the state file');
let scene: Scene;
let lap: Computer;
let desk: Computer;

const preload = fileURLToPath(new URL('no-space.cjs', import.meta.url));
const withoutSpace = (computer: Computer) =>
  computer.client(['sync'], { NODE_OPTIONS: `--require ${preload}`, KT_TEST_FULL_DISK: computer.stateDir }).ended;

stories.before(async () => {
  scene = await openScene();
  [lap, desk] = await Promise.all([scene.computer('lap', 'python'), scene.computer('desk', 'rust')]);
  await furnish(lap, 'window', minutes(60, 'lap', 0));
  await furnish(desk, 'web', minutes(30, 'desk', 0));
});
stories.after(() => scene.close());

stories('before the first pass: nothing is sent that could not be remembered', async () => {
  const ended = await withoutSpace(lap);
  assert.is(ended.code, 1, said(ended));
  assert.match(ended.stderr, 'ENOSPC');
  assert.equal(
    lap.gate.seen.filter(({ operation }) => operation === 'RegisterDevice' || operation === 'PushEvents'),
    [],
  );
  const { devices } = await scene.ask<{ devices: unknown[] }>('{ devices { deviceId } }');
  assert.equal(devices, []);
});

stories('later on: the old state stays whole, and no torn file stays behind', async () => {
  await lap.sync();
  await desk.sync();
  const before = readFileSync(`${desk.stateDir}/state.json`, 'utf8');
  await lap.aw('POST', 'buckets/window/events', minutes(5, 'meanwhile', 0));
  await lap.sync();
  for (let i = 0; i < 2; i++) {
    const ended = await withoutSpace(desk);
    assert.is(ended.code, 1, said(ended));
    assert.match(ended.stderr, 'ENOSPC');
  }
  assert.is(readFileSync(`${desk.stateDir}/state.json`, 'utf8'), before);
  assert.equal(
    readdirSync(desk.stateDir).filter((file) => /^state\.json\./.test(file)),
    [],
  );
});

stories('and with space again both sides are equal, and a further pass writes nothing', async () => {
  await quietAndEqual(
    scene,
    new Map([
      [lap, ['window']],
      [desk, ['web']],
    ]),
  );
});

stories.run();
