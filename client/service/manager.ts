/** The service manager of this system, as far as kt-client needs one: to start its daemon at login. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeWholeFile } from '../../cli/write-file.ts';
import { KtError } from '../../domain/errors.ts';

/** Runs a program. Returns its output, and whether it exited with 0. */
export type Run = (
  command: string,
  args: readonly string[],
) => Promise<{ readonly ok: boolean; readonly output: string }>;

/** This computer and this installation. */
export type Where = {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** kt-client's own folder, as the platform has it. */
  readonly folder: string;
  /** Who runs us, as Windows writes it (`DOMAIN\\name`); '' elsewhere. */
  readonly user: string;
  /** Whether we are an executable with Node inside. */
  readonly isExecutable: boolean;
  /**
   * How a service starts us: by that executable, or the Node that runs us and our bin; not by npm, which would not pass
   * a signal on.
   */
  readonly command: readonly string[];
  /** The address whose package npx keeps us of, in a cache that it may empty; null where this installation stays. */
  readonly npx: string | null;
};

/** What the service should run. */
export type Program = { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> };

type ServiceState = { readonly installed: boolean; readonly running: boolean; readonly detail: string };

export type Manager = {
  readonly name: string;
  /** The file that describes the service. */
  readonly path: string;
  /** How a person follows its log. */
  readonly logHint: string;
  /** Does it answer on this system, for this user? */
  isThere(): Promise<boolean>;
  /**
   * Writes the file and starts the service, or restarts it. Fails with `unavailable`, and then everything is as before.
   */
  install(program: Program): Promise<void>;
  /** Stops it and removes the file; false if there was none. */
  uninstall(): Promise<boolean>;
  status(): Promise<ServiceState>;
};

const firstLine = (text: string): string => text.trim().split('\n', 1)[0]!.slice(0, 200);

/** Runs a program that must succeed. */
export const must = async (run: Run, command: string, ...args: string[]): Promise<void> => {
  const { ok, output } = await run(command, args);
  if (!ok)
    throw new KtError(
      'unavailable',
      `\`${[command, ...args].join(' ')}\` failed (${firstLine(output) || 'no output'})`,
    );
};

export const textAt = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
};

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeWholeFile(path, text, { mode: 0o600 });
};

/** Writes a file and has the manager use it. If that fails the file is restored, and `settle` is called. */
export const putAndUse = async (
  path: string,
  text: string,
  use: () => Promise<void>,
  settle: () => Promise<void>,
): Promise<void> => {
  const before = await textAt(path);
  try {
    await put(path, text);
    await use();
  } catch (error) {
    await (before === null ? rm(path, { force: true }) : put(path, before)).catch(() => undefined);
    await settle();
    if (error instanceof KtError) throw error;
    throw new KtError(
      'unavailable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code}): check the folder's owner and mode`,
    );
  }
};
