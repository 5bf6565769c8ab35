/** macOS ends a program for its arm64 that nobody signed. An ad-hoc signature, which names nobody, is enough. */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isSigned } from './executable-format.ts';

/** Programs that sign a Mach-O file so, with what they are given before its path: Apple's, and one for any system. */
const SIGNERS: readonly (readonly [command: string, ...args: string[]])[] = [
  ['codesign', '--force', '--sign', '-'],
  ['rcodesign', 'sign'],
];

/** Signs a Mach-O file by the first of these programs that is there; false where none is, or did. */
export const signAdHoc = async (file: string): Promise<boolean> => {
  for (const [command, ...args] of SIGNERS) {
    const { error, status } = spawnSync(command, [...args, file], { stdio: ['ignore', 'ignore', 'pipe'] });
    if (error === undefined && status === 0) return isSigned(await readFile(file));
  }
  return false;
};
