import { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { lost } from '../lost.ts';
import { hasEnded } from './end-whole.ts';
import { ENTRY } from './entry-url.ts';
import type { FromEngine, ToEngine } from './messages.ts';

/** How V8 is to use the memory of a process with this engine; said when there is one, not where PostgreSQL is. */
const saveMemory = (): void => {
  // It optimizes WebAssembly in as many tasks at once as it has threads, and what each took stays with its thread. One
  // at a time leaves the engine as fast after a minute, and the process takes 50 to 60 MB less after its first start
  // (Node 20.20, 2 cores, November 2026).
  setFlagsFromString('--wasm-num-compilation-tasks=1');
  // It lets the heap double before it collects, and with it the engine's replies, which lie beside the heap: the most
  // that a process with 545,000 events took was 539 MB, and so it is 424. At 20 % it marked the whole heap twice a
  // second, and 32 watchers sent at 0.85 of the rate.
  setFlagsFromString('--heap-growing-percent=50');
};

/**
 * What the thread makes is copies of replies, outside of its heap: with more room for young objects the process takes
 * 25 MB more, and is no faster.
 */
const YOUNG = { maxYoungGenerationSizeMb: 4 };

/** Who waits for a reply. */
type Waiting = {
  readonly take: (piece: Buffer) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
};

/**
 * The embedded engine, in a thread of its own: a statement of it takes as long as it takes, and the server's thread
 * goes on with other requests (docs/decisions/0014-the-engine-has-a-thread.md). It is one session, and holds no lock of
 * its own: see pool.ts.
 */
export class Engine {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  /** What everybody is told who asks when it is over. */
  #over: (() => Error) | null = null;
  #closed: (() => void) | null = null;

  private constructor(folder: string | null, opened: (error: Error | null) => void, ended: (why: string) => void) {
    saveMemory();
    // Without this process's own flags: the entry loads tsx itself, and the debugger's port is in use.
    const worker = new Worker(ENTRY, { workerData: { folder }, execArgv: [], resourceLimits: YOUNG });
    this.#worker = worker;
    let open = false;
    const end = (error: Error): void => {
      if (this.#over) return;
      const why = error.message;
      this.#end(() => hasEnded(why));
      if (open) ended(why);
      else opened(error);
    };
    worker.on('message', (message: FromEngine) => {
      if (message.kind === 'piece') this.#take(message.bytes, message.last);
      else if (message.kind === 'failed') this.#next()?.reject(new Error(message.message));
      else if (message.kind === 'ended') end(new Error(message.why));
      else if (message.kind === 'closed') this.#closed?.();
      else if (message.kind === 'refused') end(Object.assign(new Error(message.message), { code: message.code }));
      else {
        open = true;
        worker.unref();
        opened(null);
      }
    });
    worker.on('error', (error) => end(error));
    worker.on('exit', () => {
      end(new Error('its thread is gone'));
      this.#closed?.();
    });
  }

  /**
   * Opens the engine over the database in `folder`, which is there, or over a new one in memory. `ended` is called once
   * when it ended in the middle of its work. Fails as the file system or the engine does.
   */
  static async open(folder: string | null, ended: (why: string) => void): Promise<Engine> {
    let engine: Engine;
    const error = await new Promise<Error | null>((resolve) => (engine = new Engine(folder, resolve, ended)));
    if (!error) return engine!;
    await engine!.#worker.terminate();
    throw error;
  }

  /** Whether it can be asked. */
  get alive(): boolean {
    return this.#over === null;
  }

  /**
   * Sends messages of PostgreSQL's protocol that end in a sync or are one query; `take` gets the reply in parts, which
   * may end anywhere. Whoever asks first is answered first. The bytes are given away. Fails with `unavailable` once the
   * engine has ended, and as a lost connection does once it is closed.
   */
  ask(bytes: Uint8Array<ArrayBuffer>, take: (piece: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over());
      // Only who waits keeps the process alive.
      if (this.#waiting.push({ take, resolve, reject }) === 1) this.#worker.ref();
      this.#send(bytes, [bytes.buffer]);
    });
  }

  /**
   * Closes the database, unless it is to stay as after a crash, and ends the thread. Everybody must have been answered.
   */
  async close(properly: boolean): Promise<void> {
    if (properly && !this.#over) {
      const closed = new Promise<void>((resolve) => {
        this.#closed = resolve;
      });
      this.#worker.ref();
      this.#send(null);
      await closed;
    }
    this.#end(() => lost('the embedded database is closed'));
    await this.#worker.terminate();
  }

  #send(message: ToEngine, handOver: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, handOver);
  }

  #take(bytes: Uint8Array<ArrayBuffer>, last: boolean): void {
    const [first] = this.#waiting;
    try {
      if (bytes.byteLength > 0) first?.take(Buffer.from(bytes.buffer));
    } catch (error) {
      first?.reject(error as Error);
    }
    if (last) this.#next()?.resolve();
  }

  #next(): Waiting | undefined {
    const first = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    return first;
  }

  #end(over: () => Error): void {
    this.#over = over;
    for (const { reject } of this.#waiting.splice(0)) reject(over());
    this.#worker.unref();
  }
}
