import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { flagsInForce, quoted } from './flags-in-force.ts';

const folder = mkdtempSync(join(tmpdir(), 'kt-flags-'));
const toml = join(folder, 'my settings.toml');
writeFileSync(toml, '');
const flags = suite('the flags in force');
flags.after(() => rmSync(folder, { recursive: true, force: true }));

const CASES: Record<string, [Parameters<typeof flagsInForce>[0], Record<string, string>, string[], boolean]> = {
  'nothing set': [{}, {}, [], false],
  'a data folder by its flag, from wherever it is typed': [
    { dataDir: relative(process.cwd(), folder) },
    {},
    ['--data-dir', folder],
    false,
  ],
  'a data folder by the environment': [{}, { KT_SERVER_DATA_DIR: folder }, ['--data-dir', folder], false],
  'a settings file': [{ config: toml, dataDir: folder }, {}, ['--config', `'${toml}'`, '--data-dir', folder], false],
  'a database by its flag': [
    { databaseUrl: 'postgres://kt@db/kt' },
    {},
    ['--database-url', 'postgres://kt@db/kt'],
    false,
  ],
  'a database by the environment': [
    {},
    { DATABASE_URL: 'postgres://kt@db/kt?host=/tmp/a&sslmode=require' },
    ['--database-url', "'postgres://kt@db/kt?host=/tmp/a&sslmode=require'"],
    false,
  ],
  'a database with a password': [{}, { DATABASE_URL: 'postgres://kt:hunter2@db/kt' }, [], true],
  'a password in the query': [{ databaseUrl: 'postgres://kt@db/kt?password=hunter2' }, {}, [], true],
};
for (const [name, [given, env, expected, needs]] of Object.entries(CASES)) {
  flags(`with ${name}`, () => assert.equal(flagsInForce(given, env), { flags: expected, needsDatabaseUrl: needs }));
}

if (process.platform !== 'win32') {
  flags('come out of a shell as they went in', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '$', '`', '\\', '!', '*', '~', '\n', ';', '&', 'ü') }),
          { minLength: 1, maxLength: 20 },
        ),
        (words) => {
          const said = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map((word) => quoted(word)).join(' ')}`], {
            encoding: 'utf8',
          });
          assert.equal(said.split('\0').slice(0, -1), words);
        },
      ),
      { numRuns: 50 },
    );
  });
}

flags.run();
