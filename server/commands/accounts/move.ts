import { Command, Option } from 'clipanion';
import { KtError } from '../../../domain/errors.ts';
import { movedUrl } from '../../../domain/moved-url.ts';
import type { Moved, Step } from '../../moving/move-account.ts';
import type { Database } from '../../storage/database.ts';
import { whereIs } from '../../storage/open.ts';
import { mustBeThere } from '../backup.ts';
import { ServerCommand } from '../base.ts';

/** How often is told how far it is, in ms. */
const TOLD_EVERY = 1_000;

const STEPS: Record<Step, string> = {
  copying: 'copying, while it is used',
  leased: 'copying the rest: it is read from, and takes no writes',
  'handed over': 'all is there, and the same: handed over',
  served: 'served there',
  moved: 'its clients are sent on',
};

export class AccountsMoveCommand extends ServerCommand {
  static override paths = [['accounts', 'move']];
  static override usage = Command.Usage({
    description: 'move one account to another database, and send its clients after it',
    details: `
      For accounts spread over several kt-servers, each with a PostgreSQL of its own. Works while both run, on
      PostgreSQL; stop the server first where the account is in a data folder. The other database needs a kt-server of
      this version, and no user of that address.

      The account is copied while it is used; for the rest it takes no writes, which its clients wait for. It is served
      in one place at any moment: until all is there and was compared, here; then there. What is here stays until you
      say --forget. If it is interrupted, run it again: it goes on, or finishes. --cancel calls it off, as long as the
      other server does not serve the account.

      Browsers sign in again at the new address, and roles for SQL are given anew.
    `,
    examples: [
      [
        'To the second cell',
        'kt-server accounts move you@example.org --to postgres://kt@db2/kt --url https://cell2.example',
      ],
      ['Delete what stayed here', 'kt-server accounts move you@example.org --forget'],
    ],
  });

  email = Option.String({ name: 'email', required: true });
  to = Option.String('--to', { description: 'postgres://…, the other kt-server’s database' });
  url = Option.String('--url', { description: 'https://…, where clients reach the other kt-server' });
  cancel = Option.Boolean('--cancel', false, { description: 'call off a move that did not finish' });
  forget = Option.Boolean('--forget', false, { description: 'delete what stays here: at once, or of an earlier move' });
  json = Option.Boolean('--json', false, { description: 'print JSON: id, email, url, rows, leasedMs' });

  override async execute(): Promise<number> {
    const { to } = this;
    const url = this.where();
    const config = this.settings();
    if (to !== undefined && to === config.databaseUrl)
      throw new KtError('invalid', `the account is in the database at ${whereIs(to)} already`);
    mustBeThere(config);
    const { openStopped } = await import('../../backend.ts');
    const { openDatabase } = await import('../../storage/open.ts');
    const source = await openStopped(config);
    try {
      if (to !== undefined) {
        const target = await openDatabase(to);
        try {
          await this.between(source.database, target, url);
        } finally {
          await target.close();
        }
      }
      if (this.forget) {
        const { forgetMoved } = await import('../../moving/move-account.ts');
        const events = await forgetMoved(source.database, this.email);
        this.context.stderr.write(`Deleted what was left here of ${this.email}, with ${events} events.\n`);
      }
      return 0;
    } finally {
      await source.close();
    }
  }

  /** Checks what was asked for; the address for clients, or none where nothing is moved. */
  private where(): string {
    const { to, url, cancel, forget } = this;
    if (to === undefined ? !forget || cancel : !/^postgres(ql)?:\/\//.test(to))
      throw new KtError('invalid', '--to must be a URL that begins with postgres://');
    if (cancel && forget) throw new KtError('invalid', '--cancel and --forget are for different moves: give one');
    if (to === undefined || cancel) return '';
    const found = movedUrl(url ?? '');
    if (found === null)
      throw new KtError(
        'invalid',
        '--url must be where clients reach the other kt-server, like https://cell2.example: they send their keys ' +
          'there, so they take nothing unencrypted, but for this machine',
      );
    return found;
  }

  private async between(source: Database, target: Database, url: string): Promise<void> {
    const { cancelMove, moveAccount } = await import('../../moving/move-account.ts');
    if (this.cancel) {
      await cancelMove(source, target, this.email);
      this.print(`Called off: ${this.email} is served from ${source.where} as before.`);
      return;
    }
    const moved = await moveAccount(source, target, { email: this.email, url, ...this.progress() });
    if (this.json) this.print(JSON.stringify({ ...moved, url }));
    else this.print(...inWords(moved, target.where, url));
  }

  /** Tells on stderr what is done, and about each second how far it is. */
  private progress() {
    const { stderr } = this.context;
    const say = (text: string) => void stderr.write(`${this.email}: ${text}\n`);
    let [table, looked, copied, since, told] = ['', 0, 0, 0, 0];
    return {
      onStep: (step: Step) => say(STEPS[step]),
      onRows: (name: string, more: number, written: number) => {
        const now = performance.now();
        if (name !== table) [table, looked, copied, since, told] = [name, 0, 0, now, now];
        [looked, copied] = [looked + more, copied + written];
        if (now - told < TOLD_EVERY) return;
        told = now;
        const rate = Math.round(looked / ((now - since) / 1000));
        say(`${name}: ${looked.toLocaleString('en')} rows, ${copied.toLocaleString('en')} copied, ${rate}/s`);
      },
    };
  }
}

const inWords = ({ email, rows, leasedMs }: Moved, where: string, url: string): string[] => [
  rows['events'] === undefined
    ? `Finished: ${email} is served from ${where}.`
    : `Moved ${email} to ${where}: ${rows['events'].toLocaleString('en')} events in ${rows['buckets']} buckets, the ` +
      `same on both sides. For ${(leasedMs / 1000).toFixed(1)} s it took no writes.`,
  `Its clients are sent to ${url} from here. What it had here stays until "kt-server accounts move ${email} --forget".`,
];
