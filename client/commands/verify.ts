import { Command, Option } from 'clipanion';
import { withProgress } from '../output/progress.ts';
import { proofToJson, renderProof } from '../output/proof.ts';
import { painter } from '../output/style.ts';
import { runProof } from '../pass.ts';
import { isProven } from '../sync/proof/proof-report.ts';
import { ConfigError } from '../config/config.ts';
import { KtCommand } from './kt-command.ts';

export class VerifyCommand extends KtCommand {
  static override paths = [['verify']];
  static override usage = Command.Usage({
    description: 'compare everything here with everything on the server',
    details: `
      Reads every bucket of this device and every copy of another device's bucket from end to end, and compares each
      day with what the server holds. Events that ended less than an hour ago may still change, so they do not count as
      a difference. Nothing is changed without \`--repair\`.

      With \`--repair\` what differs is sent again, what is no longer here is deleted on the server, and copies get what
      they lack. Deleting more than 100 events of a bucket in a day, more than a quarter of a bucket of more than 20
      events, or any of a bucket that is empty here, looks like an accident: then nothing is deleted unless
      \`--allow-deletes\` is given as well. What is deleted stays in the server's trash for 30 days (\`kt-server
      trash\`). No event is removed from a copy because the server lacks it.

      Exit code 0 only if this device's buckets are the same on both sides and the copies lack nothing.
    `,
    examples: [
      ['Only compare', '$0 verify'],
      ['Repair what differs', '$0 verify --repair'],
      ['The same, after much was deleted here on purpose', '$0 verify --repair --allow-deletes'],
      ['For a script', '$0 verify --json'],
    ],
  });

  repair = Option.Boolean('--repair', false, { description: 'repair what differs' });
  allowDeletes = Option.Boolean('--allow-deletes', false, {
    description: 'with --repair: delete on the server what is no longer here, however much that is',
  });
  json = Option.Boolean('--json', false, { description: 'print the report as JSON' });

  override async execute(): Promise<number> {
    const loaded = this.readCompleteConfig();
    const { context, repair, allowDeletes } = this;
    if (allowDeletes && !repair) throw new ConfigError('--allow-deletes goes with --repair');
    const report = await withProgress(context.stderr, (onProgress) =>
      this.following(loaded, (config) => runProof(context, config, { by: 'verify', repair, allowDeletes, onProgress })),
    );
    this.write(this.json ? `${proofToJson(report)}\n` : renderProof(report, painter(context.stdout, context.env)));
    return isProven(report) ? 0 : 1;
  }
}
