import type { Command } from 'commander';
import type { Context } from '../context';
import { benchModel } from './bench';
import { convertModel } from './convert';
import { importModels } from './import';
import { showModel } from './info';
import { listModels } from './list';
import { pullModels } from './pull';
import { removeModels } from './remove';
import { verifyModels } from './verify';

const collect = (value: string, before: string[]) => [...before, value];

/** `packshot models …`: what is on this machine. */
export function addModelCommands(program: Command, context: () => Context): void {
  const models = program.command('models').description('the models on this machine').helpCommand(false);

  const command = (name: string, description: string) =>
    models.command(name).description(description).option('--json', 'answer with one JSON document');

  command('list', 'every model that Packshot knows')
    .option('--installed', 'only those that are on this machine')
    .option('--pack <name>', 'only those of a pack: compact, balanced, quality')
    .action((options) => listModels(context(), options));
  command('info <model>', 'everything that is known of a model').action((id) => showModel(context(), id));
  command('pull <names...>', 'fetch models, or packs of them')
    .option('--accept-license <name>', 'accept this licence by its name; may be repeated', collect, [])
    .action((names, options) => pullModels(context(), names, options));
  command('import <path>', 'install a file, or a folder of files, that is already here')
    .option('--id <id>', 'the name of the model; needed for files that nobody has published')
    .option('--contract <model>', 'the model whose inputs, outputs and normalisation it has')
    .option('--denoise <strength>', 'how strongly it takes noise out, 0 to 1, where its contract comes in degrees')
    .option('--accept-license <name>', 'accept this licence by its name; may be repeated', collect, [])
    .action((path, options) => importModels(context(), path, options));
  command('verify [names...]', 'compare every byte with the checksums').action((names) =>
    verifyModels(context(), names),
  );
  command('remove <models...>', 'take models away').action((ids) => removeModels(context(), ids));
  command('bench <model>', 'seconds, memory and provider of a run')
    .option('--size <pixels>', 'side of the picture, or WIDTHxHEIGHT, where the model leaves it open')
    .option('--runs <number>', 'runs that are timed after the first', '5')
    .action((id, options) => benchModel(context(), id, options));
  command('convert <model>', 'write a smaller or faster form of a model')
    .option('--fp16', 'half precision, single where that overflows')
    .option('--int8', 'eight bits, scaled by the pictures of --calibration')
    .option('--calibration <folder>', 'pictures like those to come')
    .option('--out <file>', 'where to write it')
    .action((id, options) => convertModel(context(), id, options));
}
