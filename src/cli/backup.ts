import type { CAC } from 'cac'
import { readConfig } from '../config.js'
import { backUp } from '../index.js'

export function registerBackup(cli: CAC): void {
  cli
    .command('backup <file>', 'Copy the database of DATA_DIR into a new file, also while a hub runs on it')
    .action((file: string) => {
      const { dataDir } = readConfig()
      backUp(dataDir, file)
      console.log(
        `${file} holds what ${dataDir} held, and has been checked. To restore it, see docs/operations.md.`,
      )
    })
}
