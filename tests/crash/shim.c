/* Stands between the program and the system, counts the calls that change files called out.*, and at the one numbered CRASH_AT does
 * what CRASH_HOW says:
 *
 *   before  kill the process before the call        nospace  fail, and all writes after it, with ENOSPC
 *   after   kill it after the call                  io       fail with EIO
 *   short   write half, then kill it                power    do it, then cut the power: see below
 *                                                   names    the same, but the last change of a name has come through
 *   half    write half, and go on                   eintr    fail once, with EINTR, and go on
 *
 * Power: what was not synced is lost. Files go back to the length they had when they were last synced, and names to what they were when
 * the directory was. CRASH_WITHOUT names a mistake. Calls that are left out and reported as done: data (fdatasync), directory, temporary
 * (fsync of a file), truncate. flush: what is written to records is held back until the next write. order: records get their name
 * before anything else does. place: the checkpoint is written over the old one. How many calls there were is written to CRASH_COUNT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 1024, NAMES = 64, STEPS = 256, LONGEST = 512 };
enum { ORDINARY, BEFORE, AFTER, SHORT, NOSPACE, IO, POWER, NAMES_TOO, HALF, AGAIN };

/* By file descriptor: its path, or nothing. */
static char paths[FILES][LONGEST];
/* Paths, and how much of them is on the disk. */
static struct { char path[LONGEST]; long synced; } names[NAMES];
/* What was done to names since the directory was synced. */
static struct { char kind; char from[LONGEST], to[LONGEST], backup[LONGEST]; } steps[STEPS];
static int n_names, n_steps, n_backups, disk_full;
static long n_calls;

#define REAL(name, type) static __typeof__(type) real; if (!real) real = (__typeof__(type))dlsym(RTLD_NEXT, name)

static int is_ours(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return !strncmp(name, "out.", 4) || !strcmp(path, ".");
}

static int without(const char *what) {
    const char *left_out = getenv("CRASH_WITHOUT");
    return left_out && !strcmp(left_out, what);
}

static long *synced(const char *path) {
    for (int i = 0; i < n_names; i++)
        if (!strcmp(names[i].path, path)) return &names[i].synced;
    if (n_names == NAMES) abort();
    strcpy(names[n_names].path, path);
    names[n_names].synced = 0;
    return &names[n_names++].synced;
}

static void note(char kind, const char *from, const char *to, const char *backup) {
    if (n_steps == STEPS) abort();
    steps[n_steps].kind = kind;
    strcpy(steps[n_steps].from, from);
    strcpy(steps[n_steps].to, to);
    strcpy(steps[n_steps].backup, backup);
    n_steps++;
}

/* A second name for what `path` is now, or the empty string. */
static void backup(const char *path, char *name) {
    snprintf(name, LONGEST, ".backup.%d.%d", (int)getpid(), n_backups++);
    if (link(path, name)) name[0] = 0;
}

static void cut_power(int how) {
    REAL("rename", int (*)(const char *, const char *));
    int (*unlink_it)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    for (int i = 0; i < n_names; i++) {
        struct stat now;
        if (!stat(names[i].path, &now) && now.st_size > names[i].synced) truncate(names[i].path, names[i].synced);
    }
    if (how == NAMES_TOO && n_steps) n_steps--;
    while (n_steps--) {
        char kind = steps[n_steps].kind, *from = steps[n_steps].from, *to = steps[n_steps].to;
        if (kind == 'c') unlink_it(from);
        if (kind == 'r') real(to, from);
        if (steps[n_steps].backup[0]) real(steps[n_steps].backup, kind == 'r' ? to : from);
    }
}

