#!/usr/bin/env node
import { spawn } from "node:child_process";
// Conformance runner for `bake --print` implementations. Plain Node, no dependencies.
//
//   node run.mjs --cmd "node /path/tsbake.js print" [options] [folder|file.json ...]
//
// Options
//   --cmd "..."       command prefix; the case's args are appended (required)
//   -j N              cases run at once (default: number of CPUs, at most 8)
//   -v                print a short diff for each failing case
//   --filter RE       run only cases whose "topic/name" matches the regular expression
//   --strict-lines    a failing-input case also needs "<file>:<line>" of the expected position on stderr
//   --timeout MS      per case (default 20000)
//   --env K=V         extra environment for the command (repeatable)
//   --json FILE       write results as JSON
//   --list            list the cases and stop
//
// Case fields
//   name, about
//   files     {relative path: content}; content is a string, or {"base64": "..."}; paths may start with ../ (one level)
//   dirs      [relative path]      empty directories to make
//   sockets   [relative path]      unix sockets to listen on while the case runs
//   env       {K: V}               environment in addition to PATH and HOME
//   args      [..]                 appended to the command prefix
//   cwd       relative path        working directory below the case's directory
//   stdin     string               standard input (closed otherwise)
//   expect    {"ok": true, "json": {...}} or
//             {"ok": false, "error_contains": [..], "file": "...", "line": N}
// In env, args, stdin and the expected JSON, {{dir}} stands for the case's working directory and {{home}} for HOME.
// In the expected JSON the string "{{any}}" matches any value and "{{re:...}}" any string matching the expression.
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

export function loadCases(inputs) {
  const out = [];
  const addFile = (f) => {
    const list = JSON.parse(fs.readFileSync(f, "utf8"));
    const topic = path.basename(f, ".json");
    for (const c of list) out.push({ ...c, topic, source: f });
  };
  for (const i of inputs) {
    if (fs.statSync(i).isDirectory()) {
      for (const e of fs.readdirSync(i, { recursive: true }).map(String).sort()) {
        if (e.endsWith(".json")) addFile(path.join(i, e));
      }
    } else addFile(i);
  }
  return out;
}

export function splitCommand(s) {
  const words = [];
  let cur = "",
    quote = null,
    has = false;
  for (let i = 0; i < s.length; i++) {
    const ch = s[i];
    if (quote) {
      if (ch === quote) quote = null;
      else if (ch === "\\" && quote === '"' && i + 1 < s.length) cur += s[++i];
      else cur += ch;
    } else if (ch === '"' || ch === "'") {
      quote = ch;
      has = true;
    } else if (ch === "\\" && i + 1 < s.length) {
      cur += s[++i];
      has = true;
    } else if (/\s/.test(ch)) {
      if (has || cur) {
        words.push(cur);
        cur = "";
        has = false;
      }
    } else cur += ch;
  }
  if (has || cur) words.push(cur);
  return words;
}

const isObj = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
const show = (v) => {
  const s = JSON.stringify(v);
  return s === undefined ? "nothing" : s.length > 160 ? `${s.slice(0, 157)}...` : s;
};

// differences between the wanted and the given JSON value, as lines
export function diffJson(want, got, where = "$", out = []) {
  if (out.length > 20) return out;
  if (typeof want === "string") {
    if (want === "{{any}}") return out;
    const m = /^\{\{re:(.*)\}\}$/s.exec(want);
    if (m) {
      if (typeof got !== "string" || !new RegExp(m[1], "s").test(got))
        out.push(`${where}: want a match of /${m[1]}/, got ${show(got)}`);
      return out;
    }
  }
  if (Array.isArray(want)) {
    if (!Array.isArray(got)) {
      out.push(`${where}: want ${show(want)}, got ${show(got)}`);
      return out;
    }
    if (want.length !== got.length)
      out.push(`${where}: want ${want.length} items ${show(want)}, got ${got.length} ${show(got)}`);
    else for (const [i, w] of want.entries()) diffJson(w, got[i], `${where}[${i}]`, out);
    return out;
  }
  if (isObj(want)) {
    if (!isObj(got)) {
      out.push(`${where}: want ${show(want)}, got ${show(got)}`);
      return out;
    }
    for (const k of Object.keys(want)) {
      if (!Object.hasOwn(got, k)) out.push(`${where}.${k}: missing (want ${show(want[k])})`);
      else diffJson(want[k], got[k], `${where}.${k}`, out);
    }
    for (const k of Object.keys(got))
      if (!Object.hasOwn(want, k)) out.push(`${where}.${k}: unexpected ${show(got[k])}`);
    return out;
  }
  if (want !== got) out.push(`${where}: want ${show(want)}, got ${show(got)}`);
  return out;
}

