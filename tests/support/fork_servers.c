// Servers of every architecture, for one line each connection: tests of fuzzers/coverage/sources/fork_at_accept.c.
// usage: fork_servers KIND PORT. Each answers "PLACE COUNT\n": which connection of this process's memory it is.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int count, late, slow;
static sem_t closed; // the connection is, and its thread is not done yet
static sem_t accepting; // main thread is about to accept, and passes no more places of the code until it does

static void obey(char *line, int fd) {
    char answer[64];
    count++;
    if (!strncmp(line, "crash", 5)) abort();
    if (!strncmp(line, "exit", 4)) exit(7);
    if (!strncmp(line, "spin", 4)) for (;;) {}
    late = !strncmp(line, "late", 4);
    int size = snprintf(answer, sizeof answer, "count %d\n", count);
    if (write(fd, answer, size) != size) exit(9);
}

static void serve(int fd) {
    char line[100] = "";
    if (read(fd, line, sizeof line - 1) > 0) obey(line, fd);
    close(fd);
    if (slow) sem_post(&closed), usleep(50000); // time enough for the other thread to want the next connection
    if (late) abort(); // an error in what comes after the connection
}

static void *slow_thread(void *fd) { serve((int)(long)fd); return NULL; }

// Serves when the thread that started it has nothing left to do: what such a pair does at once is different each time.
static void *thread(void *fd) {
    sem_wait(&accepting);
    sem_post(&accepting);
    serve((int)(long)fd);
    return NULL;
}

static void reap(int number) { (void)number; while (waitpid(-1, NULL, WNOHANG) > 0) {} }

static void event_loop(int listener) {
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    fcntl(listener, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event ready[4];
        int found = epoll_wait(epoll, ready, 4, -1);
        for (int i = 0; i < found; i++) {
            if (ready[i].data.fd != listener) { serve(ready[i].data.fd); continue; }
            int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0) continue;
            event.events = EPOLLIN | EPOLLET;
            event.data.fd = fd;
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}

static void poll_loop(int listener) {
    fcntl(listener, F_SETFL, O_NONBLOCK);
    struct pollfd all[64] = {{.fd = listener, .events = POLLIN}};
    for (int used = 1;;) {
        poll(all, used, -1);
        for (int i = used - 1; i > 0; i--)
            if (all[i].revents) { serve(all[i].fd); all[i] = all[--used]; }
        int fd = all[0].revents ? accept(listener, NULL, NULL) : -1;
        if (fd >= 0) all[used++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

int main(int words, char **word) {
    const char *kind = words > 2 ? word[1] : "";
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(atoi(word[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!strcmp(kind, "closes-all")) for (int fd = 3; fd < 1024; fd++) if (fd != listener) close(fd);
    if (!strcmp(kind, "close-range")) close_range(listener + 1, ~0U, 0);
    if (bind(listener, (void *)&name, sizeof name) || listen(listener, 64)) return perror("bind"), 1;
    if (!strcmp(kind, "epoll")) event_loop(listener);
    if (!strcmp(kind, "poll")) poll_loop(listener);
    if (!strcmp(kind, "forks-ignoring")) signal(SIGCHLD, SIG_IGN);
    if (!strcmp(kind, "forks-reaping") || !strcmp(kind, "reaping")) signal(SIGCHLD, reap);
    sem_init(&accepting, 0, 0);
    sem_init(&closed, 0, 0);
    slow = !strcmp(kind, "slow-threads");
    for (;;) {
        sem_post(&accepting);
        int fd = accept(listener, NULL, NULL);
        sem_wait(&accepting);
        if (fd < 0) continue;
        if (slow || !strcmp(kind, "threads")) {
            pthread_t made;
            pthread_create(&made, NULL, slow ? slow_thread : thread, (void *)(long)fd);
            pthread_detach(made);
            if (slow) sem_wait(&closed);
        } else if (!strncmp(kind, "forks", 5)) {
            if (!fork()) { close(listener); serve(fd); exit(0); }
            close(fd);
        } else if (!strcmp(kind, "copies")) {
            int copy = dup(fd);
            close(fd);
            serve(copy);
        } else if (!strcmp(kind, "stdio")) {
            FILE *file = fdopen(fd, "r+");
            char line[100] = "";
            if (fgets(line, sizeof line, file)) obey(line, fd);
            fclose(file);
            if (late) abort();
        } else
            serve(fd);
    }
}
