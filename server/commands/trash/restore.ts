import { Command } from 'clipanion';
import { someEvents, TrashCommand } from '../trash-command.ts';

export class TrashRestoreCommand extends TrashCommand {
  static override paths = [['trash', 'restore']];
  static override usage = Command.Usage({
    description: 'put back what syncs deleted',
    details: `
      All of it, or of one bucket. It is an import: what is there by start and data is not added. The device
      that no longer has it does not get it back; other devices do. Works while the server runs, and is
      repeated if it is cut short.
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
          ...(present > 0 ? [`${present} not added, being there already`] : []),
          ...(refused > 0 ? [`${refused} without room, still in the trash`] : []),
        ];
        this.print([`${JSON.stringify(bucket)}: ${someEvents(restored)} put back`, ...rest].join('; '));
      }
    }
    return 0;
  }
}