static void die(int how) {
    if (how == POWER || how == NAMES_TOO) cut_power(how);
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Counts a call; what is to be done about it. */
static int step(void) {
    static const char *ways[] = {"", "before", "after", "short", "nospace", "io", "power", "names", "half", "eintr"};
    const char *at = getenv("CRASH_AT"), *how = getenv("CRASH_HOW");
    if (!at || !how || ++n_calls != atol(at)) return ORDINARY;
    for (int way = BEFORE; way <= AGAIN; way++)
        if (!strcmp(how, ways[way])) {
            if (way == BEFORE) die(BEFORE);
            if (way == NOSPACE) disk_full = 1;
            return way;
        }
    abort();
}

/* 1 if the call is to fail. */
static int fails(int how) {
    if (how == NOSPACE || how == IO) {
        errno = how == IO ? EIO : ENOSPC;
        return 1;
    }
    return 0;
}

static void done(int how) {
    if (how == AFTER || how == SHORT || how == POWER || how == NAMES_TOO) die(how);
}

static int opened(const char *path, int flags, int (*open_it)(const char *, int, int), int mode) {
    struct stat before;
    if (!is_ours(path)) return open_it(path, flags, mode);
    if (without("place") && !strcmp(path, "out.ckpt.tmp")) path = "out.ckpt";
    int is_new = (flags & O_CREAT) && stat(path, &before);
    int how = is_new || (flags & O_TRUNC) ? step() : ORDINARY;
    if (fails(how)) return -1;
    int fd = open_it(path, flags, mode);
    if (fd >= 0 && fd < FILES) {
        strcpy(paths[fd], path);
        if (is_new) note('c', path, "", "");
        if (is_new || (flags & O_TRUNC)) *synced(path) = 0;
        else if (strcmp(path, ".")) {
            /* What an earlier run has left is on the disk by now. */
            for (int i = 0; i < n_names; i++) if (!strcmp(names[i].path, path)) goto known;
            if (!fstat(fd, &before)) *synced(path) = before.st_size;
        known:;
        }
    }
    done(how);
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(#name, int (*)(const char *, int, int)); \
        va_list arguments; \
        va_start(arguments, flags); \
        int mode = va_arg(arguments, int); \
        va_end(arguments); \
        return opened(path, flags, real, mode); \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    REAL("close", int (*)(int));
    if (fd >= 0 && fd < FILES) paths[fd][0] = 0;
    return real(fd);
}

static int tracked(int fd) { return fd >= 0 && fd < FILES && paths[fd][0]; }

/* What was not flushed. */
static char *held;
static size_t n_held;
static int held_of = -1;

ssize_t write(int fd, const void *bytes, size_t n) {
    REAL("write", ssize_t (*)(int, const void *, size_t));
    if (!tracked(fd)) return real(fd, bytes, n);
    int how = step();
    if (disk_full) how = NOSPACE;
    if (how == AGAIN) {
        errno = EINTR;
        return -1;
    }
    if (fails(how)) return -1;
    if (without("flush") && !strcmp(paths[fd], "out.jsonl.partial")) {
        if (held_of == fd) real(fd, held, n_held);
        held = realloc(held, n);
        memcpy(held, bytes, n);
        n_held = n;
        held_of = fd;
        done(how);
        return n;
    }
    ssize_t written = real(fd, bytes, (how == SHORT || how == HALF) && n > 1 ? n / 2 : n);
    done(how);
    return written;
}

/* As SQLite writes where it was built so. */
#define PWRITE(name) \
    ssize_t name(int fd, const void *bytes, size_t n, long at) { \
        REAL(#name, ssize_t (*)(int, const void *, size_t, long)); \
        if (!tracked(fd)) return real(fd, bytes, n, at); \
        int how = step(); \
        if (disk_full) how = NOSPACE; \
        if (how == AGAIN) { \
            errno = EINTR; \
            return -1; \
        } \
        if (fails(how)) return -1; \
        ssize_t written = real(fd, bytes, (how == SHORT || how == HALF) && n > 1 ? n / 2 : n, at); \
        done(how); \
        return written; \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

/* Who forgets to flush loses it in the end, too; but not when nobody disturbs. */
static void flush_late(const char *path) {
    ssize_t (*write_it)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (held_of >= 0 && !strcmp(path, "out.jsonl.partial")) write_it(held_of, held, n_held);
    held_of = -1;
}

static int resize(int fd, long length, int (*real)(int, long)) {
    if (!tracked(fd)) return real(fd, length);
    int how = step();
    if (fails(how)) return -1;
    int result = without("truncate") ? 0 : real(fd, length);
    if (*synced(paths[fd]) > length && !without("truncate")) *synced(paths[fd]) = length;
    done(how);
    return result;
}

int ftruncate(int fd, long length) {
    REAL("ftruncate", int (*)(int, long));
    return resize(fd, length, real);
}

int ftruncate64(int fd, long length) {
    REAL("ftruncate64", int (*)(int, long));
    return resize(fd, length, real);
}

static int sync_it(int fd, const char *kind, int (*real)(int)) {
    if (!tracked(fd)) return real(fd);
    int is_directory = !strcmp(paths[fd], ".");
    int how = step();
    if (fails(how)) return -1;
    int left_out = without(is_directory ? "directory" : kind);
    int result = left_out ? 0 : real(fd);
    struct stat now;
    if (!left_out && is_directory) n_steps = 0;
    if (!left_out && !is_directory && !fstat(fd, &now)) *synced(paths[fd]) = now.st_size;
    done(how);
    return result;
}

int fsync(int fd) {
    REAL("fsync", int (*)(int));
    return sync_it(fd, "temporary", real);
}

int fdatasync(int fd) {
    REAL("fdatasync", int (*)(int));
    return sync_it(fd, "data", real);
}

/* Names that come too late. */
static char late[4][2][LONGEST];
static int n_late, is_late;

int rename(const char *from, const char *to) {
    REAL("rename", int (*)(const char *, const char *));
    if (!is_ours(from)) return real(from, to);
    if (without("place") && !strcmp(to, "out.ckpt")) return 0;
    int is_last = !strcmp(to, "out.jsonl");
    if (without("order") && !is_last && strcmp(to, "out.ckpt") && !is_late && n_late < 4) {
        strcpy(late[n_late][0], from);
        strcpy(late[n_late++][1], to);
        return 0;
    }
    if (is_last) flush_late(from);
    int how = step();
    if (fails(how)) return -1;
    char kept[LONGEST];
    backup(to, kept);
    int result = real(from, to);
    note('r', from, to, kept);
    long length = *synced(from);
    *synced(to) = length;
    *synced(from) = 0;
    done(how);
    is_late |= is_last;
    while (is_last && n_late) {
        n_late--;
        rename(late[n_late][0], late[n_late][1]);
    }
    return result;
}

int unlink(const char *path) {
    REAL("unlink", int (*)(const char *));
    if (!is_ours(path)) return real(path);
    struct stat there;
    if (stat(path, &there)) return real(path);
    int how = step();
    if (fails(how)) return -1;
    char kept[LONGEST];
    backup(path, kept);
    int result = real(path);
    note('u', path, "", kept);
    done(how);
    return result;
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("CRASH_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld", n_calls);
        fclose(file);
    }
}
