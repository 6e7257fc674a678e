/* A training target in C: streambus (SPECIFICATION.md) with planted faults, to learn and to test fuzzing on. Loopback only; never serve
 * it to strangers. Plain POSIX, one thread, any number of clients. The log lives as long as somebody is connected, so that every session
 * begins alike; what outlives it (old echoes, leaked memory) is a fault.
 *
 *     cc -g training.c -o streambus-training && ./streambus-training 9099
 *
 * The faults are marked FAULT; `training_c.py` beside this file lists them with their triggers. Some only hurt where a sanitizer looks.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PRODUCE = 1, FETCH, GET_OFFSET, CREATE_TOPIC, DELETE_TOPIC, LIST_TOPICS, HEALTH_CHECK };
enum { NONE, UNKNOWN_REQUEST, INVALID, OUT_OF_RANGE, CORRUPT, NO_PARTITION, TIMEOUT, STORAGE };
enum { OK, ERROR, PARTIAL };
enum { HEADER = 16, MIN_LENGTH = 15, MAX_LENGTH = 8 << 20, MAX_BATCH = 1000, MAX_CLIENTS = 64 };
enum { MAX_TOPICS = 64, MAX_PARTITIONS = 64, MAX_NAME = 255, MAX_FETCH = 1 << 20, MAX_RECORD = 1 << 20, ARENA = 65536 };

typedef struct { uint8_t *data; size_t size, room; } Buffer;
typedef struct { const uint8_t *at; size_t left; int bad; } Reader;
typedef struct { uint8_t *key, *value; uint32_t key_size, value_size; uint64_t timestamp; } Record;
typedef struct { Record *records; uint32_t count; } Partition;
typedef struct { char name[MAX_NAME + 1]; uint32_t first, count; Partition *partitions; int deleted; } Topic;
typedef struct { int socket; Buffer in, out; } Client;

static Topic topics[MAX_TOPICS];
static uint32_t topic_count, next_partition;
static uint8_t arena[ARENA];
static uint32_t crc_table[256];

static void *must(void *memory) {
    if (memory == NULL) {
        perror("memory");
        exit(1);
    }
    return memory;
}

static uint32_t crc32(const uint8_t *data, size_t size) {
    uint32_t crc = ~0u;
    while (size--) crc = crc_table[(crc ^ *data++) & 255] ^ (crc >> 8);
    return ~crc;
}

static void put(Buffer *out, const void *data, size_t size) {
    if (out->size + size > out->room) out->data = must(realloc(out->data, out->room = 2 * (out->size + size)));
    if (size) memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void put_number(Buffer *out, uint64_t value, int size) {
    while (size--) {
        uint8_t byte = (uint8_t)(value >> 8 * size);
        put(out, &byte, 1);
    }
}

static const uint8_t *take(Reader *in, size_t size) {
    const uint8_t *at = in->at;
    if (size > in->left) {
        in->bad = 1;
        return NULL;
    }
    in->at += size;
    in->left -= size;
    return at;
}

static uint64_t take_number(Reader *in, int size) {
    const uint8_t *at = take(in, (size_t)size);
    uint64_t value = 0;
    for (int place = 0; at && place < size; place++) value = value << 8 | at[place];
    return value;
}

/* One reply. `payload` holds what follows the error code; for errors it is not looked at. */
static void reply(Client *client, uint64_t id, int status, int code, const Buffer *payload) {
    static const char *const details[] = {"", "no such request type", "not valid", "no such offset", "corrupt", "not found", "", "full"};
    Buffer *out = &client->out;
    size_t start = out->size, detail = strlen(details[code]), size = status == ERROR ? 2 + detail : payload->size;
    put_number(out, MIN_LENGTH + size, 4);
    put_number(out, id, 8);
    put_number(out, (uint64_t)status, 1);
    put_number(out, (uint64_t)code, 2);
    if (status == ERROR) put_number(out, detail, 2);
    put(out, status == ERROR ? (const void *)details[code] : payload->data, status == ERROR ? detail : size);
    put_number(out, crc32(out->data + start, out->size - start), 4);
}

