import { Buffer } from 'node:buffer';
import { protocol, type PGlite } from '@electric-sql/pglite';
import type { DiskSpace } from './disk-space.ts';
import { lost } from './lost.ts';
import { mustBeCommitted, mustBeOpen, type Answer, type KnownStatement, type PortEngine } from './port.ts';
import { columnsOf, countIn, rowOf, type Columns } from './port-rows.ts';
import { parameter, type Row } from './port-values.ts';

const { Parser, serialize } = protocol;

/** The parts of the protocol's messages that are read here. */
type Message =
  | { readonly name: 'rowDescription'; readonly fields: readonly { name: string; dataTypeID: number }[] }
  | { readonly name: 'dataRow'; readonly fields: readonly (string | null)[] }
  | { readonly name: 'commandComplete'; readonly text: string }
  | { readonly name: 'noData' | 'error' };

type Answered = { readonly answers: Answer[]; readonly tag: string };

/**
 * A port to the engine in this process. PGlite's own `query` parses and plans each time, and calls the engine five
 * times. This sends bind, execute and sync in one piece, for a statement that the session knows by its name. Answers
 * come by `execProtocolRawStream`: after the other raw calls the engine keeps every message that it parsed as well,
 * until `query` is called again.
 */
export const makePglitePort = (pglite: PGlite, space: DiskSpace): PortEngine => {
  /** What the session has prepared: the columns of each statement's rows. */
  const prepared = new Map<string, Columns>();

  /** One round trip. The caller has the engine to itself. Fails with the first error. */
  const ask = async (frames: readonly Uint8Array[], names: readonly string[]): Promise<Answered> => {
    if (!pglite.ready) throw lost('the embedded database is closed');
    const answers: Answer[] = [];
    let current: Row[] = [];
    let columns: Columns | undefined;
    let failed: unknown;
    let tag = '';
    const take = (message: Message) => {
      switch (message.name) {
        case 'rowDescription':
          columns = columnsOf(message.fields);
          prepared.set(names[answers.length]!, columns);
          break;
        case 'noData':
          prepared.set(names[answers.length]!, []);
          break;
        case 'dataRow':
          columns ??= prepared.get(names[answers.length]!)!;
          current.push(rowOf(columns, message.fields));
          break;
        case 'commandComplete':
          answers.push({ rows: current, count: countIn(message.text) });
          current = [];
          columns = undefined;
          tag = message.text;
          break;
        case 'error':
          failed ??= message;
          break;
        default:
      }
    };
    const parser = new Parser();
    await pglite.execProtocolRawStream(Buffer.concat(frames), {
      syncToFs: false,
      // A copy: the bytes are the engine's, which writes the next ones there, and a message may end in those.
      onRawData: (bytes) => parser.parse(bytes.slice(), (message) => take(message as unknown as Message)),
    });
    if (failed) throw failed;
    return { answers, tag };
  };

  /** A command without rows, by itself. */
  const command = async (text: string): Promise<string> => (await ask([serialize.query(text)], [text])).tag;

  /**
   * Statements of one transaction, if there is none around them: the engine ends it at the sync. With the last one's
   * tag.
   */
  const run = async (statements: readonly KnownStatement[], fresh: boolean): Promise<Answered> => {
    if (fresh) prepared.clear();
    const here = new Set<string>();
    const frames: Uint8Array[] = [];
    for (const { name, text, values = [], writes } of statements) {
      if (writes) space.refuse();
      if (!prepared.has(name) && !here.has(name)) {
        // The session may know the name all the same; closing one that it doesn't know is no error.
        frames.push(serialize.close({ type: 'S', name }), serialize.parse({ name, text }));
        frames.push(serialize.describe({ type: 'S', name }));
        here.add(name);
      }
      frames.push(serialize.bind({ statement: name, values: values.map(parameter) }), serialize.execute({}));
    }
    frames.push(serialize.sync());
    return ask(
      frames,
      statements.map(({ name }) => name),
    );
  };

  // Prisma's transactions hold the first of these locks to their end, so that no statement of ours gets into one.
  // PGlite's `runExclusive` takes only the second, which lets others in between two of a transaction's statements.
  const outside = <T>(work: () => Promise<T>): Promise<T> => pglite._runExclusiveTransaction(work);
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => pglite._runExclusiveQuery(work);

  return {
    each: (statements) =>
      outside(() =>
        exclusively(async () => {
          const settled: PromiseSettledResult<Answer>[] = [];
          for (const statement of statements) {
            const [one] = await Promise.allSettled([run([statement], false)]);
            settled.push(one.status === 'rejected' ? one : { ...one, value: one.value.answers[0]! });
          }
          return settled;
        }),
      ),
    pipeline: (statements, fresh) => outside(() => exclusively(async () => (await run(statements, fresh)).answers)),
    transactionally: (work, fresh) =>
      outside(async () => {
        let begun = false;
        let ended = false;
        try {
          if (fresh) prepared.clear();
          const result = await work((statements, last) =>
            exclusively(async () => {
              mustBeOpen(ended);
              ended = last;
              const { answers, tag } = await run(
                [...(begun ? [] : [BEGIN]), ...statements, ...(last ? [COMMIT] : [])],
                false,
              );
              if (last) mustBeCommitted({ command: tag });
              const own = answers.slice(begun ? 0 : 1, begun ? statements.length : statements.length + 1);
              begun = true;
              return own;
            }),
          );
          if (begun && !ended) mustBeCommitted({ command: await exclusively(() => command('commit')) });
          return result;
        } catch (error) {
          await exclusively(() => command('rollback')).catch(() => {});
          throw error;
        }
      }),
  };
};

const BEGIN: KnownStatement = { name: 'begin', text: 'begin', writes: false };
const COMMIT: KnownStatement = { name: 'commit', text: 'commit', writes: false };
