/**
 * The file's format, which docs/backup.md describes: lines of JSON. A head, pages of rows, counters, digests, and an
 * end that says how many lines there were and what their SHA-256 is, so that a file that was cut or changed is known.
 */
import { createHash } from 'node:crypto';
import { KtError } from '../../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { COUNTERS, FORMAT, kindsIn, type Counters, type Kind } from '../storage/backup/kinds.ts';
import { CUT, damaged } from './damaged.ts';
import type { Digest } from './digests.ts';
import { asNow } from './earlier.ts';
import { lineOfPage, pageOfLine } from './page-line.ts';
import type { Part } from './parts.ts';

/** Digests in a line. */
const DIGESTS = 1_000;

/** What the first line says: when and by which version the backup was made. */
export type Head = { readonly made: string; readonly by: string };

/** The parts as lines, without line breaks. */
export async function* linesOf(head: Head, parts: AsyncIterable<Part>): AsyncGenerator<string> {
  const sum = createHash('sha256');
  let lines = 0;
  const counted = (line: unknown): string => {
    const text = typeof line === 'string' ? line : JSON.stringify(line);
    sum.update(`${text}\n`);
    lines++;
    return text;
  };
  yield counted({ backup: 'kt-server', format: FORMAT, ...head });
  for await (const part of parts) {
    if ('page' in part) yield counted(lineOfPage(part.page));
    else if ('counters' in part)
      yield counted({
        counters: Object.fromEntries(COUNTERS.map((name) => [name, String(part.counters[name])])),
      });
    else
      for (let from = 0; from < part.digests.length; from += DIGESTS)
        yield counted({ digests: part.digests.slice(from, from + DIGESTS) });
  }
  yield JSON.stringify({ end: { lines, sha256: sum.digest('hex') } });
}

const CHANGED = 'is damaged: it is not what was written';

const parsed = (line: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(line);
    if (isJsonObject(value)) return value;
  } catch {
    // It is told below.
  }
  throw damaged('is damaged: a line of it is not JSON');
};

const headOf = (line: JsonObject): Head & { format: number } => {
  const { backup, format, made, by } = line;
  if (backup !== 'kt-server' || typeof format !== 'number' || typeof made !== 'string' || typeof by !== 'string')
    throw new KtError('invalid', 'this is no backup of kt-server');
  if (!Number.isSafeInteger(format) || format < 1 || format > FORMAT)
    throw new KtError(
      'unsupported',
      `the backup is of format ${format}, and this kt-server reads 1 to ${FORMAT}: ` +
        `restore it with the kt-server that made it (${JSON.stringify(by.slice(0, 40))}) or a newer one`,
    );
  return { made, by, format };
};

const countersOf = (value: unknown): Counters => {
  const counters = COUNTERS.map((name) => {
    const given = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof given !== 'string' || !/^\d{1,15}$/.test(given)) throw damaged(`has no counter of ${name}`);
    return [name, BigInt(given)] as const;
  });
  return Object.fromEntries(counters) as Counters;
};

const isDigest = (value: unknown): value is Digest =>
  isJsonObject(value) && typeof value['kind'] === 'string' && Number.isSafeInteger(value['rows']);

const partOf = (line: JsonObject, kinds: readonly Kind[]): Part => {
  if (typeof line['kind'] === 'string') return { page: pageOfLine(line, kinds) };
  if ('counters' in line) return { counters: countersOf(line['counters']) };
  const { digests } = line;
  if (Array.isArray(digests) && digests.every(isDigest)) return { digests };
  throw damaged(`holds something that this version does not know (${JSON.stringify(Object.keys(line)).slice(0, 60)})`);
};

/** The first line, and the others. */
const beheaded = async (lines: AsyncIterator<string>): Promise<{ text: string; head: Head & { format: number } }> => {
  const { done, value: text } = await lines.next();
  if (done) throw new KtError('invalid', 'this is no backup of kt-server: it is empty');
  return { text, head: headOf(parsed(text)) };
};

/**
 * The parts of a file's lines, `onHead` told of the first; those of an earlier format as they are now. Fails with
 * `invalid` for what no backup is, or one that is cut or damaged: at its end at the latest, so nothing that came out
 * counts before. With `unsupported` for one of a newer format.
 */
export async function* partsOfLines(
  lines: AsyncIterable<string>,
  onHead: (head: Head) => void = () => {},
): AsyncGenerator<Part> {
  const rest = lines[Symbol.asyncIterator]();
  try {
    const { text, head } = await beheaded(rest);
    onHead({ made: head.made, by: head.by });
    const parts = partsBehind(text, { [Symbol.asyncIterator]: () => rest }, kindsIn(head.format));
    yield* head.format === FORMAT ? parts : asNow(parts);
  } finally {
    await rest.return?.(); // whoever reads no further lets go of the file
  }
}

async function* partsBehind(first: string, lines: AsyncIterable<string>, kinds: readonly Kind[]): AsyncGenerator<Part> {
  const sum = createHash('sha256').update(`${first}\n`);
  let seen = 1;
  let ended = false;
  for await (const line of lines) {
    if (ended) throw damaged(CHANGED);
    const value = parsed(line);
    if ('end' in value) {
      const { end } = value;
      ended = true;
      if (!isJsonObject(end) || end['lines'] !== seen || end['sha256'] !== sum.digest('hex')) throw damaged(CHANGED);
      continue;
    }
    sum.update(`${line}\n`);
    seen++;
    yield partOf(value, kinds);
  }
  if (!ended) throw damaged(CUT);
}