function subst(v, map) {
  if (typeof v === "string") {
    let s = v;
    for (const [k, r] of map) s = s.split(k).join(r);
    return s;
  }
  if (Array.isArray(v)) return v.map((x) => subst(x, map));
  if (isObj(v)) return Object.fromEntries(Object.entries(v).map(([k, x]) => [subst(k, map), subst(x, map)]));
  return v;
}

// makes the case's directory, runs the command there and gives back what it did
export async function execCase(c, cmd, { timeout = 20000, extraEnv = {} } = {}) {
  const home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "bakecase-")));
  const work = path.join(home, "w");
  const servers = [];
  try {
    fs.mkdirSync(work);
    const at = (p) => {
      const full = path.resolve(work, p);
      if (!full.startsWith(home + path.sep)) throw new Error(`case file outside its directory: ${p}`);
      return full;
    };
    for (const d of c.dirs ?? []) fs.mkdirSync(at(d), { recursive: true });
    for (const [name, content] of Object.entries(c.files ?? {})) {
      const full = at(name);
      fs.mkdirSync(path.dirname(full), { recursive: true });
      fs.writeFileSync(full, isObj(content) ? Buffer.from(content.base64, "base64") : content);
    }
    for (const s of c.sockets ?? []) {
      const full = at(s);
      fs.mkdirSync(path.dirname(full), { recursive: true });
      const srv = net.createServer((k) => k.destroy());
      await new Promise((res, rej) => {
        srv.once("error", rej);
        srv.listen(full, res);
      });
      servers.push(srv);
    }
    const cwd = c.cwd ? at(c.cwd) : work;
    const map = [
      ["{{dir}}", cwd],
      ["{{home}}", home],
    ];
    const env = { PATH: process.env.PATH ?? "", HOME: home, ...extraEnv, ...subst(c.env ?? {}, map) };
    const args = subst(c.args ?? [], map);
    const r = await new Promise((resolve) => {
      let child;
      try {
        child = spawn(cmd[0], [...cmd.slice(1), ...args], { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
      } catch (e) {
        resolve({ code: -1, stdout: "", stderr: String(e), spawnError: true });
        return;
      }
      const so = [],
        se = [];
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        child.kill("SIGKILL");
      }, timeout);
      child.stdout.on("data", (d) => so.push(d));
      child.stderr.on("data", (d) => se.push(d));
      child.stdin.on("error", () => {});
      child.stdin.end(c.stdin === undefined ? "" : subst(c.stdin, map));
      child.on("error", (e) => {
        clearTimeout(timer);
        resolve({ code: -1, stdout: "", stderr: String(e), spawnError: true });
      });
      child.on("close", (code, signal) => {
        clearTimeout(timer);
        resolve({
          code,
          signal,
          timedOut,
          stdout: Buffer.concat(so).toString("utf8"),
          stderr: Buffer.concat(se).toString("utf8"),
        });
      });
    });
    return { ...r, map };
  } finally {
    for (const s of servers) s.close();
    fs.rmSync(home, { recursive: true, force: true });
  }
}

