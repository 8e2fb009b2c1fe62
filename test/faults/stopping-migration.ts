import Database from 'better-sqlite3'
import { migrate } from '../../src/store/sqlite/migrate.js'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.js'
import { openWriter } from '../../src/store/sqlite/open.js'

// Brings a database up to date and ends, as in a crash, right before its nth statement; says how many there were.
// Without transactions it is the twin that must fail.

const [file = '', before = '', isBare] = process.argv.slice(2)
// As the hub does, so that the file is in the mode in which it is used.
openWriter(file).close()
let count = 0
const connection = new Database(file, {
  verbose: () => {
    count += 1
    if (count === Number(before)) process.kill(process.pid, 'SIGKILL')
  },
})
if (isBare === undefined) migrate(connection)
else connection.exec(MIGRATIONS.join(''))
connection.close()
process.stdout.write(`${count}\n`)
