import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { contextFiles } from './build-context';
import { type Instruction, parseDockerfile, parsePairs } from './dockerfile';

/** A stage of a Dockerfile, carried out in a folder that stands for the image's root. */
export interface BuiltStage {
  /** The image it starts from, or the stage. */
  base: string;
  root: string;
  workdir: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  user: string;
  command: string[];
  healthcheck: string[];
  /** The RUN lines that were not carried out: they act on the system, which a folder is not. */
  notExecuted: string[];
}

/** Steps that install packages or own folders outside the working folder need a container. */
const SYSTEM_STEP = /^(apt-get|install -d) /;

/**
 * Carries a Dockerfile out as far as that goes without a container: stages, COPY and the shell lines happen for real, in
 * folders below `scratch`, with this machine's Node in place of the base image's. Returns the last stage.
 */
export async function buildImage(dockerfile: string, context: string, scratch: string): Promise<BuiltStage> {
  const stages = new Map<string, BuiltStage>();
  let stage: BuiltStage | undefined;
  for (const instruction of parseDockerfile(readFileSync(dockerfile, 'utf8'))) {
    if (instruction.keyword === 'FROM') {
      stage = openStage(instruction, stages, scratch);
    } else if (stage) {
      await apply(stage, instruction, stages, context);
    } else {
      throw new Error(`line ${instruction.line}: before the first FROM`);
    }
  }
  if (!stage) throw new Error(`${dockerfile} has no FROM`);
  return stage;
}

function openStage({ text, line }: Instruction, stages: Map<string, BuiltStage>, scratch: string): BuiltStage {
  const [base, , name] = text.split(/\s+/);
  if (base === undefined || name === undefined) throw new Error(`line ${line}: every stage has a name here`);
  const root = join(scratch, name);
  mkdirSync(root, { recursive: true });
  const from = stages.get(base);
  if (from) link(from.root, root);
  const stage: BuiltStage = from
    ? { ...from, env: { ...from.env }, base, root, notExecuted: [] }
    : { base, root, workdir: '/', env: {}, labels: {}, user: '', command: [], healthcheck: [], notExecuted: [] };
  stages.set(name, stage);
  return stage;
}

async function apply(
  stage: BuiltStage,
  { keyword, text, flags, line }: Instruction,
  stages: Map<string, BuiltStage>,
  context: string,
): Promise<void> {
  if (keyword === 'ENV') Object.assign(stage.env, parsePairs(text));
  else if (keyword === 'LABEL') Object.assign(stage.labels, parsePairs(text));
  else if (keyword === 'USER') stage.user = text;
  else if (keyword === 'CMD') stage.command = JSON.parse(text);
  else if (keyword === 'HEALTHCHECK') stage.healthcheck = JSON.parse(text.replace(/^CMD /, ''));
  else if (keyword === 'WORKDIR') {
    stage.workdir = text;
    mkdirSync(join(stage.root, text), { recursive: true });
  } else if (keyword === 'COPY') {
    const source = flags.from === undefined ? undefined : stages.get(flags.from);
    if (flags.from !== undefined && !source) throw new Error(`line ${line}: there is no stage ${flags.from}`);
    copyIn(stage, text.split(/\s+/), source?.root, context);
  } else if (keyword === 'RUN') {
    await runStep(stage, text, line);
  } else if (keyword !== 'EXPOSE') throw new Error(`line ${line}: ${keyword} is not carried out here`);
}

/** COPY's rules: a folder's contents go into the target; files go into it when it ends in a slash. */
function copyIn(stage: BuiltStage, paths: string[], from: string | undefined, context: string): void {
  const target = paths.at(-1) ?? '';
  const absolute = join(stage.root, target.startsWith('/') ? target : join(stage.workdir, target));
  const files = from === undefined ? contextFiles(context) : [];
  for (const source of paths.slice(0, -1)) {
    const path = join(from ?? context, source);
    if (!existsSync(path)) throw new Error(`COPY ${source}: there is no such file`);
    if (from !== undefined) {
      link(path, statSync(path).isDirectory() ? absolute : join(absolute, basename(path)));
      continue;
    }
    const below = files.filter((file) => file === normalize(source) || file.startsWith(`${normalize(source)}/`));
    if (below.length === 0) throw new Error(`COPY ${source}: .dockerignore leaves it out`);
    for (const file of below) {
      const inside = file.slice(normalize(source).length);
      cpSync(join(context, file), inside === '' ? join(absolute, basename(file)) : join(absolute, inside));
    }
  }
}

/** From stage to stage files are linked, not copied: dependencies are thousands, and no step writes into one that is there. */
function link(from: string, to: string): void {
  const kind = lstatSync(from);
  if (kind.isDirectory()) {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) link(join(from, name), join(to, name));
  } else if (kind.isSymbolicLink()) {
    symlinkSync(readlinkSync(from), to);
  } else {
    rmSync(to, { force: true });
    linkSync(from, to);
  }
}

async function runStep(stage: BuiltStage, text: string, line: number): Promise<void> {
  if (SYSTEM_STEP.test(text)) {
    stage.notExecuted.push(text.replace(/\s+/g, ' '));
    return;
  }
  // Outside the working folder lies this machine, not the image.
  if (/(^|[\s='"])\//.test(text)) throw new Error(`line ${line}: an absolute path cannot be carried out here`);
  const { PATH, HOME } = process.env;
  const cwd = join(stage.root, stage.workdir);
  try {
    await promisify(execFile)('/bin/sh', ['-c', text], { cwd, env: { PATH, HOME, ...stage.env }, maxBuffer: 2 ** 26 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`line ${line}: RUN failed\n${(error as Error).message}\n${stdout}\n${stderr}`);
  }
}
