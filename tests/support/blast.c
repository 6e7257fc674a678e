/* Load for live captures: numbered UDP packets to a port of this machine, at a given rate, for a given time.

   blast PORT PACKETS_PER_SECOND SECONDS BYTES: prints how many were sent. Its own sink listens on the port, so that the kernel answers
   with no ICMP errors; what does not fit into the sink is thrown away, which captures do not notice. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { TOGETHER = 32, LARGEST = 9000 };

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int count, char **words)
{
    static unsigned char payloads[TOGETHER][LARGEST];
    struct mmsghdr messages[TOGETHER];
    struct iovec pieces[TOGETHER];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timespec nap = {.tv_nsec = 50000};
    int small = 1024, sink = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0);
    if (count != 5 || sink < 0 || out < 0)
        return 2;
    double rate = atof(words[2]), duration = atof(words[3]);
    size_t size = (size_t)atoi(words[4]);
    if (size < sizeof(uint64_t) || size > LARGEST)
        return 2;
    address.sin_port = htons((uint16_t)atoi(words[1]));
    setsockopt(sink, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(sink, (struct sockaddr *)&address, sizeof address) || connect(out, (struct sockaddr *)&address, sizeof address))
        return 1;
    memset(messages, 0, sizeof messages);
    for (int n = 0; n < TOGETHER; n++) {
        pieces[n] = (struct iovec){payloads[n], size};
        messages[n].msg_hdr.msg_iov = &pieces[n];
        messages[n].msg_hdr.msg_iovlen = 1;
    }
    uint64_t sent = 0;
    double begun = seconds_now(), passed;
    while ((passed = seconds_now() - begun) < duration) {
        if ((double)sent > passed * rate) {
            nanosleep(&nap, NULL);
            continue;
        }
        for (uint64_t n = 0; n < TOGETHER; n++) {
            uint64_t number = sent + n;
            memcpy(payloads[n], &number, sizeof number);
        }
        int done = sendmmsg(out, messages, TOGETHER, 0);
        if (done > 0)
            sent += (uint64_t)done;
    }
    printf("%llu\n", (unsigned long long)sent);
    return 0;
}
