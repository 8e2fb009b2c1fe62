import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { firstNumber, lastNumber, type Moment, stringsOf } from './system-calls.js'

const SECTOR_BYTES = 512

/** Answers whether this one of the things that were not synced has reached the disk. */
export type Luck = () => boolean

type Change = { kind: 'write'; offset: number; bytes: Buffer } | { kind: 'truncate'; size: number }

/** Bytes that grow. */
class Bytes {
  #room: Buffer
  #size: number

  constructor(from: Buffer = Buffer.alloc(0)) {
    this.#room = Buffer.from(from)
    this.#size = from.length
  }

  get all(): Buffer {
    return this.#room.subarray(0, this.#size)
  }

  write(bytes: Buffer, at: number): void {
    if (this.#size < at + bytes.length) this.resize(at + bytes.length)
    bytes.copy(this.#room, at)
  }

  resize(size: number): void {
    if (size > this.#room.length) this.#room = Buffer.concat([this.all], size * 2)
    if (size < this.#size) this.#room.fill(0, size, this.#size)
    this.#size = size
  }
}

/** One file, whatever it is called now: what is surely on the disk, and what may be. */
class Content {
  readonly synced = new Bytes()
  pending: Change[] = []
  position = 0

  sync(): void {
    for (const change of this.pending) apply(this.synced, change, () => true)
    this.pending = []
  }

  /** What a power cut leaves: the synced bytes, and of the others those sectors that were lucky. */
  cut(luck: Luck): Buffer {
    const left = new Bytes(this.synced.all)
    for (const change of this.pending) apply(left, change, luck)
    return left.all
  }
}

function apply(bytes: Bytes, change: Change, luck: Luck): void {
  if (change.kind === 'truncate') {
    if (luck()) bytes.resize(change.size)
    return
  }
  for (let done = 0; done < change.bytes.length; ) {
    // Sectors begin where the disk has them, not where the write does.
    const at = change.offset + done
    const length = SECTOR_BYTES - (at % SECTOR_BYTES)
    if (luck()) bytes.write(change.bytes.subarray(done, done + length), at)
    done += length
  }
}

/** What a directory's own sync makes sure: which name is which file. In the order in which they were made. */
type Naming = { name: string; content: Content | undefined }

/** The files below one directory as a disk has them that keeps only what was synced; fed with system calls. */
export class Disk {
  readonly #root: string
  readonly #open = new Map<number, Content | 'directory' | 'parent'>()
  #synced = new Map<string, Content>()
  #pending: Naming[] = []
  /** Whether a power cut would take the directory itself. */
  #isAnchored = true
  /** How many calls have changed or synced something. */
  changes = 0

  constructor(root: string) {
    this.#root = root
  }

  apply({ name, args, result, at }: Moment): void {
    // A descriptor is free, and may be given to another, before the call that closes it has returned.
    if (name === 'close' && at === 'begin') this.#open.delete(firstNumber(args))
    if (at === 'begin' || name === 'close' || result < 0) return
    const strings = stringsOf(args)
    if (name === 'mkdir' || name === 'mkdirat') this.#isAnchored &&= String(strings[0]) !== this.#root
    else if (name === 'openat' || name === 'open') this.#opened(String(strings[0]), args, result)
    else if (name === 'unlink' || name === 'unlinkat') this.#name(String(strings[0]), undefined)
    else if (name === 'rename' || name === 'renameat' || name === 'renameat2') {
      this.#renamed(String(strings[0]), String(strings[1]))
    } else this.#onDescriptor(name, firstNumber(args), args, strings, result)
  }

  /** Writes below `directory` what would be there after a power cut now. */
  cut(directory: string, luck: Luck): void {
    mkdirSync(directory, { recursive: true })
    if (!this.#isAnchored && !luck()) return
    const names = new Map(this.#synced)
    // A file system keeps the order of its names: none that is later without all that are earlier.
    for (const { name, content } of this.#pending) {
      if (!luck()) break
      if (content === undefined) names.delete(name)
      else names.set(name, content)
    }
    for (const [name, content] of names) writeFileSync(join(directory, name), content.cut(luck))
  }

  #opened(path: string, args: string, descriptor: number): void {
    this.#open.delete(descriptor)
    if (path === this.#root) this.#open.set(descriptor, 'directory')
    if (path === dirname(this.#root)) this.#open.set(descriptor, 'parent')
    if (!this.#isMine(path)) return
    let content = this.#current(basename(path))
    if (content === undefined) {
      content = new Content()
      this.#name(path, content)
    }
    if (args.includes('O_TRUNC')) content.pending.push({ kind: 'truncate', size: 0 })
    this.#open.set(descriptor, content)
  }

  #onDescriptor(name: string, descriptor: number, args: string, strings: Buffer[], result: number): void {
    const content = this.#open.get(descriptor)
    if (content === undefined) return
    this.changes += 1
    const isSync = name === 'fsync' || name === 'fdatasync'
    if (content === 'parent') this.#isAnchored ||= isSync
    else if (content === 'directory') {
      if (isSync) this.#syncNames()
    } else if (isSync) content.sync()
    else change(content, name, args, strings, result)
  }

  #syncNames(): void {
    for (const { name, content } of this.#pending) {
      if (content === undefined) this.#synced.delete(name)
      else this.#synced.set(name, content)
    }
    this.#pending = []
  }

  #renamed(from: string, to: string): void {
    const content = this.#isMine(from) ? this.#current(basename(from)) : undefined
    if (content === undefined) return
    this.#name(to, content)
    this.#name(from, undefined)
  }

  #name(path: string, content: Content | undefined): void {
    if (!this.#isMine(path)) return
    this.changes += 1
    this.#pending.push({ name: basename(path), content })
  }

  #current(name: string): Content | undefined {
    const naming = this.#pending.findLast((each) => each.name === name)
    return naming === undefined ? this.#synced.get(name) : naming.content
  }

  /** The shared memory is made anew whenever nobody has it open. */
  #isMine(path: string): boolean {
    return dirname(path) === this.#root && !path.endsWith('-shm')
  }
}

function change(content: Content, name: string, args: string, strings: Buffer[], result: number): void {
  if (name === 'ftruncate') {
    content.pending.push({ kind: 'truncate', size: lastNumber(args) })
    return
  }
  // Or something would be written that this disk knows nothing of.
  if (name !== 'write' && name !== 'pwrite64') throw new Error(`the replay does not know ${name}`)
  const bytes = (strings[0] ?? Buffer.alloc(0)).subarray(0, result)
  if (bytes.length !== result) throw new Error('strace has cut a write short')
  const offset = name === 'pwrite64' ? lastNumber(args) : content.position
  content.pending.push({ kind: 'write', offset, bytes })
  if (name === 'write') content.position += result
}
