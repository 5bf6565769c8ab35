import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Command, Option } from 'clipanion';
import { KtError } from '../../../domain/errors.ts';
import type { Ask } from '../../backend.ts';
import { ServerCommand } from '../base.ts';

export class UsersExportCommand extends ServerCommand {
  static override paths = [['users', 'export']];
  static override usage = Command.Usage({
    description: 'write all that is a user’s into one file of JSON',
    details: `
      Buckets with their events in ActivityWatch's export format, which every server of it imports; beside them the
      account, its devices, settings, and what there is to know of its keys, which lets nobody in. What lies in the
      trash is not in it. Works while the server runs; what is written meanwhile may be in it or not.
    `,
    examples: [
      ['Into a file', 'kt-server users export you@example.org you.json'],
      ['Compressed', 'kt-server users export you@example.org - | gzip > you.json.gz'],
    ],
  });

  email = Option.String({ name: 'email', required: true });
  file = Option.String({ name: 'file', required: true });

  override async execute(): Promise<number> {
    let events = 0;
    const { withAsk } = await import('../../backend.ts'); // and with it the database's driver and engine
    await withAsk(this.settings(), { hostname: hostname(), now: () => new Date() }, async (ask) => {
      const pieces = accountPieces(ask, this.email, (count) => (events += count));
      if (this.file === '-') await this.toStdout(pieces);
      else await toFile(this.file, pieces);
    });
    this.context.stderr.write(`Exported ${this.email} with ${events} events.\n`);
    return 0;
  }

  private async toStdout(pieces: AsyncGenerator<string>): Promise<void> {
    const { stdout } = this.context;
    for await (const piece of pieces) if (!stdout.write(piece)) await once(stdout, 'drain');
  }
}

/** The file in pieces: of a page of events at most, and never all of it. */
async function* accountPieces(ask: Ask, email: string, count: (events: number) => void): AsyncGenerator<string> {
  const { owner, buckets, ...rest } = await ask('exportHead', { email });
  yield '{"buckets":{';
  for (const [i, { number, facts, kt }] of buckets.entries()) {
    const { device, bucketId } = kt;
    const all = device === null ? facts : { ...facts, kt: { device, bucketId } };
    yield `${i === 0 ? '' : ',\n'}${JSON.stringify(facts.id)}:${JSON.stringify(all).slice(0, -1)},"events":[`;
    let isFirst = true;
    for (let after: Parameters<typeof nextPage>[3] = null; ; isFirst = false) {
      const page = await nextPage(ask, owner, { number, id: facts.id }, after);
      if (page.events.length > 0)
        yield (isFirst ? '' : ',') + page.events.map((event) => JSON.stringify(event)).join(',');
      count(page.events.length);
      after = page.after;
      if (after === null) break;
    }
    yield ']}';
  }
  yield `},\n${JSON.stringify(rest).slice(1)}\n`;
}

const nextPage = async (
  ask: Ask,
  owner: { account: number; userId: string },
  bucket: { number: number; id: string },
  after: { startUs: string; durationNs: string; id: number } | null,
) => {
  const page = await ask('exportEvents', { owner, bucket, after });
  // Half of a bucket must not look like the whole.
  if (!page) throw new KtError('not_found', `bucket ${JSON.stringify(bucket.id)} was deleted meanwhile: export again`);
  return page;
};

/** Written beside its place and put there when it is whole; for its owner's eyes. */
const toFile = async (path: string, pieces: AsyncGenerator<string>): Promise<void> => {
  const part = `${path}.part`;
  const made = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'is there already: give another name' : `can not be made (${error.code})`;
    throw new KtError('invalid', `${path} ${why}`);
  });
  await made.close();
  try {
    const file = await open(part, 'w', 0o600);
    try {
      for await (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    await rm(path, { force: true });
    throw error;
  }
};
