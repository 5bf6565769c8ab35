import { resolve } from 'node:path';
import { defaultDataDir, readConfig, type Flags } from './config.ts';
import { embeddedFolder } from './storage/open.ts';
import { isHarmless } from './storage/shown-url.ts';

/** A word as a shell reads it back: quoted where it must be. */
export const quoted = (word: string, platform: NodeJS.Platform = process.platform): string => {
  if (/^[\w@%+=:,./\\-]+$/.test(word) && (platform === 'win32' || !word.includes('\\'))) return word;
  return platform === 'win32' ? `"${word.replaceAll('"', '\\"')}"` : `'${word.replaceAll("'", `'\\''`)}'`;
};

/** What a command must be given to mean the same database as this process, in whatever shell and folder it is run. */
export type InForce = {
  readonly flags: string[] /** Its URL holds a secret, so it stays unsaid: the variable must be set. */;
  readonly needsDatabaseUrl: boolean;
};

export const flagsInForce = (flags: Flags, env: NodeJS.ProcessEnv): InForce => {
  const { dataDir, databaseUrl } = readConfig(flags, env);
  const found: string[] = [];
  if (flags.config !== undefined) found.push('--config', resolve(flags.config));
  if (dataDir !== resolve(defaultDataDir())) found.push('--data-dir', dataDir);
  // What the settings file says is found there by the others, too.
  const given = flags.databaseUrl ?? (env['DATABASE_URL'] || undefined);
  const told = given !== undefined && embeddedFolder(databaseUrl) === undefined && isHarmless(databaseUrl);
  if (told) found.push('--database-url', databaseUrl);
  return { flags: found.map((word) => quoted(word)), needsDatabaseUrl: given !== undefined && !told };
};
