import { Command, Option } from 'clipanion';
import { KtError } from '../../domain/errors.ts';
import { embeddedFolder } from '../storage/open.ts';
import { ServerCommand } from './base.ts';

export class SqlRoleCommand extends ServerCommand {
  static override paths = [['sql-role']];
  static override usage = Command.Usage({
    description: 'let a role of PostgreSQL read the views of schema report: one account, or all',
    details: `
      For Grafana, Metabase, psql and their like (docs/sql.md). Makes the role, unless it is there, and the views, and
      prints only the role's password on stdout: it is shown this once. The role reads, and writes nothing; which rows
      it sees PostgreSQL itself decides. Done again it changes nothing. Works while the server runs. PostgreSQL 15 or
      newer; the embedded database has no roles.
    `,
    examples: [
      ['One account', 'kt-server sql-role grafana --email you@example.org'],
      ['All accounts', 'kt-server sql-role metabase --all'],
      ['No access any more', 'kt-server sql-role grafana --drop'],
    ],
  });

  name = Option.String({ name: 'name', required: true });
  email = Option.String('--email', { description: 'e-mail address of the user whose account it sees' });
  all = Option.Boolean('--all', false, { description: 'it sees every account' });
  drop = Option.Boolean('--drop', false, { description: 'take the access away, and drop the role' });
  json = Option.Boolean('--json', false, {
    description:
      'print JSON: role, email (null: all), database, schema, made, changed, password; with --drop role, kept',
  });

  override async execute(): Promise<number> {
    if ([this.email !== undefined, this.all, this.drop].filter(Boolean).length !== 1)
      throw new KtError('invalid', 'say what it is for: one of --email ADDRESS, --all and --drop');
    if (embeddedFolder(this.settings().databaseUrl) !== undefined)
      throw new KtError(
        'invalid',
        'the embedded database has no roles, because it runs inside of kt-server and nothing else can connect to it: ' +
          '"kt-server move" takes everything to PostgreSQL',
      );
    const tell = (line: string): unknown => this.context.stderr.write(`${line}\n`);
    if (this.drop) {
      const gone = await this.accounts('dismissRole', { role: this.name });
      if (this.json) this.print(JSON.stringify(gone));
      else if (gone.kept === null) tell(`The role ${gone.role} is gone.`);
      else tell(`The role ${gone.role} sees nothing here any more. It is still there: ${gone.kept}.`);
      return 0;
    }
    const given = await this.accounts('admitRole', { role: this.name, email: this.email ?? null });
    const { role, database, schema } = given;
    const what = given.email === null ? 'all accounts' : `the account ${given.email}`;
    if (this.json) {
      this.print(JSON.stringify(given));
      return 0;
    }
    if (given.password !== null) this.print(given.password);
    if (!given.changed) tell(`The role ${role} sees ${what} already: nothing was changed.`);
    else if (given.made) tell(`Made the role ${role}, which sees ${what}. Above is its password, shown this once.`);
    else tell(`The role ${role}, which was there, sees ${what} now. Its password is what it was.`);
    tell(`Views: ${schema}.devices, .buckets, .events and .daily in the database ${database}.`);
    tell(`Try: psql -h HOST -U ${role} ${database} -c 'select * from ${schema}.buckets'`);
    return 0;
  }
}
