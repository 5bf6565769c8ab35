import { Command, Option } from 'clipanion';
import { listToJson, renderList } from '../output/list.ts';
import { painter } from '../output/style.ts';
import { sideBySide } from '../status/side-by-side.ts';
import { KtCommand } from './kt-command.ts';

export class ListCommand extends KtCommand {
  static override paths = [['list']];
  static override usage = Command.Usage({
    description: 'show the buckets here and on the server side by side',
    details:
      'For each bucket: its device, how many events are here and on the server, the last event, ' +
      'and whether both sides are in step, or how far one is behind.',
    examples: [
      ['A table', '$0 list'],
      ['For a script', '$0 list --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const { config } = this.readCompleteConfig();
    const rows = await sideBySide(this.context, config);
    this.write(this.json ? `${listToJson(rows)}\n` : renderList(rows, painter(this.context.stdout, this.context.env)));
    return 0;
  }
}
