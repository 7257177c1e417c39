// kill -9 under HTTP load, again and again: nothing acknowledged is lost, nothing is counted twice.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { binary, makeWorkspace, query, startServer, stopServer } from './server.mjs'

const rounds = Number(process.env.FURROW_KILL_ROUNDS ?? 100)
const seed = Number(process.env.FURROW_SEED ?? Date.now() % 1e9)
let state = seed
const random = () => ((state = (state * 48271) % 2147483647) / 2147483647)

test(`kill -9 at ${rounds} random instants under load (FURROW_SEED=${seed})`, async () => {
  const place = makeWorkspace()
  const authorization = 'Basic ' + Buffer.from(place.keys.write_key + ':').toString('base64')
  const acknowledged = []
  let next = 0
  // Each sender repeats a batch until it is acknowledged, as an SDK does: what was taken but not acknowledged comes twice.
  const unanswered = []
  const send = async (address, alive) => {
    while (alive()) {
      const ids = unanswered.pop() ?? Array.from({ length: 20 }, () => `m${next++}`)
      const batch = ids.map((messageId) => ({ type: 'track', messageId, userId: `u${messageId.length * 7 % 50}`, event: 'Clicked' }))
      try {
        const reply = await fetch(`${address}/v1/batch`, { method: 'POST', headers: { Authorization: authorization }, body: JSON.stringify({ batch }) })
        await reply.arrayBuffer()
        if (reply.status !== 200) throw new Error(String(reply.status))
        acknowledged.push(...ids)
      } catch {
        unanswered.push(ids)
      }
    }
  }
  for (let round = 0; round < rounds; round++) {
    const server = await startServer(place.workspace)
    let alive = true
    const senders = Array.from({ length: 4 }, () => send(server.address, () => alive))
    // The instant is chosen by how much was acknowledged, not by the clock, so that a slow machine is hit as often.
    const until = acknowledged.length + 20 + Math.floor(random() * 600)
    while (acknowledged.length < until) await new Promise((turn) => setImmediate(turn))
    server.child.kill('SIGKILL')
    alive = false
    await Promise.all([server.ended, ...senders])
  }
  const server = await startServer(place.workspace)
  assert.equal((await stopServer(server)).code, 0, server.stderr())
  const rows = query(place.workspace, 'SELECT message_id, count(*) AS n FROM events GROUP BY message_id')
  assert.deepEqual(rows.filter((row) => Number(row.n) !== 1), [], 'counted twice')
  const kept = new Set(rows.map((row) => row.message_id))
  assert.deepEqual(acknowledged.filter((id) => !kept.has(id)), [], 'acknowledged and lost')
  assert.ok(acknowledged.length >= rounds * 20)
  execFileSync(binary, ['verify', place.workspace], { stdio: ['ignore', 'ignore', 'inherit'] })
  place.remove()
})
