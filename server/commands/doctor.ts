import { styleText } from 'node:util';
import { Command, Option } from 'clipanion';
import { findingsToJson, renderFindings } from '../../cli/findings.ts';
import { hasColours } from '../../cli/terminal.ts';
import { ServeCommand } from './serve.ts';

export class DoctorCommand extends ServeCommand {
  static override paths = [['doctor']];
  static override usage = Command.Usage({
    description: 'check everything the server needs, and say what is wrong and how to mend it',
    details: `
      Checks the settings file and the data folder (who can read them, and room on the disk), the database (that it
      answers, its version, encoding, migrations and clock, a pooler before it), the port, the public URL, the proxy,
      passkeys (whether they work at the public URL, and those made for a former one), and the provider. Run it with the
      same flags and environment as the server. It changes nothing, and works while the server runs.

      Exit code 0 if there is no problem; warnings do not count as problems.
    `,
    examples: [
      ['What is wrong?', 'kt-server doctor'],
      ['For a script', 'kt-server doctor --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const [{ examine }, { gatherFacts }] = await Promise.all([
      import('../doctor/examine.ts'),
      import('../doctor/facts.ts'), // and with it the database's driver and engine
    ]);
    const findings = examine(await gatherFacts(this.settings(), this.config));
    const isColoured = hasColours(this.context.stdout, this.context.env);
    this.context.stdout.write(
      this.json
        ? `${findingsToJson(findings)}\n`
        : renderFindings(findings, (colour, text) => (isColoured ? styleText(colour, text) : text)),
    );
    return findings.some(({ level }) => level === 'problem') ? 1 : 0;
  }
}
