import { join, resolve } from 'node:path';
import { Command, Option } from 'clipanion';
import { KtError } from '../../domain/errors.ts';
import { inWords, summaryOf } from '../backup/summary.ts';
import type { Config } from '../config.ts';
import { embeddedFolder, whereIs } from '../storage/open.ts';
import { mustBeThere } from './backup.ts';
import { ServerCommand } from './base.ts';

/** The settings of where it goes: a URL of PostgreSQL's, or a data folder. */
const targetOf = (config: Config, to: string): Config => {
  if (/^postgres(ql)?:\/\//.test(to)) return { ...config, databaseUrl: to, databaseDirectUrl: '' };
  if (to === '' || /^\w+:/.test(to))
    throw new KtError('invalid', '--to must be a URL that begins with postgres://, or a data folder');
  const dataDir = resolve(to);
  return { ...config, dataDir, databaseUrl: `pglite:${join(dataDir, 'database')}`, databaseDirectUrl: '' };
};

export class MoveCommand extends ServerCommand {
  static override paths = [['move']];
  static override usage = Command.Usage({
    description: 'copy the whole database to the other engine, or to another place',
    details: `
      Without a file between. Stop the server first: what clients wrote meanwhile would stay behind. The target must
      hold nothing but what a first start makes; what was copied is read again and compared before it counts. The
      source stays as it is.
    `,
    examples: [
      ['From the data folder to PostgreSQL', 'kt-server move --to postgres://kt@localhost/kt'],
      ['And back', 'kt-server move --database-url postgres://kt@localhost/kt --to /srv/kt'],
    ],
  });

  to = Option.String('--to', { required: true, description: 'postgres://… or a data folder' });
  json = Option.Boolean('--json', false, { description: 'print JSON: from, to, users, events, …' });

  override async execute(): Promise<number> {
    const config = this.settings();
    const target = targetOf(config, this.to);
    const [from, to] = [whereIs(config.databaseUrl), whereIs(target.databaseUrl)];
    if (config.databaseUrl === target.databaseUrl) throw new KtError('invalid', `the database is at ${to} already`);
    mustBeThere(config);
    const { openStopped } = await import('../backend.ts');
    const { copyDatabase } = await import('../backup/copy.ts');
    const source = await openStopped(config);
    try {
      const there = await openStopped(target);
      try {
        const summary = summaryOf(await copyDatabase(source.database, there.database));
        const next =
          embeddedFolder(target.databaseUrl) === undefined ? `--database-url ${to}` : `--data-dir ${target.dataDir}`;
        if (this.json) this.print(JSON.stringify({ from, to, ...summary }));
        else
          this.print(
            `Copied ${inWords(summary)} from ${from} to ${to}. Proven: every digest is the same on both sides.`,
            `Start kt-server with ${next} from now on, and not on the old database again.`,
          );
        return 0;
      } finally {
        await there.close();
      }
    } finally {
      await source.close();
    }
  }
}
