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
    description: 'prove that both sides hold the same, bucket by bucket',
    details: `
      Reads every bucket of this device and every copy of another device's from end to end, and compares each day
      with what the server holds. What ended less than an hour ago is moving, and no difference. Nothing is healed
      unless \`--repair\` says so.

      With \`--repair\` what differs is sent again, what is not here any more is deleted on the server, and copies get
      what they lack. More than 100 deletions of one bucket in a day, more than a quarter of one of more than 20
      events, or an empty one, look like an accident: then nothing is deleted unless \`--allow-deletes\` is given as
      well. What is deleted stays in the server's trash for 30 days (\`kt-server trash\`). Nothing leaves a copy for
      being absent on the server.

      Exit code 0 only if this device's buckets are equal on both sides and the copies lack nothing.
    `,
    examples: [
      ['Compare, and heal nothing', '$0 verify'],
      ['Heal what differs', '$0 verify --repair'],
      ['The same where much was deleted here on purpose', '$0 verify --repair --allow-deletes'],
      ['For a script', '$0 verify --json'],
    ],
  });

  repair = Option.Boolean('--repair', false, { description: 'heal what differs' });
  allowDeletes = Option.Boolean('--allow-deletes', false, {
    description: 'with --repair: delete on the server what is not here any more, however much it is',
  });
  json = Option.Boolean('--json', false, { description: 'print the report as JSON' });

  override async execute(): Promise<number> {
    const { config } = this.readCompleteConfig();
    const { context, repair, allowDeletes } = this;
    if (allowDeletes && !repair) throw new ConfigError('--allow-deletes goes with --repair');
    const report = await withProgress(context.stderr, (onProgress) =>
      runProof(context, config, { by: 'verify', repair, allowDeletes, onProgress }),
    );
    this.write(this.json ? `${proofToJson(report)}\n` : renderProof(report, painter(context.stdout, context.env)));
    return isProven(report) ? 0 : 1;
  }
}
