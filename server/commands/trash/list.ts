import { Command } from 'clipanion';
import { aligned } from '../../../cli/table.ts';
import { shownDate } from '../shown-date.ts';
import { TrashCommand } from '../trash-command.ts';

export class TrashListCommand extends TrashCommand {
  static override paths = [['trash', 'list']];
  static override usage = Command.Usage({
    description: 'list what syncs deleted in the last 30 days',
    details:
      'A line per bucket; with --bucket, its 100 newest events. GraphQL (`Bucket.trash`) has all of ' +
      'them. Works while the server runs.',
    examples: [
      ['What there is', 'kt-server trash list --email you@example.org'],
      ['Of one bucket', 'kt-server trash list --email you@example.org --bucket aw-watcher-window_den'],
    ],
  });

  override async execute(): Promise<number> {
    const { buckets, events } = await this.accounts('listTrash', this.place);
    if (this.json) {
      this.print(JSON.stringify(this.bucket === undefined ? buckets : events));
      return 0;
    }
    if (buckets.length === 0) this.print('The trash is empty.');
    else if (this.bucket === undefined) {
      const rows = buckets.map(({ bucket, events: count, oldest, newest }) => [
        JSON.stringify(bucket),
        String(count),
        shownDate(oldest),
        shownDate(newest),
      ]);
      this.print(...aligned([['BUCKET', 'EVENTS', 'FIRST DELETED', 'LAST DELETED'], ...rows]));
    } else {
      const rows = events.map(({ timestamp, duration, data, trashed }) => [
        timestamp,
        String(duration),
        shownDate(trashed),
        JSON.stringify(data),
      ]);
      this.print(...aligned([['START', 'SECONDS', 'DELETED', 'DATA'], ...rows]));
      const more = buckets[0]!.events - events.length;
      if (more > 0) this.print(`… and ${more} more`);
    }
    return 0;
  }
}
