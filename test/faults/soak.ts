/**
 * Plays scenarios of the model (model.ts) until so many seeds are through:
 *   npm run test:soak -- --seeds 5000 [--from N] [--stop]    new ones, from a random number on unless told;
 *                                                   --stop at the first failure
 *   npm run test:soak -- --seed N                   one, made as small as it fails
 * Runs on the embedded engine, or on KT_TEST_DATABASE_URL with KT_TEST_ENGINE=postgres. A seed that fails belongs into
 * the list in model.test.ts, or its scenario into once-failed.json.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { testEngine } from '../support/test-database.ts';
import { playSeed } from './seeds.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string' },
    seed: { type: 'string' },
    stop: { type: 'boolean', default: false },
  },
});
const single = values.seed !== undefined;
const from = Number(values.seed ?? values.from ?? randomInt(1, 2 ** 30));
const count = single ? 1 : Number(values.seeds);
const begun = Date.now();
const failed: number[] = [];

process.stdout.write(`${count} seeds from ${from} on ${testEngine()}\n`);
let played = 0;
for (let i = 0; i < count; i++) {
  played++;
  const { failure } = await playSeed(from + i, single);
  if (failure) {
    failed.push(from + i);
    process.stdout.write(`${failure}\n`);
    if (values.stop) break;
  }
  if ((i + 1) % 100 === 0)
    process.stdout.write(
      `${i + 1} of ${count}, ${failed.length} failed, ${Math.round((Date.now() - begun) / 1000)} s\n`,
    );
}
process.stdout.write(
  `${played - failed.length} of ${played} seeds passed on ${testEngine()} in ` +
    `${Math.round((Date.now() - begun) / 1000)} s${failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''}\n`,
);
// The shared database keeps the process alive.
process.exit(failed.length > 0 ? 1 : 0);
