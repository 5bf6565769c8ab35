import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, linkSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KtError, type ErrorCode } from '../domain/errors.ts';

/**
 * Who owns a data folder. PGlite does not lock its files, and a second opener corrupts them, so one process owns the
 * folder by listening on a socket in it. The lock dies with its owner, however it ends; and another kt-server command has
 * its work done over the same socket.
 */
export type Owner = {
  /** Takes calls of other processes from now on; until then they are told to come again. */
  serve(handle: CallHandler): void;
  /** Told to whoever asks who is here: the address that the owner serves, once it does. */
  announce(url: string): void;
  release(): Promise<void>;
};
export type CallHandler = (name: string, args: unknown) => Promise<unknown>;

/** The process that owns the folder already. */
export type OtherOwner = { readonly pid: number; readonly url: string | null; call(name: string, args: unknown): Promise<unknown> };

type Who = { pid: number; url: string | null; nonce: string };

/** Node cuts socket paths at the kernel's 107 bytes without a word; a longer one becomes a short name of the same folder. */
const socketPath = (folder: string): string => {
  const tag = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\kt-server-${tag}`;
  const inFolder = join(folder, 'owner.sock');
  return Buffer.byteLength(inFolder) <= 100 ? inFolder : join(tmpdir(), `kt-server-${tag}.sock`);
};

/** Makes this process the folder's owner, or tells who is. */
export const claimFolder = async (folder: string): Promise<{ owner: Owner } | { other: OtherOwner }> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = socketPath(folder);
  for (;;) {
    const claimed = await listen(path);
    if (claimed) return { owner: claimed };
    const who = await ask(path);
    if (who) return { other: { ...who, call: (name, args) => call(path, name, args) } };
    await putAside(path);
  }
};

/**
 * Takes a dead owner's socket out of the way. By rename, which is atomic: of two starters that find the same dead socket
 * one might otherwise unlink the fresh socket of the other. Whoever has moved a living one puts it back.
 */
const putAside = async (path: string): Promise<void> => {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another starter was faster
  }
  if (await ask(aside)) {
    try {
      linkSync(aside, path);
    } catch {
      // A third starter listens there by now: it has the folder, and who was moved finds that out when it looks again.
    }
  }
  rmSync(aside, { force: true });
};

const listen = (path: string): Promise<Owner | null> =>
  new Promise((resolve, reject) => {
    const me: Who = { pid: process.pid, url: null, nonce: randomUUID() };
    let handle: CallHandler | undefined;
    const server = http.createServer((request, response) => {
      const answer = (status: number, body: unknown) => {
        const text = JSON.stringify(body);
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      };
      if (request.url === '/who') return void answer(200, me);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        try {
          if (!handle) throw new KtError('unavailable', 'kt-server is still starting: try again');
          const { name, args } = JSON.parse(Buffer.concat(chunks).toString()) as { name: string; args: unknown };
          answer(200, { result: (await handle(name, args)) ?? null });
        } catch (error) {
          const known = error instanceof KtError ? error : new KtError('internal', 'the running kt-server failed at this: its log says why');
          answer(500, { error: { code: known.code, message: known.message } });
        }
      });
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(new KtError('invalid', `the data folder's socket ${path} can not be made (${error.code}): give another --data-dir`, {}, { cause: error }));
    });
    server.listen(path, async () => {
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      // Look again: somebody may have taken the path between our look and our listening.
      const who = await ask(path);
      if (who?.nonce !== me.nonce) {
        server.close();
        return resolve(null);
      }
      resolve({
        serve: (handler) => void (handle = handler),
        announce: (url) => void (me.url = url),
        release: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });

const request = (path: string, target: string, body?: unknown): Promise<{ status: number; body: unknown }> =>
  new Promise((resolve, reject) => {
    const sent = http.request({ socketPath: path, path: target, method: body === undefined ? 'GET' : 'POST', agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });

const ask = async (path: string): Promise<Who | null> => {
  try {
    return (await request(path, '/who')).body as Who;
  } catch {
    return null; // refused or gone: its owner is dead
  }
};

const call = async (path: string, name: string, args: unknown): Promise<unknown> => {
  let answer;
  try {
    answer = await request(path, '/call', { name, args });
  } catch (error) {
    throw new KtError('unavailable', 'the running kt-server ended meanwhile: try again', {}, { cause: error });
  }
  const { result, error } = answer.body as { result?: unknown; error?: { code: ErrorCode; message: string } };
  if (error) throw new KtError(error.code, error.message);
  return result;
};
