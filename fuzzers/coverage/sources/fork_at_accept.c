// Every accepted connection is served by a fresh fork of the initialised server (LD_PRELOAD).
//
// The first connection freezes the server inside its call of accept(): from then on it waits there for connections, forks for
// each, waits for the fork's end, and says what became of it. So every connection meets the same memory, whatever the ones before
// it did, and nothing but the fork runs while a case is played. The fork is the server as it was, returning from accept(). It may
// accept more connections; it ends when all of them are closed and it is about to wait for something again, so that what it does
// after closing them is still seen. (Where the server itself forks for each connection, there is one only.)
//
// What is reported, on the descriptor that WORKBENCH_FORK_FD names: pairs of 32-bit integers in host byte order. (pid, -1): this
// process serves a connection. (pid, status): it ended, with a status as of wait(2).
//
// Without that variable nothing is changed. Not covered: servers that hand connections to threads or processes which exist before
// the first connection comes (a fork holds the accepting thread only), datagrams, and programs that make system calls without the
// C library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// Descriptors that are watched; a server that is fuzzed never needs more, and limits for files are set to 4096.
#define MOST_FDS 8192
// Processes that the server starts for one connection; a server for each connection starts one.
#define MOST_HELPERS 16

enum kind { OTHER, CONNECTION, EPOLL };

static int report_fd = -1;               // -1: nothing is changed
static _Atomic int serving;              // 1 in a fork that serves connections
static _Atomic int frozen;               // 1 once a connection came
static _Atomic int open_connections;     // of this fork
static _Atomic pid_t last_closer;        // the thread that closed the last of them; 0 while there are any
static _Atomic unsigned char kinds[MOST_FDS];
static struct { _Atomic pid_t pid; _Atomic int status; } helpers[MOST_HELPERS]; // status -1: not known to have ended
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t last_words; // its destructor runs when the thread that closed the last connection ends

// The function that ours stands in front of.
#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int real_close(int fd) {
    REAL(close);
    return real(fd);
}

// End with the process that forked this one. It may be gone already, and then no signal comes any more. (Our first process in a
// namespace of its own is told that it has no parent.)
static void end_with(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pid_t now = getppid();
    if (now && now != parent) _exit(0);
}

// ---- what became of the processes that the server started for a connection --------------------------------

static void note_end(pid_t pid, int status) {
    for (int i = 0; i < MOST_HELPERS; i++)
        if (helpers[i].pid == pid) helpers[i].status = status;
}

// End like the first helper that did not end well, if any.
static void end_like_helpers(void) {
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &plain, NULL); // no handler of the server's may collect them before us
    for (int i = 0; i < MOST_HELPERS && helpers[i].pid; i++) {
        int status = helpers[i].status;
        REAL(waitpid);
        while (status == -1 && real(helpers[i].pid, &status, 0) < 0)
            if (errno != EINTR) { status = 0; break; }
        if (WIFSIGNALED(status)) {
            sigset_t just;
            sigemptyset(&just);
            sigaddset(&just, WTERMSIG(status));
            sigaction(WTERMSIG(status), &plain, NULL);
            sigprocmask(SIG_UNBLOCK, &just, NULL);
            kill(getpid(), WTERMSIG(status));
        }
        if (WIFEXITED(status) && WEXITSTATUS(status)) _exit(WEXITSTATUS(status));
    }
}

// Only the thread that closed the last connection ends the fork: what it does after that is still to be seen, however early
// another one comes to wait for the next connection.
static void end(void *unused) {
    (void)unused;
    if (!serving || open_connections > 0 || last_closer != gettid()) return;
    end_like_helpers();
    _exit(0);
}

// Called where the server is about to wait for something.
static void before_waiting(void) {
    if (serving && open_connections <= 0) end(NULL);
}

// ---- descriptors ------------------------------------------------------------------------------------------

static int kind_of(int fd) { return fd >= 0 && fd < MOST_FDS ? kinds[fd] : OTHER; }

static void set_kind(int fd, enum kind kind) {
    if (fd < 0 || fd >= MOST_FDS) return;
    int before = atomic_exchange(&kinds[fd], kind);
    if (kind == CONNECTION && before != CONNECTION) {
        last_closer = 0;
        open_connections++;
    }
    if (kind != CONNECTION && before == CONNECTION && --open_connections <= 0 && serving) {
        last_closer = gettid();
        pthread_setspecific(last_words, kinds);
    }
}

static int copied(int from, int to) {
    if (to >= 0 && to != from) set_kind(to, kind_of(from));
    return to;
}

int close(int fd) {
    if (fd >= 0 && fd == report_fd) return 0; // servers that close everything they do not know
    int result = real_close(fd);
    int kept = errno;
    if (kind_of(fd) != OTHER) set_kind(fd, OTHER);
    errno = kept;
    return result;
}

int fclose(FILE *file) {
    REAL(fclose);
    int fd = fileno(file), result = real(file);
    if (kind_of(fd) != OTHER) set_kind(fd, OTHER);
    return result;
}

