import { Command } from 'clipanion';
import { someEvents, TrashCommand } from '../trash-command.ts';

export class TrashEmptyCommand extends TrashCommand {
  static override paths = [['trash', 'empty']];
  static override usage = Command.Usage({
    description: 'purge what syncs deleted: it can not be put back afterwards',
    details: 'All of it, or that of one bucket. Works while the server runs.',
    examples: [['All of it', 'kt-server trash empty --email you@example.org']],
  });

  override async execute(): Promise<number> {
    const done = await this.accounts('emptyTrash', this.place);
    if (this.json) this.print(JSON.stringify(done));
    else if (done.length === 0) this.print('The trash is empty.');
    else for (const { bucket, purged } of done) this.print(`${JSON.stringify(bucket)}: ${someEvents(purged)} purged`);
    return 0;
  }
}
