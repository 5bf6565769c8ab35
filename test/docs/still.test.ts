/** The still on the front page is what the programs print. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawn, printed, STILL } from './still.ts';

const still = suite('the still of kt-client');

still('shows what the commands print; if not: node --import tsx test/docs/still.ts', async () => {
  assert.is(readFileSync(STILL, 'utf8'), drawn(await printed()));
});

still.run();
