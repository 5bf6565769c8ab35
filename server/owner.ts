import { createHash } from 'node:crypto';
import http from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderLock } from '../cli/folder-lock.ts';
import { takeFolder } from '../cli/folder-socket.ts';
import { KtError, type ErrorCode } from '../domain/errors.ts';

/**
 * Who owns a data folder. PGlite does not lock its files, and a second opener corrupts them, so one process owns the
 * folder by listening on a socket in it (cli/folder-socket.ts). Another kt-server command has its work
 * done over the same socket.
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
export type OtherOwner = {
  readonly pid: number;
  readonly url: string | null;
  call(name: string, args: unknown): Promise<unknown>;
};

type Who = { pid: number; url: string | null };

const hashed = (folder: string): string =>
  `kt-server-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;

const LOCK: FolderLock = {
  name: 'lock',
  program: 'kt-server',
  folder: 'data folder',
  another: 'give another --data-dir',
  pipe: hashed,
  older: (folder) => [join(folder, 'owner.sock'), join(tmpdir(), `${hashed(folder)}.sock`)],
};

/** How long an owner may take to say who it is, in ms. */
const PATIENCE = 5_000;

/** Makes this process the folder's owner, or tells who is. Fails with `conflict` where that one does not answer. */
export const claimFolder = async (folder: string): Promise<{ owner: Owner } | { other: OtherOwner }> => {
  for (;;) {
    const { server, owner } = makeOwner();
    const other = await takeFolder(folder, server, LOCK);
    if (!other) return { owner };
    const who = await ask(other.connect, folder);
    if (who) return { other: { ...who, call: (name, args) => call(other.connect, name, args) } };
  }
};

const makeOwner = (): { server: http.Server; owner: Owner } => {
  const me: Who = { pid: process.pid, url: null };
  let handle: CallHandler | undefined;
  const server = http.createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      const text = JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    if (request.url === '/who') return void answer(200, me);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const answerCall = async (): Promise<void> => {
      try {
        if (!handle) throw new KtError('unavailable', 'kt-server is still starting: try again');
        const { name, args } = JSON.parse(Buffer.concat(chunks).toString()) as { name: string; args: unknown };
        answer(200, { result: (await handle(name, args)) ?? null });
      } catch (error) {
        const known =
          error instanceof KtError
            ? error
            : new KtError('internal', 'the running kt-server failed at this: its log says why');
        answer(500, { error: { code: known.code, message: known.message } });
      }
    };
    request.on('end', () => void answerCall());
  });
  const owner: Owner = {
    serve: (handler) => void (handle = handler),
    announce: (url) => void (me.url = url),
    release: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return { server, owner };
};

type Open = () => Socket;

const request = (open: Open, target: string, body?: unknown): Promise<{ status: number; body: unknown }> =>
  new Promise((resolve, reject) => {
    const sent = http.request(
      { createConnection: open, path: target, method: body === undefined ? 'GET' : 'POST' },
      (response) => {
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
      },
    );
    sent.on('error', reject);
    if (target === '/who') sent.setTimeout(PATIENCE, () => sent.destroy(new Error('no answer')));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });

/** Who the owner is; null when it ended meanwhile. */
const ask = async (open: Open, folder: string): Promise<Who | null> => {
  try {
    return (await request(open, '/who')).body as Who;
  } catch (error) {
    if (['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return null;
    throw new KtError(
      'conflict',
      `another kt-server has the data folder ${folder} and does not answer: wait until it does, or end it`,
      {},
      { cause: error },
    );
  }
};

const call = async (open: Open, name: string, args: unknown): Promise<unknown> => {
  let answer: Awaited<ReturnType<typeof request>>;
  try {
    answer = await request(open, '/call', { name, args });
  } catch (error) {
    throw new KtError('unavailable', 'the running kt-server ended meanwhile: try again', {}, { cause: error });
  }
  const { result, error } = answer.body as { result?: unknown; error?: { code: ErrorCode; message: string } };
  if (error) throw new KtError(error.code, error.message);
  return result;
};
