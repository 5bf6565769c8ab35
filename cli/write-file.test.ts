import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeWholeFile } from './write-file.ts';

const file = suite('a file that is written whole');

file('is there, and nothing beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-write-'));
  try {
    for (const text of ['one', 'two']) {
      await writeWholeFile(join(folder, 'a'), text, { mode: 0o600 });
      assert.equal([readdirSync(folder), readFileSync(join(folder, 'a'), 'utf8')], [['a'], text]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const CASES: [platform: NodeJS.Platform, code: string, refusals: number, attempts: number, fails: boolean][] = [
  ['win32', 'EPERM', 3, 4, false],
  ['win32', 'EBUSY', 99, 6, true],
  ['win32', 'ENOSPC', 99, 1, true],
  ['linux', 'EPERM', 99, 1, true],
];
for (const [platform, code, refusals, attempts, fails] of CASES) {
  file(`is tried ${attempts} times on ${platform} where ${refusals} attempts end with ${code}`, async () => {
    let tried = 0;
    const write = async (): Promise<void> => {
      tried += 1;
      if (tried <= refusals) throw Object.assign(new Error(code), { code });
    };
    const failure = await writeWholeFile('a', '', {}, platform, write).then(
      () => null,
      (error: NodeJS.ErrnoException) => error.code,
    );
    assert.equal([tried, failure], [attempts, fails ? code : null]);
  });
}

file.run();
