import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'clipanion';
import { KtError } from '../../domain/errors.ts';
import { writeBackup } from '../backup/file.ts';
import { inWords, summaryOf } from '../backup/summary.ts';
import type { Config } from '../config.ts';
import { embeddedFolder, whereIs } from '../storage/open.ts';
import { ServerCommand } from './base.ts';

/** An embedded database that is not there would be made, and an empty one backed up. */
export const mustBeThere = ({ databaseUrl }: Config): void => {
  const folder = embeddedFolder(databaseUrl);
  if (typeof folder === 'string' && !existsSync(join(folder, 'PG_VERSION')))
    throw new KtError('not_found', `there is no database in ${folder}: give the --data-dir that the server has`);
};

export class BackupCommand extends ServerCommand {
  static override paths = [['backup']];
  static override usage = Command.Usage({
    description: 'write all of the database to one file, as it is at this moment',
    details: `
      Works while the server runs, on either engine; "kt-server restore" reads the file into either. It is read back and
      proven before it gets its name. It holds everything that was recorded, and hashes of the API keys: only its owner
      may read it (0600), and so it should stay.
    `,
    examples: [
      ['To a file', 'kt-server backup kt.backup'],
      ['To another machine', 'kt-server backup - | ssh nas "cat > kt.backup"'],
      ['Of a PostgreSQL database', 'kt-server backup kt.backup --database-url postgres://kt@localhost/kt'],
    ],
  });

  file = Option.String({ name: 'file', required: true });
  json = Option.Boolean('--json', false, { description: 'print JSON: file, bytes, made, by, users, events, …' });

  override async execute(): Promise<number> {
    const config = this.settings();
    mustBeThere(config);
    const { openForCommand } = await import('../backend.ts');
    const opened = await openForCommand(config);
    try {
      const begin = async () => ('other' in opened ? opened.other.stream('backup', null) : opened.backups.begin());
      const told = () => this.context.stderr.write(`Database: ${whereIs(config.databaseUrl)}\n`);
      if (this.file === '-') {
        await pipeline(await begin(), this.context.stdout, { end: false });
        told();
        return 0;
      }
      const file = resolve(this.file);
      const { head, digests } = await writeBackup(file, begin);
      told();
      const size = statSync(file).size;
      const summary = summaryOf(digests);
      if (this.json) this.print(JSON.stringify({ file, bytes: size, ...head, ...summary }));
      else
        this.print(
          `${inWords(summary)} in ${this.file} (${(size / 1e6).toFixed(1)} MB), read back and proven.`,
          'It holds all that was recorded, and hashes of the API keys: keep it where nobody else can read it.',
        );
      return 0;
    } finally {
      if (!('other' in opened)) await opened.close();
    }
  }
}
