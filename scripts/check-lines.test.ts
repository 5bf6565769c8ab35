import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { longLines } from './check-lines.ts';

const lines = suite('the length of lines');

const wide = (count: number) => 'é'.repeat(count);
const URL = `https://example.org/${'a'.repeat(120)}`;

for (const [what, text, found] of [
  ['120 characters fit, of more bytes than that', wide(120), []],
  ['121 do not, and the line is named', `${wide(121)}\nshort\n${wide(122)}`, [1, 3]],
  ['an address alone on its line may be longer', `${URL}\n  ${URL}\n[1]: ${URL}`, []],
  ['an address with words around it may not', `see ${URL} for more`, [1]],
  ['a row of a table can not be broken', `| ${wide(130)} | b |`, []],
  ['a line that only begins as one can', `| ${wide(130)}`, [1]],
] as const)
  lines(what, () => assert.equal(longLines(text), [...found]));

lines.run();
