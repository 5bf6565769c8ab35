/**
 * Real processes for tests: kt-server, kt-client and the scripted aw-server, each killed with the suite that started
 * it.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const AW = 'test/support/fake-aw/process.ts';

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/**
 * Where `npm test` has put the programs that it bundled (scripts/build/for-tests.ts): they start five times as fast.
 */
const PROGRAMS = process.env['KT_TEST_PROGRAMS'];
const BUNDLES = new Map([
  ['server/bin.js', 'server.js'],
  ['client/bin.js', 'client.js'],
  [AW, 'aw.js'],
]);

/** The arguments with a program's bundle in the place of its source, where there are bundles. */
const bundled = (args: readonly string[]): readonly string[] => {
  const at = args.findIndex((arg) => BUNDLES.has(arg));
  if (PROGRAMS === undefined || at < 0) return args;
  const flags = args.slice(0, at).join(' ').replace('--import tsx', '').split(' ').filter(Boolean);
  return [...flags, join(PROGRAMS, BUNDLES.get(args[at]!)!), ...args.slice(at + 1)];
};

/** A child process, its output so far, and its end. */
export type Running = {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
  /** Waits for a match in stdout (or stderr); fails when the process ends first, and shows its output. */
  says(pattern: RegExp, where?: 'stdout' | 'stderr'): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): Promise<Ended>;
};

/** What one suite starts and creates. Call `close` in its `after`. */
export const makeProcesses = () => {
  const children = new Set<Running>();
  const folders: string[] = [];

  /** Starts a program of any kind, with these options alone. */
  const program = ([file = '', ...args]: readonly string[], options: SpawnOptions): Running => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    const ended = new Promise<Ended>((resolve) => {
      child.on('error', ({ message }) => (output.stderr += message));
      child.on('close', (code, signal) => resolve({ code, signal, ...output }));
    });
    const running: Running = {
      child,
      output,
      ended,
      says: (pattern, where = 'stdout') =>
        new Promise((resolve, reject) => {
          const look = () => {
            const match = pattern.exec(output[where]);
            if (match) resolve(match);
            return match !== null;
          };
          if (look()) return;
          child[where]!.on('data', look);
          void ended.then(
            ({ code }) =>
              look() ||
              reject(new Error(`it ended with ${code} and never said ${pattern}: ${output.stdout}${output.stderr}`)),
          );
        }),
      kill: (signal) => {
        child.kill(signal);
        return ended;
      },
    };
    children.add(running);
    void ended.then(() => children.delete(running));
    return running;
  };

  const start = (given: readonly string[], env: Record<string, string> = {}, cwd = root): Running => {
    const args = bundled(given);
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(KT_|DATABASE_URL|XDG_)/.test(name)),
    );
    return program([process.execPath, ...args], { cwd, env: { ...inherited, ...env } });
  };

  return {
    program,
    start,
    folder: (): string => {
      const folder = mkdtempSync(join(tmpdir(), 'kt-test-'));
      folders.push(folder);
      return folder;
    },
    server: (args: readonly string[], env: Record<string, string> = {}) => start(['server/bin.js', ...args], env),
    client: (args: readonly string[], env: Record<string, string> = {}) => start(['client/bin.js', ...args], env),
    aw: (args: readonly string[]) => start(['--import', 'tsx', AW, ...args]),
    close: async (): Promise<void> => {
      await Promise.all([...children].map((running) => running.kill('SIGKILL')));
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
};

export type Processes = ReturnType<typeof makeProcesses>;

/**
 * A running process's largest resident memory so far, in bytes, as the kernel counts it; null where there is no /proc.
 */
export const peakMemory = ({ child }: Running): number | null => {
  const file = `/proc/${child.pid}/status`;
  if (!existsSync(file)) return null;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
};
