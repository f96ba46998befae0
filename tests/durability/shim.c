/* Stands between a program and its disk, clock and network, and changes nothing unless it is told to.

   LD_PRELOAD=shim.so, with these in the environment:

   SHIM_ROOT        the folder whose files are watched; below it each step that changes what is on the disk is
                    counted: write, truncate, sync, create, unlink, link, rename, mkdir
   SHIM_LOG         file that every such step is written to once it is done, in order (`steps.py` reads it)
   SHIM_FAULT       "NUMBER WHAT": from that step on every step fails as WHAT says: ENOSPC, EIO or EROFS; or, with
                    KILL, the process is killed in its place
   SHIM_CLOCK       file with two numbers of 64 bits, nanoseconds that are added to the calendar and to the
                    clock that never goes back; whoever changes the file changes the time
   SHIM_ROUND_TRIP  microseconds that the kernel claims for the way to the relay and back (TCP_INFO)

   A step and its line in the log are one, under a lock, so the order of the log is the order of the disk. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 4096
#define REAL(name) ((__typeof__(&name))real(#name))

enum { NO_SPACE = 1, BAD_DISK, READ_ONLY, DEATH };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[4096];
static size_t root_length;
static int log_file = -1, fault_what;
static unsigned long fault_at, steps;
static char *names[MOST_FILES];  /* of watched files that are open, by descriptor */
static volatile int64_t *shift;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    const char *given = getenv("SHIM_ROOT");
    if (given) {
        root_length = strlen(given);
        memcpy(root, given, root_length + 1);
    }
    if ((given = getenv("SHIM_LOG")))
        log_file = syscall(SYS_openat, AT_FDCWD, given, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if ((given = getenv("SHIM_FAULT"))) {
        char what[16] = "";
        sscanf(given, "%lu %15s", &fault_at, what);
        fault_what = !strcmp(what, "ENOSPC") ? NO_SPACE : !strcmp(what, "EIO") ? BAD_DISK
                     : !strcmp(what, "EROFS") ? READ_ONLY : DEATH;
    }
    if ((given = getenv("SHIM_CLOCK"))) {
        int file = syscall(SYS_openat, AT_FDCWD, given, O_RDONLY | O_CLOEXEC);
        void *page = mmap(NULL, 16, PROT_READ, MAP_SHARED, file, 0);
        if (page != MAP_FAILED) shift = page;
        syscall(SYS_close, file);
    }
}

/* --- The disk --- */

static const char *watched(const char *path, char *whole) {
    if (!root_length || !path) return NULL;
    if (path[0] == '/') strncpy(whole, path, 4095);
    else if (getcwd(whole, 2048)) {
        strcat(whole, "/");
        strncat(whole, path, 2000);
    }
    whole[4095] = 0;
    return strncmp(whole, root, root_length) ? NULL : whole;
}

static const char *name_of(int file) { return file >= 0 && file < MOST_FILES ? names[file] : NULL; }

static void note(char kind, const char *name, const char *other, int64_t place, const void *data, size_t length) {
    struct timespec now;
    if (log_file < 0) return;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    uint64_t head[6] = {(uint64_t)kind, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
                        (uint64_t)place, strlen(name), strlen(other), length};
    struct iovec parts[4] = {{head, sizeof head}, {(void *)name, head[3]}, {(void *)other, head[4]},
                             {(void *)data, length}};
    syscall(SYS_writev, log_file, parts, 4);
}

static int failing(void) { return fault_at && steps >= fault_at; }

/* Count a step; 0 when it may be taken, else the error that it ends in. */
static int forbidden(char kind) {
    steps++;
    if (!failing()) return 0;
    switch (fault_what) {
        case NO_SPACE: return kind == 'U' ? 0 : ENOSPC;  /* to remove a file needs no room */
        case BAD_DISK: return EIO;
        case READ_ONLY: return EROFS;
        default:
            syscall(SYS_kill, getpid(), SIGKILL);
            for (;;) pause();
    }
}

#define STEP(type, kind, name, other, place, data, call, length)                \
    pthread_mutex_lock(&lock);                                                  \
    int fault = forbidden(kind);                                                \
    type done = fault ? -1 : (type)(call);                                      \
    int error = fault ? fault : errno;                                          \
    if (done >= 0) note(kind, name, other, place, data, length);                \
    pthread_mutex_unlock(&lock);                                                \
    errno = error;                                                              \
    return done

static int opened(int file, const char *path) {
    if (file >= 0 && file < MOST_FILES) {
        free(names[file]);
        names[file] = strdup(path);
    }
    return file;
}

static int create(const char *path, int flags, mode_t mode) {
    STEP(int, 'C', path, "", 0, "", syscall(SYS_openat, AT_FDCWD, path, flags, mode), 0);
}

