// A furrow server for one test file: a fresh workspace in a temporary folder, a free port, and its keys.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const binary = resolve(process.env.FURROW_BINARY ?? '../../build/furrow')

export function makeWorkspace() {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-sdk-'))
  const workspace = join(folder, 'shop')
  execFileSync(binary, ['init', workspace, '--template', 'shop'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const keys = Object.fromEntries(
    readFileSync(join(workspace, '.furrow/keys'), 'utf8').trim().split('\n').filter((line) => line.includes('=')).map((line) => line.split('=')),
  )
  return { workspace, keys, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

// Resolves when the server says that it listens.
export function startServer(workspace) {
  const child = spawn(binary, ['serve', workspace, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = '', err = ''
  child.stderr.on('data', (bytes) => (err += bytes))
  const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })))
  return new Promise((ready, failed) => {
    child.stdout.on('data', (bytes) => {
      out += bytes
      const address = out.match(/listening on (http:\S+)/)?.[1]
      if (address) ready({ address, child, ended, stderr: () => err })
    })
    ended.then(({ code }) => failed(new Error(`furrow ended with ${code} before listening: ${err}`)))
  })
}

export async function stopServer(server) {
  server.child.kill('SIGTERM')
  return server.ended
}

export function query(workspace, sql) {
  const reply = JSON.parse(execFileSync(binary, ['query', workspace, sql, '--json'], { maxBuffer: 1 << 30, encoding: 'utf8' }))
  return Array.isArray(reply) ? reply : reply.rows
}
