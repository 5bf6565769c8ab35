/**
 * Does what a Dockerfile says, without an engine: the steps run one after the other as they are written, each stage in
 * a folder of its own that stands for `/`. What an engine isolates (mounts, the network, the distribution of the base
 * image) is the machine's here, and the base image has Node and npm as they are here. A step of a kind that is not
 * known here fails.
 */
import { chownSync, copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  DockerfileParser,
  type Copy,
  type Env,
  type From,
  type Instruction,
  type JSONInstruction,
} from 'dockerfile-ast';
import type { Processes } from '../support/processes.ts';

/** Who the image's user is: the numbers of somebody without rights where the tests may become him; else we are. */
type Identity = { readonly uid?: number; readonly gid?: number };
const NOBODY = { uid: 65534, gid: 65534 };
const identityOf = (user: string): Identity => (user !== 'root' && process.getuid?.() === 0 ? NOBODY : {});

/** What was built. Paths are those in the image; `at` says where they are here. */
export type Image = {
  readonly at: (path: string) => string;
  /** The base image, as the Dockerfile names it. */
  readonly base: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  readonly identity: Identity;
  readonly volumes: readonly string[];
  readonly ports: readonly number[];
  readonly stopSignal: NodeJS.Signals;
  readonly healthcheck: readonly string[] | null;
  readonly entrypoint: readonly string[];
};

type Stage = { -readonly [Key in keyof Image]: Image[Key] };
type Build = {
  readonly stages: Map<string, Stage>;
  readonly folder: string;
  readonly context: string;
  readonly processes: Processes;
};
type Step = (stage: Stage, step: Instruction, build: Build) => void | Promise<void>;

const wordsOf = (step: Instruction): string[] => step.getArguments().map((argument) => argument.getValue());

/** A command as a list of words, the only form in which no shell stands between the program and its signals. */
const listOf = (step: Instruction): string[] => {
  const words = (step as JSONInstruction).getJSONStrings().map((word) => word.getJSONValue());
  if (words.length === 0) throw new Error(`${step.toString()}: write it as a JSON list`);
  return words;
};

const flagsOf = (step: Instruction): Map<string, string | null> =>
  new Map((step as JSONInstruction).getFlags().map((flag) => [flag.getName(), flag.getValue()]));

