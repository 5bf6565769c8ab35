import { Command, Option } from 'clipanion';
import { VERSION } from '../../cli/version.ts';
import { KtError } from '../../domain/errors.ts';
import type { Migration } from '../storage/migrate.ts';
import { ServerCommand } from './base.ts';

/** What the command works with. Loaded when it runs: a database's driver and engine take a while. */
const parts = async () => ({
  ...(await import('../look.ts')),
  ...(await import('../storage/facts.ts')),
  ...(await import('../storage/migrate.ts')),
});

export class MigrateCommand extends ServerCommand {
  static override paths = [['migrate']];
  static override usage = Command.Usage({
    description: 'bring the database up to this version, as a start does',
    details: `
      For a database that is to be ready before the server starts, or to see what a new version would do to it. The SQL
      goes to stdout with --dry-run, and nothing is changed or made. Rows that are carried over in pages take a while:
      how far it is goes to stderr, and if it is ended in the middle, the next run or start goes on from there. A
      running server on the embedded database has migrated it already.
    `,
    examples: [
      ['What would run', 'kt-server migrate --dry-run'],
      ['Before a new version starts', 'kt-server migrate --database-url postgres://kt@localhost/kt'],
    ],
  });

  dryRun = Option.Boolean('--dry-run', false, { description: 'print what would run, and change nothing' });
  json = Option.Boolean('--json', false, {
    description: 'print JSON: applied (a number), rowsToCarry, pending (name, sql, pages)',
  });

  override async execute(): Promise<number> {
    const config = this.settings();
    const { factsOf, lookAtDatabase, migrate, pendingAfter, unmigrated } = await parts();
    const { facts, running } = await lookAtDatabase(config);
    const applied = facts?.migrations ?? [];
    const pending = await pendingAfter(applied, VERSION);
    if (!this.dryRun && pending.length > 0) {
      if (running)
        throw new KtError(
          'conflict',
          `the running kt-server (process ${running.pid}) is of an older version: restart it, and it migrates`,
        );
      const run = async (database: Parameters<typeof migrate>[0]) => {
        await migrate(database, undefined, {
          version: VERSION,
          tell: (line) => this.context.stderr.write(`${line}\n`),
        });
        return factsOf(database);
      };
      await unmigrated(config, run, true);
    }
    const rowsToCarry = facts?.rowsToCarry ?? 0;
    if (this.json) this.print(JSON.stringify({ applied: applied.length, rowsToCarry, pending: pending.map(asJson) }));
    else if (pending.length === 0) this.print(`Nothing to do: all ${applied.length} migrations are applied.`);
    else if (this.dryRun) {
      for (const { name, sql, pages } of pending) {
        if (pages !== undefined) this.print(`-- ${name}, before it, until it gives 0 rows`, pages.trimEnd(), '');
        this.print(`-- ${name}`, sql.trimEnd(), '');
      }
      if (rowsToCarry > 0)
        this.context.stderr.write(
          `${rowsToCarry.toLocaleString('en')} rows would be carried over in pages: keep as much room free.\n`,
        );
      this.context.stderr.write(
        `${pending.length} would run, ${applied.length} are applied already. Nothing was changed.\n`,
      );
    } else this.print(...pending.map(({ name }) => `Applied ${name}`));
    return 0;
  }
}

const asJson = ({ checksum: _, ...migration }: Migration): Omit<Migration, 'checksum'> => migration;
