// Times whole commands, interleaved, so that what slows the machine down slows all of them down.
import { spawnSync } from "node:child_process";

/**
 * Runs each command `rounds` times in turn and gives back the median wall time and the peak memory of each.
 * A command is `{ name, file, args, cwd?, env?, before? }`; `before` is called untimed ahead of each run.
 *
 * @param {readonly Command[]} commands
 * @param {number} rounds
 * @returns {readonly Timing[]} in the order of the commands
 *
 * @typedef {{ name: string, file: string, args: readonly string[], cwd?: string, env?: Record<string, string>, before?: () => void }} Command
 * @typedef {{ name: string, medianMs: number, fastestMs: number }} Timing
 */
export function measureCommands(commands, rounds) {
  const times = commands.map(() => []);
  for (let round = -1; round < rounds; round++) {
    commands.forEach((command, index) => {
      const ms = runOnce(command);
      if (round >= 0) times[index].push(ms);
    });
  }
  return commands.map(({ name }, index) => {
    const sorted = times[index].sort((a, b) => a - b);
    return { name, medianMs: sorted[Math.floor(sorted.length / 2)], fastestMs: sorted[0] };
  });
}

function runOnce({ name, file, args, cwd, env, before }) {
  before?.();
  const started = process.hrtime.bigint();
  const run = spawnSync(file, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 28,
  });
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  if (run.status !== 0)
    throw new Error(`${name} ended with ${run.status ?? run.signal}: ${run.stderr.toString().slice(-2000)}`);
  return ms;
}

/** `1.23x` of the first timing, for each of the rest. */
export function ratio(ours, baseline) {
  return ours.medianMs / baseline.medianMs;
}

export function printTable(title, rows) {
  process.stdout.write(`\n${title}\n`);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, ...cells] of rows) process.stdout.write(`  ${name.padEnd(width)}  ${cells.join("  ")}\n`);
}

export const milliseconds = (timing) => `${timing.medianMs.toFixed(0).padStart(6)} ms`;
export const times = (value) => `${value.toFixed(2)}x`;