// compares a run with the case's expectation
export function judge(c, r, { strictLines = false } = {}) {
  const problems = [];
  let position = null; // null: none wanted, true/false: wanted and (not) found
  const e = c.expect;
  if (r.spawnError) return { problems: [`could not run the command: ${r.stderr}`], position };
  if (r.timedOut) return { problems: ["timed out"], position };
  if (e.ok) {
    if (r.code !== 0)
      problems.push(
        `exit status ${r.code ?? r.signal}, want 0: ${r.stderr.trim().split("\n").slice(-3).join(" | ").slice(0, 300)}`,
      );
    else {
      let got;
      try {
        got = JSON.parse(r.stdout);
      } catch (err) {
        problems.push(`stdout is not JSON (${err.message}): ${r.stdout.slice(0, 120)}`);
        return { problems, position };
      }
      diffJson(subst(e.json, r.map), got, "$", problems);
    }
  } else {
    if (r.code === 0 || r.code === null)
      problems.push(`exit status ${r.code ?? r.signal}, want a failure; stdout ${show(r.stdout)}`);
    const low = r.stderr.toLowerCase();
    if (r.code !== 0 && low.trim() === "") problems.push("no diagnostic on stderr");
    for (const s of e.error_contains ?? [])
      if (!low.includes(subst(s, r.map).toLowerCase()))
        problems.push(`stderr lacks ${JSON.stringify(s)}: ${r.stderr.trim().slice(0, 300)}`);
    if (e.line !== undefined) {
      const name = (e.file ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      position = new RegExp(`${name}:${e.line}(?![0-9])`).test(r.stderr);
      if (strictLines && !position)
        problems.push(`stderr lacks the position ${e.file ?? ""}:${e.line}: ${r.stderr.trim().slice(0, 300)}`);
    }
  }
  return { problems, position };
}

async function main(argv) {
  let cmd = null,
    jobs = Math.min(8, os.availableParallelism?.() ?? os.cpus().length),
    verbose = false,
    filter = null,
    strictLines = false,
    timeout = 20000,
    list = false,
    jsonOut = null;
  const extraEnv = {},
    inputs = [];
  for (let i = 0; i < argv.length; i++) {
    const a = argv[i];
    const next = () => {
      if (i + 1 >= argv.length) {
        console.error(`${a} needs a value`);
        process.exit(2);
      }
      return argv[++i];
    };
    if (a === "--cmd") cmd = splitCommand(next());
    else if (a.startsWith("--cmd=")) cmd = splitCommand(a.slice(6));
    else if (a === "-j") jobs = Number(next());
    else if (a === "-v") verbose = true;
    else if (a === "--filter") filter = new RegExp(next());
    else if (a === "--strict-lines") strictLines = true;
    else if (a === "--timeout") timeout = Number(next());
    else if (a === "--env") {
      const kv = next();
      const k = kv.indexOf("=");
      extraEnv[kv.slice(0, k)] = kv.slice(k + 1);
    } else if (a === "--json") jsonOut = next();
    else if (a === "--list") list = true;
    else if (a.startsWith("-")) {
      console.error(`unknown option ${a}`);
      process.exit(2);
    } else inputs.push(a);
  }
  if (inputs.length === 0) inputs.push(path.join(here, "cases"));
  let cases = loadCases(inputs.filter((p) => fs.existsSync(p)));
  if (filter) cases = cases.filter((c) => filter.test(`${c.topic}/${c.name}`));
  if (list) {
    for (const c of cases) console.log(`${c.topic}/${c.name}\t${c.about}`);
    console.log(`${cases.length} cases`);
    return 0;
  }
  if (!cmd || cmd.length === 0) {
    console.error('usage: run.mjs --cmd "command prefix" [-v] [-j N] [--filter RE] [--strict-lines] [folder|file ...]');
    return 2;
  }
  const results = new Array(cases.length);
  let nextIdx = 0;
  const worker = async () => {
    for (;;) {
      const i = nextIdx++;
      if (i >= cases.length) return;
      const c = cases[i];
      let res;
      try {
        const r = await execCase(c, cmd, { timeout, extraEnv });
        res = judge(c, r, { strictLines });
      } catch (err) {
        res = { problems: [`runner: ${err.stack ?? err}`], position: null };
      }
      results[i] = res;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, worker));
  let pass = 0,
    fail = 0,
    posWanted = 0,
    posOk = 0;
  const topics = new Map();
  cases.forEach((c, i) => {
    const { problems, position } = results[i];
    const t = topics.get(c.topic) ?? { pass: 0, fail: 0 };
    topics.set(c.topic, t);
    if (position !== null) {
      posWanted++;
      if (position) posOk++;
    }
    if (problems.length === 0) {
      pass++;
      t.pass++;
      return;
    }
    fail++;
    t.fail++;
    console.log(`FAIL ${c.topic}/${c.name}`);
    if (verbose) {
      console.log(`     ${c.about}`);
      for (const p of problems.slice(0, 6)) console.log(`     ${p}`);
      if (problems.length > 6) console.log(`     ... ${problems.length - 6} more`);
    }
  });
  for (const [name, t] of [...topics].sort()) console.log(`${name}: ${t.pass}/${t.pass + t.fail}`);
  if (posWanted) console.log(`diagnostic positions: ${posOk}/${posWanted}`);
  if (jsonOut)
    fs.writeFileSync(
      jsonOut,
      JSON.stringify(
        cases.map((c, i) => ({ topic: c.topic, name: c.name, ...results[i] })),
        null,
        1,
      ),
    );
  console.log(`${pass} passed, ${fail} failed`);
  return fail ? 1 : 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
