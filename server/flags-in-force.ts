import { resolve } from 'node:path';
import { defaultDataDir, readConfig, type Flags } from './config.ts';
import { embeddedFolder } from './storage/open.ts';
import { isHarmless } from './storage/shown-url.ts';

/** A word quoted for a shell, where it needs quotes. */
export const quoted = (word: string, platform: NodeJS.Platform = process.platform): string => {
  if (/^[\w@%+=:,./\\-]+$/.test(word) && (platform === 'win32' || !word.includes('\\'))) return word;
  return platform === 'win32' ? `"${word.replaceAll('"', '\\"')}"` : `'${word.replaceAll("'", `'\\''`)}'`;
};

/** The flags a command needs to reach the same database as this process, from any shell and folder. */
export type InForce = {
  readonly flags: string[] /** The URL holds a secret, so it is not printed: the variable must be set. */;
  readonly needsDatabaseUrl: boolean;
};

export const flagsInForce = (flags: Flags, env: NodeJS.ProcessEnv): InForce => {
  const { dataDir, databaseUrl } = readConfig(flags, env);
  const found: string[] = [];
  if (flags.config !== undefined) found.push('--config', resolve(flags.config));
  if (dataDir !== resolve(defaultDataDir())) found.push('--data-dir', dataDir);
  // Other commands read what is in the settings file themselves.
  const given = flags.databaseUrl ?? (env['DATABASE_URL'] || undefined);
  const told = given !== undefined && embeddedFolder(databaseUrl) === undefined && isHarmless(databaseUrl);
  if (told) found.push('--database-url', databaseUrl);
  return { flags: found.map((word) => quoted(word)), needsDatabaseUrl: given !== undefined && !told };
};