int close_range(unsigned first, unsigned last, int flags) {
    REAL(close_range);
    if (!real) { errno = ENOSYS; return -1; }
    unsigned ours = (unsigned)report_fd;
    int result = 0;
    if (report_fd >= 0 && first <= ours && ours <= last) {
        if (first < ours) result = real(first, ours - 1, flags);
        if (!result && ours < last) result = real(ours + 1, last, flags);
    } else
        result = real(first, last, flags);
    if (!result && !(flags & 4)) // CLOSE_RANGE_CLOEXEC closes nothing yet
        for (unsigned fd = first; fd <= last && fd < MOST_FDS; fd++)
            if (fd != ours) set_kind((int)fd, OTHER);
    return result;
}

void closefrom(int first) { close_range(first < 0 ? 0 : (unsigned)first, ~0U, 0); }

int dup(int fd) {
    REAL(dup);
    return copied(fd, real(fd));
}

int dup2(int fd, int to) {
    REAL(dup2);
    if (to == report_fd && to >= 0) { errno = EBUSY; return -1; }
    return copied(fd, real(fd, to));
}

int dup3(int fd, int to, int flags) {
    REAL(dup3);
    if (to == report_fd && to >= 0) { errno = EBUSY; return -1; }
    return copied(fd, real(fd, to, flags));
}

static int control(int (*real)(int, int, ...), int fd, int command, void *argument) {
    int result = real(fd, command, argument);
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, result) : result;
}

int fcntl(int fd, int command, ...) {
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *); // an int or a pointer; passed on as it came
    va_end(more);
    REAL(fcntl);
    return control(real, fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    static int (*real)(int, int, ...);
    if (!real) real = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl64");
    return control(real ? real : fcntl, fd, command, argument);
}

int epoll_create(int size) {
    REAL(epoll_create);
    int fd = real(size);
    if (report_fd >= 0) set_kind(fd, EPOLL);
    return fd;
}

int epoll_create1(int flags) {
    REAL(epoll_create1);
    int fd = real(flags);
    if (report_fd >= 0) set_kind(fd, EPOLL);
    return fd;
}

// A fork shares its epoll instances with the frozen server: what it registers would be registered there. So it gets its own, filled
// from what the kernel says is registered; the number of the descriptor stays.
static void own_epoll(int fd) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE *told = fopen(path, "re");
    int fresh = told ? epoll_create1(EPOLL_CLOEXEC) : -1;
    while (fresh >= 0 && fgets(line, sizeof line, told)) {
        int watched;
        unsigned events;
        unsigned long long data;
        if (sscanf(line, "tfd: %d events: %x data: %llx", &watched, &events, &data) != 3) continue;
        struct epoll_event event = {.events = events, .data.u64 = data};
        epoll_ctl(fresh, EPOLL_CTL_ADD, watched, &event); // fails for what is closed already, which then rings no more
    }
    if (told) fclose(told);
    if (fresh < 0) return;
    REAL(dup3);
    real(fresh, fd, fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0);
    close(fresh);
}

// ---- accepting --------------------------------------------------------------------------------------------

static void report(pid_t pid, int status) {
    int32_t record[2] = {pid, status};
    while (write(report_fd, record, sizeof record) < 0 && errno == EINTR) {}
}

// The fork: the server, with one connection.
static void begin_serving(int fd, pid_t server, const struct sigaction *before) {
    end_with(server);
    struct sigaction children = *before;
    if (children.sa_handler == SIG_IGN) children.sa_handler = SIG_DFL; // else nobody learns how a helper ended
    children.sa_flags &= ~SA_NOCLDWAIT;
    sigaction(SIGCHLD, &children, NULL);
    serving = 1;
    for (int each = 0; each < MOST_FDS; each++)
        if (kinds[each] == EPOLL) own_epoll(each);
    set_kind(fd, CONNECTION);
}

// In the server: wait for the fork without anybody else noticing that there is one.
static void await_end(pid_t pid, const struct sigaction *before) {
    REAL(waitpid);
    int status = 0;
    while (real(pid, &status, 0) < 0)
        if (errno != EINTR) break;
    sigaction(SIGCHLD, before, NULL);
    if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
        // the server's own processes may have ended meanwhile, and nobody told it
        siginfo_t waiting = {0};
        if (!waitid(P_ALL, 0, &waiting, WEXITED | WNOHANG | WNOWAIT) && waiting.si_pid) raise(SIGCHLD);
    }
    report(pid, status);
}

static int is_internet(int fd) {
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    return !getsockname(fd, (struct sockaddr *)&name, &size) && (name.ss_family == AF_INET || name.ss_family == AF_INET6);
}

static int real_accept(int listener, struct sockaddr *name, socklen_t *size, int flags) {
    REAL(accept4);
    return real(listener, name, size, flags);
}

