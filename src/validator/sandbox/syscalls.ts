// The system calls that a program in the sandbox may make, by name and number; whatever is not here is refused.

/** Processor families that the filter knows, by the name that Node gives them. */
export type Machine = "x64" | "arm64";

export interface Syscall {
  readonly name: string;
  /** Undefined where that machine has no such call. */
  readonly numbers: Readonly<Record<Machine, number | undefined>>;
}

/**
 * Not here, among others: socket, connect, bind, listen, accept (no network, and no socket of the host either); ptrace,
 * process_vm_readv; mount, unshare, setns, chroot, pivot_root; bpf, perf_event_open, userfaultfd, io_uring_setup, keyctl,
 * init_module, kexec_load, reboot, personality, quotactl; memfd_create, shmget, msgget, mq_open, which hold memory that
 * belongs to no process; inotify_init, of which a user has only so many, inside and outside together. Name, number on
 * x86_64, number on aarch64.
 */
const TABLE = [
  // Files: what may be opened is for mounts and permissions to say.
  "read 0 63, write 1 64, open 2 -, close 3 57, stat 4 -, fstat 5 80, lstat 6 -, lseek 8 62",
  "pread64 17 67, pwrite64 18 68, readv 19 65, writev 20 66, access 21 -, dup 32 23, dup2 33 -",
  "dup3 292 24, sendfile 40 71, fcntl 72 25, flock 73 32, fsync 74 82, fdatasync 75 83",
  "truncate 76 45, ftruncate 77 46, getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49",
  "fchdir 81 50, rename 82 -, renameat 264 38, renameat2 316 276, mkdir 83 -, mkdirat 258 34",
  "rmdir 84 -, creat 85 -, link 86 -, linkat 265 37, unlink 87 -, unlinkat 263 35, symlink 88 -",
  "symlinkat 266 36, readlink 89 -, readlinkat 267 78, chmod 90 -, fchmod 91 52, fchmodat 268 53",
  "fchmodat2 452 452, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54, umask 95 166",
  "utime 132 -, utimes 235 -, futimesat 261 -, utimensat 280 88, mknod 133 -, mknodat 259 33",
  "statfs 137 43, fstatfs 138 44, statx 332 291, newfstatat 262 79, openat 257 56, openat2 437 437",
  "faccessat 269 48, faccessat2 439 439, readahead 187 213, fadvise64 221 223, fallocate 285 47",
  "sync_file_range 277 84, splice 275 76, tee 276 77, vmsplice 278 75, copy_file_range 326 285",
  "preadv 295 69, pwritev 296 70, preadv2 327 286, pwritev2 328 287, getxattr 191 8, lgetxattr 192 9",
  "fgetxattr 193 10, listxattr 194 11, llistxattr 195 12, flistxattr 196 13, close_range 436 436",
  // Memory: none that no process's own size shows (memfd_create, shmget).
  "mmap 9 222, mprotect 10 226, munmap 11 215, brk 12 214, mremap 25 216, msync 26 227",
  "mincore 27 232, madvise 28 233, mlock 149 228, munlock 150 229, mlock2 325 284, membarrier 324 283",
  "pkey_mprotect 329 288, pkey_alloc 330 289, pkey_free 331 290, get_mempolicy 239 236",
  // Waiting.
  "poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -, epoll_create1 291 20",
  "epoll_wait 232 -, epoll_ctl 233 21, epoll_pwait 281 22, epoll_pwait2 441 441, pipe 22 -",
  "pipe2 293 59, eventfd 284 -, eventfd2 290 19, signalfd 282 -, signalfd4 289 74",
  "timerfd_create 283 85, timerfd_settime 286 86, timerfd_gettime 287 87, futex 202 98",
  "futex_waitv 449 449, pause 34 -, nanosleep 35 101, clock_nanosleep 230 115",
  "restart_syscall 219 128",
  // Processes: execve, since a command starts programs; limits, which can only be lowered.
  "fork 57 -, vfork 58 -, execve 59 221, execveat 322 281, exit 60 93, exit_group 231 94",
  "wait4 61 260, waitid 247 95, kill 62 129, tkill 200 130, tgkill 234 131, pidfd_open 434 434",
  "pidfd_send_signal 424 424, getpid 39 172, getppid 110 173, gettid 186 178, getpgid 121 155",
  "getpgrp 111 -, setpgid 109 154, getsid 124 156, setsid 112 157, set_tid_address 218 96",
  "set_robust_list 273 99, get_robust_list 274 100, rseq 334 293, arch_prctl 158 -, prctl 157 167",
  "prlimit64 302 261, getrlimit 97 163, setrlimit 160 164, getrusage 98 165, times 100 153",
  "sched_yield 24 124, sched_getaffinity 204 123, sched_setaffinity 203 122, sched_getparam 143 121",
  "sched_setparam 142 118, sched_getscheduler 145 120, sched_setscheduler 144 119",
  "sched_get_priority_max 146 125, sched_get_priority_min 147 126, sched_rr_get_interval 148 127",
  "sched_getattr 315 275, sched_setattr 314 274, getpriority 140 141, setpriority 141 140",
  "getcpu 309 168, capget 125 90, landlock_create_ruleset 444 444, landlock_add_rule 445 445",
  "landlock_restrict_self 446 446",
  // Signals and timers.
  "rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136",
  "rt_sigtimedwait 128 137, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, rt_sigsuspend 130 133",
  "sigaltstack 131 132, alarm 37 -, getitimer 36 102, setitimer 38 103, timer_create 222 107",
  "timer_settime 223 110, timer_gettime 224 108, timer_getoverrun 225 109, timer_delete 226 111",
  // Who and when.
  "uname 63 160, sysinfo 99 179, getuid 102 174, getgid 104 176, geteuid 107 175, getegid 108 177",
  "getgroups 115 158, getresuid 118 148, getresgid 120 150, gettimeofday 96 169, time 201 -",
  "clock_gettime 228 113, clock_getres 229 114, getrandom 318 278",
  // Talking over pairs of sockets that are there already; none can be made but by socketpair below.
  "sendto 44 206, recvfrom 45 207, sendmsg 46 211, recvmsg 47 212, shutdown 48 210",
  "getsockname 51 204, getpeername 52 205, getsockopt 55 209, setsockopt 54 208",
  // Allowed for some arguments only.
  "clone 56 220, clone3 435 435, ioctl 16 29, socketpair 53 199",
];

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === "-" ? undefined : Number(text);
}

function read(table: readonly string[]): readonly Syscall[] {
  const entries = table.join(", ").split(", ");
  return entries.map((entry) => {
    const [name = "", x64, arm64] = entry.split(" ");
    return { name, numbers: { x64: numberOf(x64), arm64: numberOf(arm64) } };
  });
}

export const allowed: readonly Syscall[] = read(TABLE);

/** With these root becomes nobody. After that, without a capability, they change nothing; no container needs them. */
export const descending: readonly Syscall[] = read([
  "setresuid 117 147, setresgid 119 149, setgroups 116 159, capset 126 91",
]);

/** Calls of the table that are allowed for some arguments only; seccomp.ts says for which. */
export const conditional: ReadonlySet<string> = new Set(["clone", "clone3", "ioctl", "socketpair"]);
