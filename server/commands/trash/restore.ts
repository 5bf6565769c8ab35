import { Command } from 'clipanion';
import { someEvents, TrashCommand } from '../trash-command.ts';

export class TrashRestoreCommand extends TrashCommand {
  static override paths = [['trash', 'restore']];
  static override usage = Command.Usage({
    description: 'put back what syncs deleted',
    details: `
      All of it, or that of one bucket. Events that the bucket has again, with the same start and data, are not
      added twice. The device that no longer has them does not get them back; other devices do. Works while the
      server runs. If it is cut short, run it again.
    `,
    examples: [['Of one bucket', 'kt-server trash restore --email you@example.org --bucket aw-watcher-window_den']],
  });

  override async execute(): Promise<number> {
    const done = await this.accounts('restoreTrash', this.place);
    if (this.json) this.print(JSON.stringify(done));
    else if (done.length === 0) this.print('The trash is empty.');
    else {
      for (const { bucket, restored, present, refused } of done) {
        const rest = [
          ...(present > 0 ? [`${present} not added: the bucket has them already`] : []),
          ...(refused > 0 ? [`${refused} still in the trash: too many events start in their millisecond`] : []),
        ];
        this.print([`${JSON.stringify(bucket)}: ${someEvents(restored)} put back`, ...rest].join('; '));
      }
    }
    return 0;
  }
}
