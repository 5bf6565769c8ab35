import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { openDatabase } from './open.ts';
import { isHarmless, shownUrl } from './shown-url.ts';

const shown = suite('a database’s URL');

const CASES: [url: string, shown: string][] = [
  ['postgres://kt@db.example/kt', 'postgres://kt@db.example/kt'],
  [
    'postgres://kt:hunter2@db.example:5433/kt?sslmode=require&schema=a',
    'postgres://kt@db.example:5433/kt?sslmode=require&schema=a',
  ],
  ['postgres://kt@localhost/kt?host=%2Ftmp%2Fpg&password=hunter2', 'postgres://kt@localhost/kt?host=%2Ftmp%2Fpg'],
  [
    'postgres://localhost/kt?user=kt&sslkey=hunter2&sslpassword=hunter2&options=-c%20x%3Dhunter2',
    'postgres://localhost/kt',
  ],
  ['postgres://kt:hunter@hunter2@db.example/kt', 'postgres://kt@db.example/kt'],
  ['postgres://kt:1/hunter2@db.example/kt', 'postgres://…'],
  ['postgres://kt:hunter@hunter#hunter2@db.example/kt', 'postgres://…'],
  ['postgres://kt:hunter@hunter?hunter2@db.example/kt', 'postgres://…'],
  ['postgres://kt:hunter2@[db/kt', 'postgres://…'],
];
for (const [url, expected] of CASES) shown(`${url} is shown as ${expected}`, () => assert.is(shownUrl(url), expected));

const password = fc
  .array(fc.constantFrom('hunter', '@', '/', '?', '#', ':', '%', '%40', '&', '=', ' ', '1', 'ü', '[', '\\', '\n'), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => `${parts.join('')}hunter`);
const url = fc.oneof(
  password.map((secret) => `postgres://kt:${secret}@127.0.0.1:1/kt`),
  password.map((secret) => `postgres://kt:1${secret}@127.0.0.1:1/kt`),
  fc
    .tuple(fc.constantFrom('password', 'pass', 'key', 'sslpassword', 'token', 'options', 'PASSWORD'), password)
    .map(([name, secret]) => `postgres://kt@127.0.0.1:1/kt?${name}=${secret.replace(/[&#]/g, '')}`),
);

shown(
  'never shows a password, wherever it stands and whatever is in it: not itself, ' +
    'nor in the error where it does not open',
  async () => {
    await fc.assert(
      fc.asyncProperty(url, async (text) => {
        assert.not.match(shownUrl(text), 'hunter');
        assert.not.ok(isHarmless(text), text);
        try {
          await openDatabase(text);
          assert.unreachable('nothing listens there');
        } catch (error) {
          assert.instance(error, KtError);
          assert.not.match((error as KtError).message, 'hunter');
          assert.not.match((error as KtError).message, '\n');
        }
      }),
      { numRuns: 300 },
    );
  },
);

shown.run();
