import type { Command } from 'commander'
import { followJob } from '../follow-job.ts'
import type { CommandContext } from '../program.ts'
import { formatTable } from '../format-table.ts'

/** `chronolens devices`: what can compute on this machine. */
export function addDevicesCommand(program: Command, { core, terminal }: CommandContext): void {
  program
    .command('devices')
    .summary('list what can compute on this machine')
    .description('Lists the devices that can train and run models here, in the order in which they are chosen.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  chronolens devices')
    .action(async () => {
      const devices = await followJob(core.devices.list(), terminal)
      const rows = devices.map(({ id, name, isDefault, reason }) => [
        id,
        isDefault ? 'default' : reason === null ? 'available' : 'not available',
        reason === null ? name : `${name}: ${reason}`,
      ])
      terminal.result({ devices }, formatTable(rows))
    })
}
