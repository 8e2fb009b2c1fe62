import Database from 'better-sqlite3'
import Fastify from 'fastify'

/** The baseline of a start: Fastify and better-sqlite3 on a file, and nothing more. */
const database = new Database(process.argv[2] as string)
database.pragma('journal_mode = WAL')
database.exec('create table if not exists plans (nhs_number text primary key)')
const app = Fastify()
app.get('/', async () => database.prepare('select count(*) from plans').pluck().get())
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
