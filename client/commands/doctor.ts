import { Command, Option } from 'clipanion';
import { examine } from '../doctor/examine.ts';
import { gatherFacts } from '../doctor/facts.ts';
import { findingsToJson, renderFindings } from '../../cli/findings.ts';
import { painter } from '../output/style.ts';
import { KtCommand } from './kt-command.ts';

export class DoctorCommand extends KtCommand {
  static override paths = [['doctor']];
  static override usage = Command.Usage({
    description: 'check everything a sync needs, and say what is wrong and how to fix it',
    details: `
      Checks the configuration file, the local aw-server and its key, kt-server and the key for it, both clocks, this
      device, other sync systems, events from the future, and whether the daemon runs. It changes nothing.

      Exit code 0 if there is no problem; warnings do not count as problems.
    `,
    examples: [
      ['What is wrong?', '$0 doctor'],
      ['For a script', '$0 doctor --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const findings = examine(await gatherFacts(this.context, this.readConfig()));
    this.write(
      this.json
        ? `${findingsToJson(findings)}\n`
        : renderFindings(findings, painter(this.context.stdout, this.context.env)),
    );
    return findings.some(({ level }) => level === 'problem') ? 1 : 0;
  }
}
