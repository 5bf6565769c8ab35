/**
 * How this client is started, for every hint that names a command: pasted into a shell, it must start this very client.
 */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Env } from './config/folders.ts';

const NAME = 'kt-client';

const realpath = (path: string): string | null => {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
};

const quoted = (path: string): string => (/^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`);

/**
 * `kt-client` if the PATH leads there, else this file run by Node. Never `npx kt-client`: outside a clone npm would ask
 * its registry for that name and run whatever somebody published there. npx and npm prepend folders of their own to the
 * PATH, which a person's shell does not have.
 */
export const selfName = (bin: string, env: Env, platform: NodeJS.Platform = process.platform): string => {
  const folders = (env['PATH'] ?? env['Path'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder));
  const own = realpath(bin);
  const leadsHere = (folder: string): boolean =>
    platform === 'win32'
      ? existsSync(join(folder, `${NAME}.cmd`))
      : own !== null && realpath(join(folder, NAME)) === own;
  return folders.some(leadsHere) ? NAME : `node ${quoted(bin)}`;
};

/** Text for a person, with the commands in its hints as they are typed here. */
export const asStarted = (text: string, self: string): string =>
  self === NAME ? text : text.replace(/`kt-client(?=[ `])/g, () => `\`${self}`);

/** The same stream, with what is written passed through `asStarted`; a terminal still counts as one. */
export const startedStream = <Stream extends NodeJS.WritableStream>(stream: Stream, self: string): Stream => {
  if (self === NAME) return stream;
  const write = (chunk: string | Uint8Array, ...rest: never[]): boolean =>
    (stream.write as (...args: unknown[]) => boolean).call(
      stream,
      asStarted(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString(), self),
      ...rest,
    );
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(target) : member;
    },
  });
};
