import { Command, Option } from 'clipanion';
import { withProgress } from '../output/progress.ts';
import { renderReport, reportToJson } from '../output/report.ts';
import { painter } from '../output/style.ts';
import { runPass } from '../pass.ts';
import { isInStep } from '../sync/report.ts';
import { KtCommand } from './kt-command.ts';

export class SyncCommand extends KtCommand {
  static override paths = [['sync']];
  static override usage = Command.Usage({
    description: 'bring this device and the server together',
    details: `
      One pass: what the local aw-server recorded goes to kt-server, and what your other devices recorded comes down,
      into buckets named \`<bucket>-synced-from-<hostname>\`. A pass may be stopped at any moment and run again.

      A dry run asks the server what a pass would change. Of deletions here, and of events that came late, it tells
      nothing: a proof finds them.

      Each pass also proves a part: it compares today and yesterday on both sides, and goes on through the rest from
      where the last one ended, so that passes alone prove all of it within a day. What it lacks is sent or fetched;
      what is not here any more is deleted by a whole proof alone. The last line says what was compared.

      Exit code 0 only if nothing is known to differ; 1 if a bucket is not in step, or a server can't be reached; 2 if
      kt-client is set up wrongly.
    `,
    examples: [
      ['Push and pull', '$0 sync'],
      ['See what would happen', '$0 sync --dry-run'],
      ['Only send what was recorded here', '$0 sync --mode push'],
      ['For a script', '$0 sync --json'],
    ],
  });

  mode = Option.String('--mode', { description: 'push, pull or both (the default)' });
  json = Option.Boolean('--json', false, { description: 'print the report as JSON' });
  dryRun = Option.Boolean('--dry-run', false, { description: 'tell what would be done, and change nothing anywhere' });

  override async execute(): Promise<number> {
    const { config } = this.readCompleteConfig({ 'sync.mode': this.mode });
    const report = await withProgress(this.context.stderr, (onProgress) =>
      runPass(this.context, config, { by: 'sync', dryRun: this.dryRun, onProgress }),
    );
    this.write(
      this.json ? `${reportToJson(report)}\n` : renderReport(report, painter(this.context.stdout, this.context.env)),
    );
    return isInStep(report) ? 0 : 1;
  }
}
