import { Command, type OutputConfiguration } from 'commander';
import { processFiles } from './batch/process';
import { watchFolder } from './batch/watch';
import { benchServer } from './bench';
import type { Context } from './context';
import { examine } from './doctor/doctor';
import { addJobCommands } from './jobs/commands';
import { addModelCommands } from './models/commands';
import { up } from './up';
import { listenForWebhooks } from './webhooks/listen';
import { zipToPng } from './zip2png';

/** The commands. `context` is made when one runs, so that help needs no valid settings. */
export function createProgram(context: () => Context, streams: OutputConfiguration): Command {
  const program = new Command('packshot').description('Packshot on the command line');
  program.exitOverride().configureOutput(streams);
  const command = (name: string, description: string) =>
    program.command(name).description(description).option('--json', 'answer with JSON');
  const serverCommand = (name: string, description: string) =>
    command(name, description).option('--url <address>', 'the server; by default PACKSHOT_URL');
  const batchCommand = (name: string, description: string) =>
    serverCommand(name, description)
      .requiredOption('-o, --output <folder>', 'where results go, under the names of the files')
      .option('--preset <name>', 'a named pipeline')
      .option('--pipeline <json>', 'what is to be done to the images')
      .option('--batch <number>', 'files of one job', '100');

  command('up', 'start Packshot on this machine, and serve until Ctrl-C')
    .option('--sample', 'put the sample photos through first')
    .action((options) => up(context(), options));
  batchCommand('process <paths...>', 'put files, folders or patterns through the queue; again, and it goes on').action(
    (paths, options) => processFiles(context(), paths, options),
  );
  batchCommand('watch <folder>', 'process what lies in a folder, and what comes into it, until Ctrl-C')
    .option('--interval <seconds>', 'how often it is looked at', '2')
    .action((folder, options) => watchFolder(context(), folder, options));
  addJobCommands(program, context);
  addModelCommands(program, context);
  const webhooks = program.command('webhooks').description('calls from a server').helpCommand(false);
  webhooks
    .command('listen')
    .description('receive webhooks here, verify them, and tell what they say')
    .option('--json', 'a line of JSON for each')
    .option('--url <address>', 'the server that signs them; by default PACKSHOT_URL')
    .option('--port <number>', 'where; by default any free port', '0')
    .option('--host <address>', 'on which address', '127.0.0.1')
    .option('--secret <secret>', 'whsec_…; by default that of your jobs, which the server is asked for')
    .option('--count <number>', 'end after so many')
    .action((options) => listenForWebhooks(context(), options));
  serverCommand('bench <paths...>', 'measure a server with these images')
    .option('--count <number>', 'so many images', '20')
    .option('--preset <name>', 'a named pipeline')
    .option('--pipeline <json>', 'what is to be done to the images')
    .action((paths, options) => benchServer(context(), paths, options));
  serverCommand('doctor', 'look at everything Packshot needs, and say what to do').action((options) =>
    examine(context(), options),
  );
  command('zip2png <zip>', 'make one PNG of a ZIP with color.jpg and alpha.png')
    .option('-o, --output <file>', 'where; by default beside the ZIP')
    .action((zip, options) => zipToPng(context(), zip, options));
  return program;
}