static int open_watched(const char *path, int flags, mode_t mode) {
    struct stat found;
    int file;
    if ((flags & O_CREAT) && syscall(SYS_newfstatat, AT_FDCWD, path, &found, 0) < 0) {
        file = create(path, flags, mode);
    } else if (failing() && fault_what == READ_ONLY && (flags & O_ACCMODE) != O_RDONLY) {
        errno = EROFS;
        file = -1;
    } else {
        file = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    }
    return opened(file, path);
}

static int open_any(int folder, const char *path, int flags, mode_t mode) {
    char whole[4096];
    const char *name = folder == AT_FDCWD || path[0] == '/' ? watched(path, whole) : NULL;
    return name ? open_watched(name, flags, mode) : (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE(flags) mode_t mode = 0; va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more)
int open(const char *path, int flags, ...) { MODE(flags); return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags); return open_any(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags); return open_any(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags); return open_any(folder, path, flags, mode); }

int close(int file) {
    if (name_of(file)) {
        free(names[file]);
        names[file] = NULL;
    }
    return (int)syscall(SYS_close, file);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t place) {
    const char *name = name_of(file);
    if (!name) return syscall(SYS_pwrite64, file, data, length, place);
    STEP(ssize_t, 'W', name, "", place, data, syscall(SYS_pwrite64, file, data, length, place), (size_t)done);
}
ssize_t pwrite(int file, const void *data, size_t length, off_t place) { return pwrite64(file, data, length, place); }

ssize_t write(int file, const void *data, size_t length) {
    const char *name = name_of(file);
    if (!name) return syscall(SYS_write, file, data, length);
    off64_t place = lseek(file, 0, fcntl(file, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    STEP(ssize_t, 'W', name, "", place, data, syscall(SYS_write, file, data, length), (size_t)done);
}

int ftruncate64(int file, off64_t length) {
    const char *name = name_of(file);
    if (!name) return (int)syscall(SYS_ftruncate, file, length);
    STEP(int, 'T', name, "", length, "", syscall(SYS_ftruncate, file, length), 0);
}
int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int fdatasync(int file) {
    const char *name = name_of(file);
    if (!name) return (int)syscall(SYS_fdatasync, file);
    STEP(int, 'S', name, "", 0, "", syscall(SYS_fdatasync, file), 0);
}

int fsync(int file) {
    const char *name = name_of(file);
    if (!name) return (int)syscall(SYS_fsync, file);
    STEP(int, 'S', name, "", 0, "", syscall(SYS_fsync, file), 0);
}

int unlink(const char *path) {
    char whole[4096];
    const char *name = watched(path, whole);
    if (!name) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    STEP(int, 'U', name, "", 0, "", syscall(SYS_unlinkat, AT_FDCWD, path, 0), 0);
}

int link(const char *from, const char *to) {
    char whole[4096], other[4096];
    const char *old = watched(from, whole), *new = watched(to, other);
    if (!old || !new) return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    STEP(int, 'L', old, new, 0, "", syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), 0);
}

int rename(const char *from, const char *to) {
    char whole[4096], other[4096];
    const char *old = watched(from, whole), *new = watched(to, other);
    if (!old || !new) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    STEP(int, 'R', old, new, 0, "", syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), 0);
}

int mkdir(const char *path, mode_t mode) {
    char whole[4096];
    const char *name = watched(path, whole);
    if (!name) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    STEP(int, 'M', name, "", 0, "", syscall(SYS_mkdirat, AT_FDCWD, path, mode), 0);
}

/* --- The clock --- */

static void move(struct timespec *moment, int64_t by) {
    int64_t passed = (int64_t)moment->tv_sec * 1000000000 + moment->tv_nsec + by;
    moment->tv_sec = passed / 1000000000;
    moment->tv_nsec = passed % 1000000000;
}

int clock_gettime(clockid_t which, struct timespec *moment) {
    int done = REAL(clock_gettime)(which, moment);
    if (done || !shift) return done;
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) move(moment, shift[0]);
    if (which == CLOCK_MONOTONIC || which == CLOCK_MONOTONIC_COARSE) move(moment, shift[1]);
    return done;
}

/* --- The network --- */

int getsockopt(int file, int level, int option, void *value, socklen_t *length) {
    int done = REAL(getsockopt)(file, level, option, value, length);
    const char *round_trip = getenv("SHIM_ROUND_TRIP");
    if (!done && round_trip && level == IPPROTO_TCP && option == TCP_INFO && *length >= 72)
        ((struct tcp_info *)value)->tcpi_rtt = (uint32_t)atoi(round_trip);
    return done;
}