/** Every absolute path in a step's words or script, as it is here. */
export const mapped = (text: string, { at }: Pick<Image, 'at'>): string =>
  text.replace(/(?<=^|[\s=:'"])\/(?!\/)[^\s:'"]*/g, (path) => at(path));

const mappedEnv = (stage: Image): Record<string, string> =>
  Object.fromEntries(Object.entries(stage.env).map(([name, value]) => [name, mapped(value, stage)]));

/** The variables of a process in the image: its own, and the PATH. */
export const envOf = (image: Image): Record<string, string> => ({
  ...mappedEnv(image),
  PATH: `${image.at('/usr/local/bin')}:${process.env['PATH']}`,
});

const from = (step: From, { stages, folder }: Build): Stage => {
  const root = join(folder, `stage-${stages.size}`);
  const at = (path: string): string => join(root, path);
  mkdirSync(at('/usr/local/bin'), { recursive: true });
  try {
    linkSync(process.execPath, at('/usr/local/bin/node'));
  } catch {
    copyFileSync(process.execPath, at('/usr/local/bin/node')); // on another disk, or somebody else's
  }
  const stage: Stage = {
    at,
    base: step.getImage() ?? '',
    env: {},
    workdir: '/',
    user: 'root',
    identity: {},
    volumes: [],
    ports: [],
    stopSignal: 'SIGTERM',
    healthcheck: null,
    entrypoint: [],
  };
  stages.set(step.getBuildStage() ?? String(stages.size), stage);
  return stage;
};

const copy = (stage: Stage, step: Copy, { stages, context }: Build): void => {
  const flags = flagsOf(step);
  const unknown = [...flags.keys()].find((flag) => flag !== 'from' && flag !== 'chown');
  if (unknown !== undefined) throw new Error(`COPY --${unknown} is not known here`);
  const name = flags.get('from');
  const other = name ? stages.get(name) : undefined;
  if (name && !other) throw new Error(`${step.toString()}: there is no stage ${name}`);
  const words = wordsOf(step);
  const target = words.pop()!;
  const to = stage.at(resolve(stage.workdir, target));
  const owner = flags.get('chown')?.split(':')[0];
  for (const word of words) {
    const source = other ? other.at(word) : join(context, word);
    const isFolder = statSync(source).isDirectory();
    const place = isFolder || (words.length === 1 && !/\/$|^\.$/.test(target)) ? to : join(to, basename(source));
    mkdirSync(isFolder ? place : dirname(place), { recursive: true });
    cpSync(source, place, { recursive: true, verbatimSymlinks: true });
    const { uid, gid } = identityOf(owner ?? 'root');
    if (uid === undefined || gid === undefined) continue;
    const inside = isFolder ? (readdirSync(place, { recursive: true }) as string[]) : [];
    for (const path of [place, ...inside.map((entry) => join(place, entry))]) chownSync(path, uid, gid);
  }
};

/** The environment of a step: what npm was told about its cache and its registry, and nothing of who runs us. */
const stepEnv = (): NodeJS.ProcessEnv => {
  const ours = /^(KT_|DATABASE_URL$|NODE_OPTIONS$|npm_(?!config_)|npm_config_(local_|global_)?prefix$)/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  // What an install has fetched before is not asked for again.
  return { ...Object.fromEntries(kept), npm_config_prefer_offline: 'true' };
};

const run: Step = async (stage, step, { processes }) => {
  const mounts = [...flagsOf(step)].filter(([name, value]) => name !== 'mount' || !value?.startsWith('type=cache,'));
  if (mounts.length > 0 || stage.user !== 'root') throw new Error(`${step.toString()}: this is not known here`);
  const env = { ...stepEnv(), ...envOf(stage) };
  const script = mapped(step.getArgumentsContent() ?? '', stage);
  const { code, stdout, stderr } = await processes.program(['/bin/sh', '-c', script], {
    cwd: stage.at(stage.workdir),
    env,
  }).ended;
  if (code !== 0) throw new Error(`${step.toString()}\nended with ${code}: ${stdout}${stderr}`);
};

const STEPS: Readonly<Record<string, Step>> = {
  COPY: (stage, step, build) => copy(stage, step as Copy, build),
  RUN: run,
  LABEL: () => {},
  ENV: (stage, step) => {
    const set = (step as Env).getProperties().map((property) => [property.getName(), property.getValue() ?? '']);
    stage.env = { ...stage.env, ...Object.fromEntries(set) };
  },
  WORKDIR: (stage, step) => {
    stage.workdir = resolve(stage.workdir, wordsOf(step)[0]!);
    mkdirSync(stage.at(stage.workdir), { recursive: true });
  },
  USER: (stage, step) => {
    stage.user = wordsOf(step)[0]!;
    stage.identity = identityOf(stage.user);
  },
  VOLUME: (stage, step) => void (stage.volumes = [...stage.volumes, ...listOf(step)]),
  EXPOSE: (stage, step) => void (stage.ports = [...stage.ports, ...wordsOf(step).map(Number)]),
  STOPSIGNAL: (stage, step) => void (stage.stopSignal = wordsOf(step)[0] as NodeJS.Signals),
  HEALTHCHECK: (stage, step) => {
    const list = /^CMD\s+(\[.*\])$/s.exec(step.getArgumentsContent() ?? '')?.[1];
    if (list === undefined) throw new Error('HEALTHCHECK: write its command as a JSON list');
    stage.healthcheck = JSON.parse(list) as string[];
  },
  ENTRYPOINT: (stage, step) => void (stage.entrypoint = listOf(step)),
};

/** Builds `dockerfile` of the files in `context`, in `folder`. Fails with the output of the step that did. */
export const buildImage = async (
  dockerfile: string,
  context: string,
  folder: string,
  processes: Processes,
): Promise<Image> => {
  const build: Build = { stages: new Map(), folder, context, processes };
  let stage: Stage | undefined;
  for (const step of DockerfileParser.parse(dockerfile).getInstructions()) {
    const keyword = step.getKeyword();
    if (keyword === 'FROM') {
      stage = from(step as From, build);
      continue;
    }
    const take = STEPS[keyword];
    if (!take || !stage) throw new Error(`${step.toString()}: this is not known here`);
    await take(stage, step, build);
  }
  if (!stage) throw new Error('the Dockerfile has no FROM');
  return stage;
};
