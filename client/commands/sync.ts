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
    description: 'push what is new here, and pull what is new on your other devices',
    details: `
      Makes one pass: sends what the local aw-server recorded to kt-server, and fetches what your other devices
      recorded, into buckets named \`<bucket>-synced-from-<hostname>\`. A pass may be stopped at any moment and run
      again.

      A dry run asks the server what a pass would change. It does not show deletions here, nor events that were added
      late: only a proof finds those.

      Each pass also compares a part of what both sides hold: today and yesterday, then the rest from where the last
      pass ended, so that within a day the passes compare everything. What one side lacks is sent or fetched; only a
      whole proof (\`kt-client verify --repair\`, or the daemon's daily one) deletes what is no longer here. The last
      line says what was compared.

      Exit code 0 only if no difference is known; 1 if a bucket is not in step, or a server can't be reached; 2 if the
      command line or the settings are wrong.
    `,
    examples: [
      ['Push and pull', '$0 sync'],
      ['See what would happen', '$0 sync --dry-run'],
      ['Only send what was recorded here', '$0 sync --mode push'],
      ['For a script', '$0 sync --json'],
    ],
  });

  mode = Option.String('--mode', { description: 'what to do: push, pull or both (the default)' });
  json = Option.Boolean('--json', false, { description: 'print the report as JSON' });
  dryRun = Option.Boolean('--dry-run', false, { description: 'show what would be done, and change nothing' });

  override async execute(): Promise<number> {
    const loaded = this.readCompleteConfig({ 'sync.mode': this.mode });
    const report = await withProgress(this.context.stderr, (onProgress) =>
      this.following(
        loaded,
        (config) => runPass(this.context, config, { by: 'sync', dryRun: this.dryRun, onProgress }),
        !this.dryRun,
      ),
    );
    this.write(
      this.json ? `${reportToJson(report)}\n` : renderReport(report, painter(this.context.stdout, this.context.env)),
    );
    return isInStep(report) ? 0 : 1;
  }
}
