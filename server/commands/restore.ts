import { resolve } from 'node:path';
import { Command, Option } from 'clipanion';
import { checkBackup, readBackup } from '../backup/file.ts';
import { inWords, summaryOf } from '../backup/summary.ts';
import { whereIs } from '../storage/open.ts';
import { ServerCommand } from './base.ts';
import { shownDate } from './shown-date.ts';

export class RestoreCommand extends ServerCommand {
  static override paths = [['restore']];
  static override usage = Command.Usage({
    description: 'read a backup into an empty database, of either engine',
    details: `
      All of it or nothing: the file is proven first, and what was restored is read again and compared before it counts.
      The server must not run, and the database must hold nothing but what a first start makes. Keys, devices and
      accounts are those of the backup; clients go on as if nothing had been.
    `,
    examples: [
      ['Into a new data folder', 'kt-server restore kt.backup --data-dir /srv/kt'],
      ['Into PostgreSQL', 'kt-server restore kt.backup --database-url postgres://kt@localhost/kt'],
    ],
  });

  file = Option.String({ name: 'file', required: true });
  json = Option.Boolean('--json', false, { description: 'print JSON: file, made, by, users, events, …' });

  override async execute(): Promise<number> {
    const config = this.settings();
    const file = resolve(this.file);
    const { head } = await checkBackup(file);
    const { openStopped } = await import('../backend.ts');
    const { restore } = await import('../backup/restore.ts');
    const backend = await openStopped(config);
    try {
      const summary = summaryOf(await restore(backend.database, readBackup(file)));
      this.context.stderr.write(`Database: ${whereIs(config.databaseUrl)}\n`);
      if (this.json) this.print(JSON.stringify({ file, ...head, ...summary }));
      else
        this.print(
          `Restored ${inWords(summary)}, as of ${shownDate(head.made)} UTC. ` +
            'Proven: every digest is that of the backup.',
          'The API keys of the backup are in force.',
        );
      return 0;
    } finally {
      await backend.close();
    }
  }
}