// A connection for the caller, who afterwards is the fork that serves it; the caller before that never comes back from here.
static int accept_and_fork(int listener, struct sockaddr *name, socklen_t *size, int flags) {
    socklen_t room = size ? *size : 0;
    for (;;) {
        if (frozen) {
            REAL(poll);
            struct pollfd wanted = {.fd = listener, .events = POLLIN};
            if (real(&wanted, 1, -1) < 0 && errno != EINTR) return -1;
        }
        if (size) *size = room;
        int fd = real_accept(listener, name, size, flags);
        if (fd < 0) {
            if (frozen && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)) continue;
            return -1;
        }
        pthread_mutex_lock(&one_at_a_time);
        frozen = 1;
        struct sigaction before, plain = {.sa_handler = SIG_DFL};
        sigaction(SIGCHLD, &plain, &before); // neither a handler nor "ignore" may take the status away
        REAL(fork);
        pid_t server = getpid(), pid = real();
        if (pid == 0) {
            begin_serving(fd, server, &before);
            pthread_mutex_unlock(&one_at_a_time);
            return fd;
        }
        real_close(fd);
        if (pid < 0)
            sigaction(SIGCHLD, &before, NULL);
        else {
            report(pid, -1);
            await_end(pid, &before);
        }
        pthread_mutex_unlock(&one_at_a_time);
        if (pid < 0) { errno = ECONNABORTED; return -1; }
    }
}

int accept4(int listener, struct sockaddr *name, socklen_t *size, int flags) {
    if (report_fd < 0 || !is_internet(listener)) return real_accept(listener, name, size, flags);
    if (!serving) return accept_and_fork(listener, name, size, flags);
    before_waiting();
    int fd = real_accept(listener, name, size, flags);
    if (fd >= 0) set_kind(fd, CONNECTION);
    return fd;
}

int accept(int listener, struct sockaddr *name, socklen_t *size) { return accept4(listener, name, size, 0); }

// ---- waiting ----------------------------------------------------------------------------------------------

int poll(struct pollfd *fds, nfds_t count, int timeout) {
    REAL(poll);
    if (timeout) before_waiting();
    return real(fds, count, timeout);
}

// What poll becomes in programs built with _FORTIFY_SOURCE.
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room) {
    if (count > room / sizeof *fds) abort();
    return poll(fds, count, timeout);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    REAL(ppoll);
    if (!timeout || timeout->tv_sec || timeout->tv_nsec) before_waiting();
    return real(fds, count, timeout, mask);
}

int select(int count, fd_set *in, fd_set *out, fd_set *odd, struct timeval *timeout) {
    REAL(select);
    if (!timeout || timeout->tv_sec || timeout->tv_usec) before_waiting();
    return real(count, in, out, odd, timeout);
}

int pselect(int count, fd_set *in, fd_set *out, fd_set *odd, const struct timespec *timeout, const sigset_t *mask) {
    REAL(pselect);
    if (!timeout || timeout->tv_sec || timeout->tv_nsec) before_waiting();
    return real(count, in, out, odd, timeout, mask);
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout) {
    REAL(epoll_wait);
    if (timeout) before_waiting();
    return real(fd, events, most, timeout);
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int timeout, const sigset_t *mask) {
    REAL(epoll_pwait);
    if (timeout) before_waiting();
    return real(fd, events, most, timeout, mask);
}

// ---- processes that the server starts ---------------------------------------------------------------------

pid_t fork(void) {
    REAL(fork);
    pid_t parent = getpid(), pid = real();
    if (!serving) return pid;
    if (pid == 0) {
        memset(helpers, 0, sizeof helpers);
        if (last_closer) last_closer = gettid();
        end_with(parent); // whoever kills a fork that hangs means its helpers, too
    }
    for (int i = 0; pid > 0 && i < MOST_HELPERS; i++)
        if (!helpers[i].pid) {
            helpers[i].status = -1;
            helpers[i].pid = pid;
            break;
        }
    return pid;
}

pid_t waitpid(pid_t wanted, int *status, int options) {
    REAL(waitpid);
    int told = 0;
    pid_t pid = real(wanted, &told, options);
    if (pid > 0 && serving && (WIFEXITED(told) || WIFSIGNALED(told))) note_end(pid, told);
    if (status && pid > 0) *status = told;
    return pid;
}

pid_t wait(int *status) { return waitpid(-1, status, 0); }

pid_t wait4(pid_t wanted, int *status, int options, struct rusage *usage) {
    REAL(wait4);
    int told = 0;
    pid_t pid = real(wanted, &told, options, usage);
    if (pid > 0 && serving && (WIFEXITED(told) || WIFSIGNALED(told))) note_end(pid, told);
    if (status && pid > 0) *status = told;
    return pid;
}

pid_t wait3(int *status, int options, struct rusage *usage) { return wait4(-1, status, options, usage); }

__attribute__((constructor)) static void start(void) {
    const char *told = getenv("WORKBENCH_FORK_FD");
    if (told && *told && fcntl(atoi(told), F_GETFD) >= 0) {
        pthread_key_create(&last_words, end);
        report_fd = atoi(told);
    }
}
