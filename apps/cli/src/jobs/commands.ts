import type { Command } from 'commander';
import type { Context } from '../context';
import { downloadJob } from './download';
import { cancelJob, deleteJob, getJob, listJobs, retryJob, waitForJob } from './jobs';

/** `packshot jobs …`: what a server has done, does and is to do. */
export function addJobCommands(program: Command, context: () => Context): void {
  const jobs = program.command('jobs').description('the jobs of a server').helpCommand(false);
  const command = (name: string, description: string) =>
    jobs
      .command(name)
      .description(description)
      .option('--url <address>', 'the server; by default PACKSHOT_URL')
      .option('--json', 'answer with one JSON document');

  command('list', 'jobs, newest first')
    .option('--status <status>', 'only those that are in it now')
    .option('--custom-id <id>', 'only those with an item of this custom_id')
    .option('--limit <number>', 'so many of them', '20')
    .action((options) => listJobs(context(), options));
  command('get <job>', 'a job, and its images').action((id, options) => getJob(context(), id, options));
  command('wait <job>', 'wait until a job has ended')
    .option('--timeout <seconds>', 'but no longer than that')
    .action((id, options) => waitForJob(context(), id, options));
  command('cancel <job>', 'process no more of a job').action((id, options) => cancelJob(context(), id, options));
  command('retry <job>', 'process again what did not succeed').action((id, options) =>
    retryJob(context(), id, options),
  );
  command('delete <job>', 'delete originals, results and record of a job that has ended').action((id, options) =>
    deleteJob(context(), id, options),
  );
  command('download <job>', 'write the results there are to a folder')
    .requiredOption('-o, --output <folder>', 'where they go')
    .action((id, options) => downloadJob(context(), id, options));
}
