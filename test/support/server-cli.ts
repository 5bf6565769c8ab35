/** kt-server's command line in this process, with a database of its own: faster than a process for each command. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { runServerCli } from '../../server/cli.ts';
import { newPostgresUrl, testEngine } from './test-database.ts';

/** `pieces` is stdout as it was written. */
type Said = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly pieces: readonly string[];
};
export type ServerCli = {
  readonly folder: string;
  /** The URL of its database, as openDatabase takes it. */
  readonly url: string;
  readonly env: Record<string, string>;
  run(...args: string[]): Promise<Said>;
  /** The same on a terminal, where a person types this line when asked. */
  type(line: string, ...args: string[]): Promise<Said>;
  close(): void;
};

/** A command line whose settings come from `env`, which a test can add to. */
export const openServerCli = async (): Promise<ServerCli> => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-cli-'));
  const postgres = testEngine() === 'postgres' ? await newPostgresUrl() : null;
  const env = { KT_SERVER_DATA_DIR: folder, ...(postgres === null ? {} : { DATABASE_URL: postgres }) };
  const run = async (args: readonly string[], stdin: Readable): Promise<Said> => {
    const [out, err] = [collected(), collected()];
    const code = await runServerCli(args, {
      env,
      stdin: stdin as never,
      stdout: out.stream,
      stderr: err.stream,
      colorDepth: 1,
    });
    return { code, stdout: out.text(), stderr: err.text(), pieces: out.chunks };
  };
  return {
    folder,
    url: postgres ?? `pglite:${join(folder, 'database')}`,
    env,
    run: (...args) => run(args, Readable.from([])),
    type: (line, ...args) => run(args, Object.assign(Readable.from([`${line}\n`]), { isTTY: true })),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};

const collected = () => {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, chunks, text: () => chunks.join('') };
};
