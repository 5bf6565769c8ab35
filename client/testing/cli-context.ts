/** A context for tests of the command line: captured streams, its own folder, and the test's own ports. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '../cli.ts';
import { processContext, type KtContext } from '../context.ts';
import { clock, random } from './laptop.ts';

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type CliTrial = {
  /** The folder used as the user's home. */
  readonly home: string;
  readonly configPath: string;
  readonly stateDir: string;
  /** Runs a command line; `context` replaces parts of what it gets. */
  run(args: string, context?: Partial<KtContext>): Promise<Ran>;
  close(): void;
};

/** What was written: newer versions of Node return it chunk by chunk. */
const readAll = (stream: PassThrough): string => {
  let text = '';
  for (let chunk: unknown; (chunk = stream.read()) !== null; ) text += String(chunk);
  return text;
};

export const openCliTrial = (ports: Partial<KtContext>): CliTrial => {
  const home = mkdtempSync(join(tmpdir(), 'kt-cli-'));
  const configPath = join(home, 'config', 'config.toml');
  const stateDir = join(home, 'state');
  const env = { HOME: home, KT_CLIENT_CONFIG: configPath, KT_CLIENT_STATE_DIR: stateDir };
  return {
    home,
    configPath,
    stateDir,
    async run(args, context = {}) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const bare: Partial<KtContext> = {
        clock,
        random,
        asker: null,
        self: 'kt-client',
        tryStream: async () => 1n,
        openBrowser: async () => false,
        where: {
          platform: 'linux',
          home,
          folder: stateDir,
          user: '',
          isExecutable: false,
          command: ['/usr/bin/node', '/kt/client/bin.js'],
          npx: null,
        },
        run: async () => ({ ok: false, output: 'not in a test' }),
      };
      const whole: KtContext = {
        ...processContext('1.2.3'),
        ...bare,
        ...ports,
        ...context,
        env: { ...env, ...context.env },
        stdout,
        stderr,
      };
      const code = await run(args === '' ? [] : args.split(' '), whole);
      return { code, out: readAll(stdout), err: readAll(stderr) };
    },
    close: () => rmSync(home, { recursive: true, force: true }),
  };
};
