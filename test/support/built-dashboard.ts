import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** The script of the page that `builtDashboard` makes. */
export const SCRIPT = 'start()\n'.repeat(100);

/** A folder like the one that the dashboard is built into, with one script. The caller removes it. */
export const builtDashboard = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-dashboard-'));
  mkdirSync(join(folder, 'app'));
  const page = '<!doctype html><base href="./" /><script type="module" src="./app/index-Bx1_0kQz.js"></script>';
  writeFileSync(join(folder, 'index.html'), page);
  const file = join(folder, 'app', 'index-Bx1_0kQz.js');
  writeFileSync(file, SCRIPT);
  writeFileSync(`${file}.br`, brotliCompressSync(SCRIPT));
  writeFileSync(`${file}.gz`, gzipSync(SCRIPT));
  return folder;
};
