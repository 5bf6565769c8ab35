import { readConfig } from '../config/config.ts';
import { explain } from '../commands/kt-command.ts';
import { installService, managerOf, stayFirst } from '../service/service.ts';
import type { Place } from './connect.ts';
import type { Asker } from './prompts.ts';

/** Offers to start the daemon at login. If that fails, the setup is still complete. */
export const offerService = async ({ context, say }: Place, asker: Asker, path: string): Promise<void> => {
  const { where, run } = context;
  if (!['linux', 'darwin', 'win32'].includes(where.platform)) return;
  if (where.npx !== null) return say(`To keep it in step by itself: ${stayFirst(where.npx)}\n`);
  const manager = managerOf(where, run);
  if (!(await manager.isThere()))
    return say(
      'To keep it in step by itself, run `kt-client daemon` or let ActivityWatch do so: ' +
        'docs/activitywatch-autostart.md\n',
    );
  if (!(await asker.yes(`Keep it in step by itself: start \`kt-client daemon\` at login, by ${manager.name}?`, true)))
    return;
  try {
    await installService(context, readConfig(context.env, { file: path }));
    say(`It runs now, and will at each login. Its log: ${manager.logHint}\n`);
  } catch (error) {
    context.stderr.write(`kt-client: ${explain(error)}\n`);
  }
};