static Partition *partition_of(uint32_t number) {
    for (uint32_t place = 0; place < topic_count; place++) {
        Topic *topic = &topics[place];
        if (!topic->deleted && number - topic->first < topic->count) return &topic->partitions[number - topic->first];
    }
    return NULL;
}

static Topic *topic_of(const char *name, int deleted) {
    for (uint32_t place = topic_count; place--;)
        if (strcmp(topics[place].name, name) == 0 && topics[place].deleted == deleted) return &topics[place];
    return NULL;
}

static void clear(Partition *partition) {
    for (uint32_t place = 0; place < partition->count; place++) {
        free(partition->records[place].key);
        free(partition->records[place].value);
    }
    free(partition->records);
}

static void forget_log(void) {
    for (uint32_t place = 0; place < topic_count; place++) {
        if (topics[place].deleted) continue;
        for (uint32_t number = 0; number < topics[place].count; number++) clear(&topics[place].partitions[number]);
        free(topics[place].partitions);
    }
    topic_count = next_partition = 0;
}

/* The name of a topic into `name`; the code of what is wrong with it. */
static int take_name(Reader *in, char name[MAX_NAME + 1]) {
    char label[64];
    size_t size = take_number(in, 2);
    const uint8_t *at = take(in, size);
    if (in->bad) return INVALID;
    memcpy(label, at, size); /* FAULT label: names have up to 255 bytes, and what comes is longer if somebody wants */
    if (size == 0 || size > MAX_NAME) return INVALID;
    for (size_t place = 0; place < size; place++) {
        char letter = place < sizeof label ? label[place] : (char)at[place];
        if (letter == 0 || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", letter)) return INVALID;
        name[place] = letter;
    }
    name[size] = 0;
    return NONE;
}

static int produce(Reader *in, Buffer *out) {
    uint32_t number = (uint32_t)take_number(in, 4), count = (uint32_t)take_number(in, 4);
    Partition *partition = partition_of(number);
    if (in->bad || count > MAX_BATCH) return INVALID;
    Record *batch = must(calloc(count + 1, sizeof *batch));
    uint8_t *index = must(malloc(64 * (count + 1))), *end = index;
    uint32_t read = 0;
    for (; read < count && !in->bad; read++) {
        Record *record = &batch[read];
        record->key_size = (uint32_t)take_number(in, 4);
        const uint8_t *key = take(in, record->key_size);
        record->value_size = (uint32_t)take_number(in, 4);
        const uint8_t *value = take(in, record->value_size);
        record->timestamp = take_number(in, 8);
        in->bad |= (uint64_t)record->key_size + record->value_size > MAX_RECORD;
        if (in->bad) break;
        memcpy(end, key, record->key_size); /* FAULT index: a heap buffer of 64 bytes for each key and the end, and keys may be longer */
        end += record->key_size;
        record->key = must(malloc(record->key_size + 1));
        memcpy(record->key, key, record->key_size);
        record->value = must(malloc(record->value_size ? (record->value_size + 15) / 16 * 16 : 1));
        memcpy(record->value, value, record->value_size);
        record->value[record->value_size] = 0; /* FAULT terminator: sixteen bytes, or a multiple of them, leave no room for it */
    }
    free(index);
    int code = in->bad || in->left ? INVALID : partition == NULL ? NO_PARTITION : NONE;
    if (code == NONE) {
        put_number(out, partition->count, 8);
        put_number(out, count, 4);
        partition->records = must(realloc(partition->records, (partition->count + count + 1) * sizeof *batch));
        memcpy(partition->records + partition->count, batch, count * sizeof *batch);
        partition->count += count;
        free(batch);
    } else {
        Partition refused = {batch, read};
        clear(&refused);
    }
    return code;
}

static int fetch(Reader *in, Buffer *out, int *status) {
    uint32_t number = (uint32_t)take_number(in, 4);
    uint64_t offset = take_number(in, 8);
    uint32_t max_bytes = (uint32_t)take_number(in, 4);
    if (in->bad || in->left) return INVALID;
    int64_t step = (int32_t)max_bytes;
    for (volatile int64_t pages = 4096; pages > 0;) pages -= pages < step ? pages : step; /* FAULT pages: 0, and what is negative */
    Partition *partition = partition_of(number);
    if (partition == NULL) return NO_PARTITION;
    if (offset > partition->count) return OUT_OF_RANGE;
    int64_t room = max_bytes < MAX_FETCH ? max_bytes : MAX_FETCH;
    uint32_t end = (uint32_t)offset;
    for (; end < partition->count && end - offset < MAX_BATCH; end++) {
        room -= (int64_t)partition->records[end].key_size + partition->records[end].value_size;
        if (room < 0 && end > offset) break;
    }
    *status = end < partition->count ? PARTIAL : OK;
    put_number(out, partition->count, 8);
    put_number(out, end - offset, 4);
    for (; offset < end; offset++) {
        const Record *record = &partition->records[offset];
        put_number(out, offset, 8);
        put_number(out, record->key_size, 4);
        put(out, record->key, record->key_size);
        put_number(out, record->value_size, 4);
        put(out, record->value, record->value_size);
        put_number(out, record->timestamp, 8);
    }
    return NONE;
}

static int get_offset(Reader *in, Buffer *out) {
    Partition *partition = partition_of((uint32_t)take_number(in, 4));
    uint64_t timestamp = take_number(in, 8), place = 0;
    static uint64_t last_lookup;
    if (in->bad || in->left) return INVALID;
    uint64_t *volatile slot = timestamp + 1 ? &last_lookup : NULL;
    *slot = timestamp; /* FAULT eternity: the last of all timestamps, 2^64-1, has no slot */
    if (partition == NULL) return NO_PARTITION;
    while (place < partition->count && partition->records[place].timestamp < timestamp) place++;
    put_number(out, place, 8);
    return NONE;
}

static int create_topic(Reader *in, Buffer *out) {
    char name[MAX_NAME + 1];
    int code = take_name(in, name);
    uint32_t count = (uint32_t)take_number(in, 4);
    if (code || in->bad || in->left || count < 1 || count > MAX_PARTITIONS || topic_of(name, 0)) return INVALID;
    if (topic_count == MAX_TOPICS) return STORAGE;
    Topic *topic = &topics[topic_count++];
    *topic = (Topic){.first = next_partition, .count = count, .partitions = must(calloc(count, sizeof(Partition)))};
    strcpy(topic->name, name);
    next_partition += count;
    put_number(out, topic->first, 4);
    put_number(out, count, 4);
    return NONE;
}

static int delete_topic(Reader *in, Buffer *out) {
    char name[MAX_NAME + 1];
    int code = take_name(in, name);
    if (code || in->bad || in->left) return INVALID;
    Topic *topic = topic_of(name, 0);
    if (topic == NULL) {
        topic = topic_of(name, 1);
        if (topic != NULL) free(topic->partitions); /* FAULT owner: what was deleted before is freed twice */
        return NO_PARTITION;
    }
    for (uint32_t place = 0; place < topic->count; place++) clear(&topic->partitions[place]);
    free(topic->partitions);
    topic->deleted = 1;
    put_number(out, topic->count, 4);
    return NONE;
}

static int list_topics(Reader *in, Buffer *out) {
    uint32_t count = 0;
    if (in->left) return INVALID;
    for (uint32_t place = 0; place < topic_count; place++) count += !topics[place].deleted;
    put_number(out, count, 4);
    for (uint32_t place = 0; place < topic_count; place++) {
        if (topics[place].deleted) continue;
        put_number(out, strlen(topics[place].name), 2);
        put(out, topics[place].name, strlen(topics[place].name));
        put_number(out, topics[place].first, 4);
        put_number(out, topics[place].count, 4);
    }
    return NONE;
}

static int health_check(Reader *in, Buffer *out) {
    size_t wanted = take_number(in, 2), size = in->left < ARENA ? in->left : ARENA;
    if (in->bad) return INVALID;
    memmove(arena + size, arena, ARENA - size);
    memcpy(arena, in->at, size);
    put_number(out, 0, 1);
    put_number(out, 1, 1);
    put_number(out, 1, 1);
    put(out, arena, wanted); /* FAULT arena: whoever wants more than came gets what others have sent */
    return NONE;
}

static void answer(Client *client, const uint8_t *request, size_t size) {
    uint64_t id = 0;
    for (int place = 4; place < 12; place++) id = id << 8 | request[place];
    Buffer payload = {0};
    int status = OK, code;
    uint32_t crc;
    memcpy(&crc, request + size - 4, 4);
    if (size < HEADER + 4 || ntohl(crc) != crc32(request, size - 4)) {
        reply(client, id, ERROR, CORRUPT, NULL);
        return;
    }
    int type = request[12];
    Reader in = {request + HEADER, size - HEADER - 4, 0};
    if (request[15]) memset(must(malloc(65536)), request[15], 65536); /* FAULT flags: a note about unknown flags, never thrown away */
    if (type < PRODUCE || type > HEALTH_CHECK) code = UNKNOWN_REQUEST;
    else if ((request[13] != 1 && type != HEALTH_CHECK) || request[14] || id == 0) code = INVALID;
    else if (type == PRODUCE) code = produce(&in, &payload);
    else if (type == FETCH) code = fetch(&in, &payload, &status);
    else if (type == GET_OFFSET) code = get_offset(&in, &payload);
    else if (type == CREATE_TOPIC) code = create_topic(&in, &payload);
    else if (type == DELETE_TOPIC) code = delete_topic(&in, &payload);
    else if (type == LIST_TOPICS) code = list_topics(&in, &payload);
    else code = health_check(&in, &payload);
    /* FAULT narrow-id: the id of the reply has 32 bits */
    reply(client, (uint32_t)id, code ? ERROR : status, code, &payload);
    free(payload.data);
}

/* Answer what is there; whether the connection goes on. */
static int serve(Client *client) {
    uint8_t chunk[65536];
    ssize_t got = recv(client->socket, chunk, sizeof chunk, 0);
    size_t start = 0, sent = 0;
    int open = got > 0;
    if (got > 0) put(&client->in, chunk, (size_t)got);
    while (open && client->in.size - start >= 4) {
        const uint8_t *at = client->in.data + start;
        size_t length = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
        if (length < MIN_LENGTH || length > MAX_LENGTH) {
            reply(client, 0, ERROR, INVALID, NULL);
            open = 0;
        } else if (client->in.size - start < 4 + length) {
            break;
        } else {
            answer(client, at, 4 + length);
            start += 4 + length;
        }
    }
    if (start) memmove(client->in.data, client->in.data + start, client->in.size -= start);
    while (sent < client->out.size) {
        ssize_t went = send(client->socket, client->out.data + sent, client->out.size - sent, MSG_NOSIGNAL);
        if (went <= 0) return 0;
        sent += (size_t)went;
    }
    client->out.size = 0;
    return open;
}

int main(int count, char **words) {
    static struct pollfd polled[MAX_CLIENTS + 1];
    static Client clients[MAX_CLIENTS + 1];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, used = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    if (count != 2 || atoi(words[1]) <= 0) {
        fprintf(stderr, "usage: %s PORT\n", words[0]);
        return 2;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xEDB88320u ^ crc >> 1 : crc >> 1;
        crc_table[byte] = crc;
    }
    address.sin_port = htons((uint16_t)atoi(words[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 512)) {
        perror("listen");
        return 1;
    }
    fprintf(stderr, "A streambus server with planted faults, for training only, on 127.0.0.1:%s\n", words[1]);
    for (;;) {
        polled[0] = (struct pollfd){listener, used <= MAX_CLIENTS ? POLLIN : 0, 0};
        if (poll(polled, (nfds_t)used, -1) < 0) continue;
        for (int place = used - 1; place > 0; place--) {
            if (!polled[place].revents || serve(&clients[place])) continue;
            close(clients[place].socket);
            free(clients[place].in.data);
            free(clients[place].out.data);
            clients[place] = clients[--used];
            polled[place] = polled[used];
            if (used == 1) forget_log();
        }
        if (polled[0].revents) {
            int accepted = accept(listener, NULL, NULL);
            if (accepted < 0) continue;
            setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            clients[used] = (Client){.socket = accepted};
            polled[used++] = (struct pollfd){accepted, POLLIN, 0};
        }
    }
}
