/**
 * Who has a folder, and what the owner does for others. The owner listens on the folder's socket (folder-socket.ts) and
 * says who it is (`GET /who`); if it takes calls, other processes have their work done there (`POST /call`). HTTP with
 * JSON, or with bytes as they are made.
 */
import http from 'node:http';
import type { Socket } from 'node:net';
import { KtError, type ErrorCode } from '../domain/errors.ts';
import { codeOf, ownerOfFolder, type FolderLock } from './folder-lock.ts';
import { takeFolder } from './folder-socket.ts';

/** Answers what JSON can say, or an async iterable of bytes. */
type CallHandler = (name: string, args: unknown) => Promise<unknown>;
type Bytes = AsyncIterable<Uint8Array>;

export type Owner = {
  /** Takes calls of other processes from now on; until then they are told to try again. */
  serve(handle: CallHandler): void;
  /** The address that the owner serves, told to whoever asks from now on. */
  announce(url: string): void;
  /** Lets the process exit with this still open: a folder that was never released becomes free then. */
  unref(): void;
  release(): Promise<void>;
};

type Who = { pid: number | null; url: string | null };

/** The process that already owns a folder; `pid` is null if it does not answer. */
export type OtherOwner = Readonly<Who> & {
  /** Fails as its handler does, and with `unavailable` if the owner ends meanwhile. */
  call(name: string, args: unknown): Promise<unknown>;
  /** The same of a call that answers bytes. They fail with `unavailable` when they break off. */
  stream(name: string, args: unknown): Promise<Bytes>;
};

/** The outcome of a call. */
type Answer = {
  readonly result?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
};

type Open = () => Socket;

/**
 * How long an owner may take to say who it is, in ms. On a busy machine a server whose database is in its own process
 * was seen to need more than 5 s while two laptops pushed; a dead owner is known at once, by a refused connection.
 */
const ANSWER_MS = 15_000;
/** Most bytes of that answer; a longer one is not from our programs. */
const MAX_WHO = 4_096;

/**
 * Makes this process the folder's owner, or says who is. Fails as `takeFolder` does: with `conflict` for an owner who
 * refuses us.
 */
export const claimFolder = async (
  folder: string,
  lock: FolderLock,
): Promise<{ readonly owner: Owner } | { readonly other: OtherOwner }> => {
  for (;;) {
    const { server, owner } = makeOwner(lock.program);
    const found = await takeFolder(folder, server, lock);
    if (!found) return { owner };
    const other = await meet(found.connect, lock.program);
    if (other) return { other };
  }
};

/** Who has an existing folder; null if nobody does. Fails with `conflict` for an owner who refuses us. */
export const findOwner = async (folder: string, lock: FolderLock): Promise<OtherOwner | null> => {
  for (;;) {
    const found = await ownerOfFolder(folder, lock);
    if (found === 'dead') return null;
    const other = await meet(found.connect, lock.program);
    if (other) return other;
  }
};

const isBytes = (result: unknown): result is Bytes =>
  typeof result === 'object' && result !== null && Symbol.asyncIterator in result;

/** Sends bytes at the pace of who takes them, until they end or nobody does. */
const sendBytes = async (bytes: Bytes, response: http.ServerResponse): Promise<void> => {
  for await (const chunk of bytes) {
    if (response.destroyed) return;
    if (response.write(chunk)) continue;
    await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
};

const makeOwner = (program: string): { server: http.Server; owner: Owner } => {
  const me: Who = { pid: process.pid, url: null };
  let handle: CallHandler | undefined;
  const server = http.createServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/who') return void answer(200, me);
    const chunks: Buffer[] = [];
    const work = async (): Promise<void> => {
      try {
        if (!handle) throw new KtError('unavailable', `${program} is still starting: try again`);
        const { name, args } = JSON.parse(Buffer.concat(chunks).toString()) as { name: string; args: unknown };
        const result = await handle(name, args);
        if (isBytes(result)) await sendBytes(result, response);
        else answer(200, { result: result ?? null });
      } catch (error) {
        if (response.headersSent) return void response.destroy();
        const unknown = () => new KtError('internal', `the running ${program} failed at this: its log says why`);
        const { code, message } = error instanceof KtError ? error : unknown();
        answer(500, { error: { code, message } });
      }
    };
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void work());
  });
  const owner: Owner = {
    serve: (handler) => void (handle = handler),
    announce: (url) => void (me.url = url),
    unref: () => void server.unref(),
    release: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections(); // a caller that keeps its connection must not delay the end
      }),
  };
  return { server, owner };
};

/**
 * Sends a request over a connection of its own and returns the answer's JSON. Fails as the connection or the read does.
 */
const request = (open: Open, path: string, body?: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const isWho = path === '/who';
    const sent = http.request({ createConnection: open, path, method: isWho ? 'GET' : 'POST' }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (isWho && (bytes += chunk.length) > MAX_WHO) sent.destroy(new Error('too long an answer'));
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on('error', reject);
    if (isWho) sent.setTimeout(ANSWER_MS, () => sent.destroy(new Error('no answer')));
    sent.end(isWho ? undefined : JSON.stringify(body));
  });

/** Who an owner says it is; null if it ended meanwhile. */
const ask = async (open: Open): Promise<Who | null> => {
  try {
    const { pid = null, url = null } = (await request(open, '/who')) as Partial<Who>;
    return { pid, url };
  } catch (error) {
    if (['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')) return null;
    // An older kt-client spoke no HTTP: it sent its process id in a line and hung up, often before it was asked. Then
    // it looks like one that ended meanwhile, and is asked again.
    const { rawPacket } = error as { readonly rawPacket?: Buffer };
    return { pid: Number(String(rawPacket ?? '').slice(0, 20)) || null, url: null };
  }
};

const meet = async (open: Open, program: string): Promise<OtherOwner | null> => {
  const who = await ask(open);
  return (
    who && {
      ...who,
      call: (name, args) => call(open, program, name, args),
      stream: (name, args) => stream(open, program, name, args),
    }
  );
};

const ended = (program: string, cause: unknown): KtError =>
  new KtError('unavailable', `the running ${program} ended meanwhile: try again`, {}, { cause });

const call = async (open: Open, program: string, name: string, args: unknown): Promise<unknown> => {
  let answer: Answer;
  try {
    answer = (await request(open, '/call', { name, args })) as Answer;
  } catch (error) {
    throw ended(program, error);
  }
  if (answer.error) throw new KtError(answer.error.code, answer.error.message);
  return answer.result;
};

const stream = (open: Open, program: string, name: string, args: unknown): Promise<Bytes> =>
  new Promise((resolve, reject) => {
    const sent = http.request({ createConnection: open, path: '/call', method: 'POST' }, (response) => {
      const bytes = (async function* () {
        try {
          yield* response as Bytes;
        } catch (error) {
          throw ended(program, error);
        }
      })();
      if (response.statusCode === 200) return resolve(bytes);
      const refused = async (): Promise<void> => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of bytes) chunks.push(chunk);
        const { error } = JSON.parse(Buffer.concat(chunks).toString()) as Required<Answer>;
        throw new KtError(error.code, error.message);
      };
      refused().catch(reject);
    });
    sent.on('error', (error) => reject(ended(program, error)));
    sent.end(JSON.stringify({ name, args }));
  });
