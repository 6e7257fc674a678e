/* A streambus server without faults and with one kind of answer, to measure fuzzers on: frames with a length and a checksum, health
 * checks echoed, an error for everything else. Plain POSIX, one thread, one client after the other: nothing is faster to talk to.
 *
 *     afl-clang-fast -O2 streambus_server.c -o server && ./server 9099
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 16, LARGEST = 65536, HEALTH_CHECK = 7, OK = 0, ERROR = 1, UNKNOWN = 1, INVALID = 2, CORRUPT = 4 };

static uint8_t request[LARGEST + 4], answer[LARGEST + 64];
static uint32_t crc_table[256];

static uint32_t crc32(const uint8_t *data, size_t size) {
    uint32_t crc = ~0u;
    while (size--) crc = crc_table[(crc ^ *data++) & 255] ^ crc >> 8;
    return ~crc;
}

static uint8_t *number(uint8_t *at, uint64_t value, int width) {
    for (int place = width; place--; value >>= 8) at[place] = (uint8_t)value;
    return at + width;
}

static void reply(int client, const uint8_t *id, int status, int code, const uint8_t *payload, size_t size) {
    uint8_t *at = number(answer, 15 + size, 4);
    memcpy(at, id, 8);
    at = number(number(at + 8, (uint64_t)status, 1), (uint64_t)code, 2);
    memcpy(at, payload, size);
    at = number(at + size, crc32(answer, 15 + size), 4);
    send(client, answer, (size_t)(at - answer), MSG_NOSIGNAL);
}

static void refuse(int client, const uint8_t *id, int code) { reply(client, id, ERROR, code, (const uint8_t *)"\0\2no", 4); }

static int take(int client, uint8_t *at, size_t wanted) {
    while (wanted) {
        ssize_t got = recv(client, at, wanted, 0);
        if (got <= 0) return 0;
        at += got;
        wanted -= (size_t)got;
    }
    return 1;
}

static void serve(int client) {
    static const uint8_t nobody[8];
    while (take(client, request, 4)) {
        size_t length = (size_t)request[0] << 24 | (size_t)request[1] << 16 | (size_t)request[2] << 8 | request[3];
        if (length < HEADER || length > LARGEST) {
            refuse(client, nobody, INVALID);
            return;
        }
        if (!take(client, request + 4, length)) return;
        uint32_t crc;
        memcpy(&crc, request + length, 4);
        size_t payload = length - HEADER;
        if (ntohl(crc) != crc32(request, length)) refuse(client, request + 4, CORRUPT);
        else if (request[12] != HEALTH_CHECK) refuse(client, request + 4, request[12] && request[12] < HEALTH_CHECK ? INVALID : UNKNOWN);
        else if (payload < 2 || request[14]) refuse(client, request + 4, INVALID);
        else {
            size_t wanted = (size_t)request[HEADER] << 8 | request[HEADER + 1], there = payload - 2;
            uint8_t *echo = request + HEADER - 1; /* a state, two flags, then what was said */
            memcpy(echo, "\0\1\1", 3);
            reply(client, request + 4, OK, 0, echo, 3 + (wanted < there ? wanted : there));
        }
    }
}

int main(int count, char **words) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xEDB88320u ^ crc >> 1 : crc >> 1;
        crc_table[byte] = crc;
    }
    address.sin_port = htons((uint16_t)(count > 1 ? atoi(words[1]) : 9099));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 512)) {
        perror("listen");
        return 1;
    }
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        serve(client);
        close(client);
    }
}
