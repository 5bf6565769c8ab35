/**
 * Windows' Task Scheduler, by `schtasks`. Written from Microsoft's pages about the task's XML and about schtasks, and
 * from what others tell of them: no Windows was there to try it on.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KtError } from '../../domain/errors.ts';
import { must, putAndUse, textAt, type Manager, type Program, type Run, type Where } from './manager.ts';

const TASK = 'kt-client';
/** "The task is currently running" as the result of its last run: the column of its state is in the user's language. */
const RUNNING = '267009';

/** Text in XML, in ASCII: then no program can take the file for another encoding. */
const escaped = (text: string): string =>
  text.replace(/[&<>]|[^\x20-\x7e]/gu, (character) => `&#${character.codePointAt(0)};`);

/** A word in a script of cmd, where only a quote would end it. Windows has none in a path. */
const quoted = (word: string): string => {
  if (/["\r\n]/.test(word))
    throw new KtError('invalid', `Windows has no path ${JSON.stringify(word)}: leave the quotes or line breaks out`);
  return `"${word.replaceAll('%', '%%')}"`;
};

/**
 * The script that the task runs: it sets what the program needs of the environment, and writes the log. It is read as
 * UTF-8 from its second line on.
 */
export const taskScript = ({ command, env }: Program, log: string): string =>
  [
    '@chcp 65001 >nul',
    '@rem Written by kt-client: its command "service uninstall" takes it away.',
    ...Object.entries(env).map(([name, value]) => `@set ${quoted(`${name}=${value}`)}`),
    `@${command.map(quoted).join(' ')} 2>>${quoted(log)}`,
    '',
  ].join('\r\n');

/**
 * conhost shows no window for the script: `--headless` is of Windows 10 and later, and in no page of Microsoft's. It
 * takes the words apart and puts them together again, and cmd takes quotes away from a path with one of these signs.
 */
const argumentsOf = (script: string): string => {
  if (/[&<>()@^|%!"]/.test(script))
    throw new KtError('invalid', `the Task Scheduler cannot be given ${script}, for one of & < > ( ) @ ^ | % ! in it`);
  return `--headless cmd.exe /d /c "${script}"`;
};

/**
 * The task: at this user's logon, on battery too, and for as long as it takes. Windows restarts a task that could not
 * be started, and none that ended with an error; so it is started every five minutes, which a running one ignores.
 */
export const taskXml = (script: string, user: string): string => `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>kt-client: syncs ActivityWatch with kt-server</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Repetition><Interval>PT5M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>
      <Enabled>true</Enabled>
      <UserId>${escaped(user)}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${escaped(user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Hidden>true</Hidden>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>3</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>conhost.exe</Command>
      <Arguments>${escaped(argumentsOf(script))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;

/** The fields of a line of CSV as schtasks prints it: all in quotes. */
const fieldsOf = (line: string): string[] => line.trim().slice(1, -1).split('","');

/** Windows' manager for this user. What the task runs is in `path`; what the task is, Windows keeps. */
export const makeTaskScheduler = ({ folder, user }: Where, run: Run): Manager => {
  const path = join(folder, 'kt-client-task.cmd');
  const log = join(folder, 'kt-client.log');
  const end = async () => void (await run('schtasks', ['/End', '/TN', TASK]));
  const remove = async () => void (await run('schtasks', ['/Delete', '/TN', TASK, '/F']));
  const create = async (): Promise<void> => {
    const xml = join(folder, 'kt-client-task.xml');
    try {
      await writeFile(xml, taskXml(path, user));
      await must(run, 'schtasks', '/Create', '/TN', TASK, '/XML', xml, '/F');
    } finally {
      await rm(xml, { force: true });
    }
  };
  return {
    name: 'the Task Scheduler',
    path,
    logHint: `Get-Content -Wait -Tail 20 "${log}" (PowerShell)`,
    isThere: async () => (await run('schtasks', ['/?'])).ok,
    async install(program) {
      const before = await textAt(path);
      const use = async () => {
        await end();
        await create();
        await must(run, 'schtasks', '/Run', '/TN', TASK);
      };
      const settle = async () => {
        if (before === null) await remove();
        else await run('schtasks', ['/Run', '/TN', TASK]);
      };
      await putAndUse(path, taskScript(program, log), use, settle);
    },
    async uninstall() {
      if ((await textAt(path)) === null) return false;
      await end();
      await remove();
      await rm(path, { force: true });
      return true;
    },
    async status() {
      const installed = (await textAt(path)) !== null;
      const { ok, output } = await run('schtasks', ['/Query', '/TN', TASK, '/FO', 'CSV', '/NH', '/V']);
      const [, , , state = 'no such task', , , result] = ok ? fieldsOf(output.trim().split('\n', 1)[0]!) : [];
      return { installed, running: installed && result === RUNNING, detail: state };
    },
  };
};
