// kill -9 while later people are linked to known ones: each merge is whole or absent, the cursor neither skips nor repeats.
//
// A crm and a cards file are imported and linked; then more people come into a running server that is killed again and again
// while it merges them. In the end everybody is who they are in a twin that nobody killed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { binary, query, startServer, stopServer } from './server.mjs'

const kills = Number(process.env.FURROW_KILL_ROUNDS ?? 12)
const seed = Number(process.env.FURROW_SEED ?? Date.now() % 1e9)
const known = 400, people = 1400
let state = seed % 2147483647 || 1
const random = () => ((state = (state * 48271) % 2147483647) / 2147483647)
const below = (n) => Math.floor(random() * n)

const folder = mkdtempSync(join(tmpdir(), 'furrow-linkage-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const word = (letters) =>
  String.fromCharCode(65 + below(26)) + Array.from({ length: letters - 1 }, () => 'aeioubcdglmnprst'[below(16)]).join('')
const two = (n) => String(n).padStart(2, '0')
const facts = Array.from({ length: people }, () => ({
  name: `${word(5)} ${word(7)}`,
  street: word(8),
  town: `Town${below(40)}`,
  born: `19${40 + below(60)}-${two(1 + below(12))}-${two(1 + below(28))}`,
  contact: `+4420${String(below(1e8)).padStart(8, '0')}`,
}))
// As the same person's card tells it: typed wrong, left out; every tenth says so little that a person has to be asked.
const cards = facts.map((one, i) => {
  const letters = [...one.name]
  if (i % 4 === 0) [letters[1], letters[2]] = [letters[2], letters[1]]
  const vague = i % 10 === 3
  return {
    ...one,
    name: letters.join(''),
    street: i % 7 === 0 || vague ? '' : one.street,
    born: vague ? '' : one.born,
    contact: i % 3 === 0 || vague ? '' : one.contact,
  }
})

const csv = (file, source, rows, from, to) => {
  const lines = ['id,name,street,town,born,contact']
  for (let i = from; i < to; i++) lines.push([`${source}-${i}`, ...Object.values(rows[i])].join(','))
  writeFileSync(join(folder, file), lines.join('\n') + '\n')
  return join(folder, file)
}

const furrow = (...words) => execFileSync(binary, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 })
function makeWorkspace(workspace) {
  furrow('init', workspace, '--template', 'empty')
  mkdirSync(join(workspace, 'sources'), { recursive: true })
  for (const name of ['crm', 'cards']) {
    writeFileSync(
      join(workspace, 'sources', `${name}.yaml`),
      `name: ${name}\nformat: csv\nmap:\n  type: identify\n  anonymous_id: id\n  traits: {name: name, street: street, town: town, born: born, contact: contact}\n`,
    )
  }
}

// Who is one person, by the ids of the files.
function whoIsWho(workspace) {
  const groups = new Map()
  for (const row of query(workspace, 'SELECT DISTINCT anonymous_id AS id, profile_id AS person FROM events')) {
    groups.set(row.person, [...(groups.get(row.person) ?? []), row.id].sort())
  }
  return [...groups.values()].map((ids) => ids.join(' ')).sort()
}
function merges(workspace) {
  return query(workspace, 'SELECT from_id, into_id, rule, position FROM merges ORDER BY position')
}
const keyOf = (workspace) => readFileSync(join(workspace, '.furrow/keys'), 'utf8').match(/api_key=(\S+)/)[1]
const linkageState = (workspace) => {
  const file = join(workspace, '.furrow/data/linkage/state.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { cursor: 0 }
}

// At an instant between two merges, or in the middle of one: as soon as so many are counted.
async function killWhenMerged(server, least, key) {
  let running = true
  server.ended.then(() => (running = false))
  while (running) {
    const text = await (await fetch(`${server.address}/metrics`)).text().catch(() => '')
    if (Number(text.match(/^furrow_merges_total (\d+)/m)?.[1] ?? 0) >= least) break
    const now = await linkage(server, key)
    if (now.learned && now.behind === 0) break
  }
  server.child.kill('SIGKILL')
  await server.ended
}

async function linkage(server, key) {
  const reply = await fetch(`${server.address}/v1/people/linkage`, { headers: { Authorization: `Bearer ${key}` } })
  assert.equal(reply.status, 200)
  return reply.json()
}

// The pairs of records that a person is asked about, by the ids of the files.
async function reviews(server, workspace) {
  const reply = await fetch(`${server.address}/v1/reviews?limit=500`, { headers: { Authorization: `Bearer ${keyOf(workspace)}` } })
  const list = (await reply.json()).reviews
  return list.map((one) => [one.left, one.right].map((side) => `${side.source} ${side.values.name} ${side.values.town}`).sort().join(', ')).sort()
}

test(`kill -9 at ${kills} instants while people are merged (FURROW_SEED=${seed})`, async () => {
  const twin = join(folder, 'twin'), workspace = join(folder, 'shop')
  makeWorkspace(twin)
  furrow('source', 'import', twin, 'crm', csv('crm.csv', 'crm', facts, 0, known))
  furrow('source', 'import', twin, 'cards', csv('cards.csv', 'card', cards, 0, known - 100))
  const learned = JSON.parse(furrow('people', 'link', twin, '--json'))
  assert.ok(learned.merged > 200, `only ${learned.merged} merged`)
  cpSync(twin, workspace, { recursive: true })

  const later = [
    ['crm', csv('crm_later.csv', 'crm', facts, known, people)],
    ['cards', csv('cards_later.csv', 'card', cards, known - 100, people)],
  ]
  const rows = people - known + people - (known - 100)
  for (const [source, file] of later) furrow('source', 'import', twin, source, file)
  const undisturbed = JSON.parse(furrow('people', 'link', twin, '--new', '--json'))
  assert.equal(undisturbed.lookedAt, rows)
  assert.ok(undisturbed.merged > 900, `only ${undisturbed.merged} merged`)
  assert.ok(undisturbed.reviews > 0)

  // Everything is in the log before the first kill, in the order of the twin: what is killed from then on is linkage.
  let cursor = linkageState(workspace).cursor
  const all = merges(twin).length
  let during = 0, before = merges(workspace).length
  for (const [source, file] of later) furrow('source', 'import', workspace, source, file)
  for (let round = 0; round < kills && before < all; round++) {
    const server = await startServer(workspace)
    await killWhenMerged(server, 1 + below(Math.ceil((all - before) / (kills - round))), keyOf(workspace))
    const after = linkageState(workspace)
    assert.ok(after.cursor >= cursor, 'the cursor went back')
    cursor = after.cursor
    const made = merges(workspace).length
    during += made > before && made < all
    before = made
    if (round % 5 === 2) furrow('verify', workspace)
  }
  assert.ok(during >= Math.min(kills, 3), `only ${during} kills fell while people were merged`)

  const server = await startServer(workspace)
  let now = await linkage(server, keyOf(workspace))
  while (now.behind > 0) now = await linkage(server, keyOf(workspace))
  const asked = await reviews(server, workspace)
  assert.equal((await stopServer(server)).code, 0, server.stderr())
  assert.equal(now.lookedAt, rows, 'somebody was skipped, or looked at twice for good')
  assert.deepEqual(whoIsWho(workspace), whoIsWho(twin))
  const twinServer = await startServer(twin)
  assert.deepEqual(asked, await reviews(twinServer, twin))
  await stopServer(twinServer)
  const records = merges(workspace)
  assert.equal(records.length, merges(twin).length, 'a merge stands in the log twice, or is missing')
  assert.equal(new Set(records.map((one) => one.from_id)).size, records.length, 'somebody was merged away twice')
  furrow('verify', workspace)
  const right = whoIsWho(workspace).filter((ids) => /^card-(\d+) crm-\1$/.test(ids)).length
  assert.ok(right > people * 0.8, `only ${right} of ${people} are one person`)
})

test(`kill -9 while everybody is linked at once (FURROW_SEED=${seed})`, async () => {
  const workspace = join(folder, 'at-once')
  makeWorkspace(workspace)
  furrow('source', 'import', workspace, 'crm', csv('crm_all.csv', 'crm', facts, 0, people))
  furrow('source', 'import', workspace, 'cards', csv('cards_all.csv', 'card', cards, 0, people))
  const twin = join(folder, 'at-once-twin')
  cpSync(workspace, twin, { recursive: true })
  furrow('people', 'link', twin)
  const all = merges(twin).length
  let partly = 0
  for (let round = 0; round < Math.min(kills, 6); round++) {
    const before = merges(workspace).length
    const server = await startServer(workspace)
    const asked = fetch(`${server.address}/v1/people/link`, { method: 'POST', headers: { Authorization: `Bearer ${keyOf(workspace)}` } }).catch(() => {})
    await killWhenMerged(server, 1 + below(Math.max(1, (all - before) / 2)), keyOf(workspace))
    await asked
    const made = merges(workspace).length
    partly += made > before && made < all
    furrow('verify', workspace)
    if (made >= all - 1) break
  }
  assert.ok(partly > 0, 'no kill fell between two merges')
  furrow('people', 'link', workspace)
  furrow('verify', workspace)
  const records = merges(workspace)
  assert.equal(new Set(records.map((one) => one.from_id)).size, records.length, 'somebody was merged away twice')
  for (const ids of whoIsWho(workspace)) assert.match(ids, /^(card|crm)-(\d+)( crm-\2)?$/, 'strangers are one person')
  const right = whoIsWho(workspace).filter((ids) => ids.includes(' ')).length
  assert.ok(right > people * 0.8, `only ${right} of ${people} are one person`)
})
