/** What root may do in a sandbox (capabilities(7)). */
import { readFileSync } from "node:fs";

/** In the order of their numbers. */
const names: readonly string[] = (
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast " +
  "net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice " +
  "sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm " +
  "block_suspend audit_read perfmon bpf checkpoint_restore"
).split(" ");

/** The default set of Docker: a80425fb as a mask. */
const usual: ReadonlySet<string> = new Set(
  "chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap".split(
    " ",
  ),
);

/** As far as this process has them: nobody can give what they do not have. */
export function grantedCapabilities(security: "sandbox" | "insecure"): readonly string[] {
  const own = ownMask();
  return names.filter(
    (name, number) => (own & (1n << BigInt(number))) !== 0n && (security === "insecure" || usual.has(name)),
  );
}

function ownMask(): bigint {
  const status = readFileSync("/proc/self/status", "latin1");
  return BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
}
