//  SPDX-License-Identifier: MIT
//
//  bench_transfer - our transfer measured against bare PUSH and PULL sockets
//
//  A file that is in memory goes from one process to another, which does not
//  keep it, in chunks of 256 KiB: by zp_sender and zp_receiver, and by a PUSH
//  that reads and a PULL. Bare sockets have no check, no end, and no more
//  control of the flow than a high-water mark. Once with no hash of the whole,
//  as ranges are got, and once with: then the bare ones hash, too. What is
//  measured is the time from the first chunk to the end, and the most memory
//  that our two ends took.

#define _GNU_SOURCE

#include <czmq.h>
#include <fcntl.h>
#include <getopt.h>
#include <time.h>

#include "figure.h"
#include "part.h"
#include "words.h"
#include "zp_digest.h"
#include "zp_receiver.h"
#include "zp_sender.h"

#define CHUNK (256 * 1024)
#define HWM   8  // Chunks at each bare socket: both as many as our window

typedef struct {
    const char *endpoint;  // Of the sender
    const char *folder;    // Of the file "object"
    uint64_t size;         // Of that
    bool hash;             // Hash the whole
} s_cell_t;

//  What a receiver tells
typedef struct {
    double seconds;  // It took
    double memory;   // MiB that it took at most; 0: not told
} s_told_t;

static double
s_now (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

//  MiB that a process took at most since it became this program
static double
s_memory (pid_t pid)
{
    char path[32], line[128];
    double kib = 0;
    snprintf (path, sizeof path, "/proc/%d/status", (int) pid);
    FILE *status = fopen (path, "r");
    while (status && fgets (line, sizeof line, status))
        sscanf (line, "VmHWM: %lf", &kib);
    if (status)
        fclose (status);
    return kib / 1024;
}

static void
s_tell (double seconds)
{
    s_told_t told = {seconds, s_memory (getpid ())};
    part_check (write (STDOUT_FILENO, &told, sizeof told) == sizeof told,
                "write");
}

//  Bare sockets

static void
s_bare_sender (const s_cell_t *cell)
{
    zsock_t *push = zsock_new (ZMQ_PUSH);
    zsock_set_sndhwm (push, HWM);
    part_check (zsock_bind (push, "%s", cell->endpoint) != -1, "bind");
    char *path = zsys_sprintf ("%s/object", cell->folder);
    int fd = open (path, O_RDONLY);
    zp_digest_t *digest = zp_digest_new ();
    for (uint64_t at = 0; at < cell->size; at += CHUNK) {
        zmq_msg_t chunk;
        zmq_msg_init_size (&chunk, CHUNK);
        part_check (pread (fd, zmq_msg_data (&chunk), CHUNK, (off_t) at) ==
                        CHUNK,
                    "pread");
        if (cell->hash)
            zp_digest_pass (digest, at,
                            (zp_span_t){zmq_msg_data (&chunk), CHUNK});
        zmq_msg_send (&chunk, zsock_resolve (push), 0);
    }
    pause ();
}

static void
s_bare_receiver (const s_cell_t *cell)
{
    zsock_t *pull = zsock_new (ZMQ_PULL);
    zsock_set_rcvhwm (pull, HWM);
    zsock_connect (pull, "%s", cell->endpoint);
    zp_digest_t *digest = zp_digest_new ();
    double begun = 0;
    for (uint64_t at = 0; at < cell->size; at += CHUNK) {
        zmq_msg_t chunk;
        zmq_msg_init (&chunk);
        zmq_msg_recv (&chunk, zsock_resolve (pull), 0);
        if (at == 0)
            begun = s_now ();
        if (cell->hash)
            zp_digest_pass (digest, at,
                            (zp_span_t){zmq_msg_data (&chunk), CHUNK});
        zmq_msg_close (&chunk);
    }
    s_tell (s_now () - begun);
    pause ();
}

//  Ours

static void
s_our_sender (const s_cell_t *cell)
{
    zloop_t *loop = zloop_new ();
    zp_server_t *server = zp_server_new (loop, NULL);
    zp_sender_options_t options = ZP_SENDER_DEFAULTS;
    options.folder = cell->folder;
    char text[ZP_TRANSFER_TEXT];
    part_check (zp_sender_new (loop, server, &options, text), "sender");
    part_check (zp_server_bind (server, cell->endpoint) == ZP_OK, "bind");
    zp_server_run (server);
}

typedef struct {
    bool hash;            // It is wanted
    double begun;         // The first bytes came
    zp_digest_t *digest;  // Of them
} s_reader_t;

static size_t
s_on_data (void *arg, uint64_t offset, zp_span_t data)
{
    s_reader_t *self = arg;
    if (offset == 0)
        self->begun = s_now ();
    if (self->hash)
        zp_digest_pass (self->digest, offset, data);
    return data.size;
}

static void
s_on_done (void *arg, const zp_get_end_t *end)
{
    s_reader_t *self = arg;
    char hash[ZP_TRANSFER_HASH + 1];
    zp_digest_end (self->digest, hash);
    part_check (end->status == ZP_OK, end->text);
    part_check (!self->hash || strcmp (hash, end->hash) == 0, "hash");
    s_tell (s_now () - self->begun);
}

static void
s_our_receiver (const s_cell_t *cell)
{
    zloop_t *loop = zloop_new ();
    zp_receiver_t *receiver = zp_receiver_new (loop, NULL);
    part_check (zp_receiver_connect (receiver, cell->endpoint) == ZP_OK,
                "connect");
    s_reader_t reader = {.hash = cell->hash, .digest = zp_digest_new ()};
    zp_get_t get = {.name = "object",
                    .hash = cell->hash,
                    .on_data = s_on_data,
                    .on_done = s_on_done,
                    .arg = &reader};
    zp_receiver_get (receiver, &get);
    zloop_start (loop);
}

static const struct {
    const char *name;                   // Of the part
    void (*fn) (const s_cell_t *cell);  // What it does
} s_parts[] = {{"bare-sender", s_bare_sender},
               {"bare-receiver", s_bare_receiver},
               {"our-sender", s_our_sender},
               {"our-receiver", s_our_receiver}};

//  Be a part, if this program was started as one
static void
s_be_part (char *argv[])
{
    for (size_t i = 0; i < sizeof s_parts / sizeof *s_parts; i++)
        if (streq (argv[0], s_parts[i].name)) {
            s_cell_t cell = {argv[1], argv[2], strtoull (argv[3], NULL, 10),
                             streq (argv[4], "hash")};
            s_parts[i].fn (&cell);
            exit (0);
        }
}

typedef struct {
    double rate;       // MiB a second
    double memory[2];  // MiB, of sender and receiver
} s_measured_t;

static s_measured_t
s_measure (const s_cell_t *cell, bool ours)
{
    char size[24];
    snprintf (size, sizeof size, "%" PRIu64, cell->size);
    part_t part[2];
    for (int i = 0; i < 2; i++) {
        char *argv[] = {(char *) s_parts[2 * ours + i].name,
                        (char *) cell->endpoint,
                        (char *) cell->folder,
                        size,
                        cell->hash ? "hash" : "plain",
                        NULL};
        part[i] = part_start (argv, PART_ALL);
    }
    s_told_t told;
    bool well = part_read (&part[1], &told, sizeof told);
    s_measured_t measured = {.rate =
                                 (double) cell->size / 1048576 / told.seconds,
                             .memory = {s_memory (part[0].pid), told.memory}};
    for (int i = 0; i < 2; i++)
        part_end (&part[i]);
    part_wait ();
    if (part_interrupted ())
        exit (128 + part_interrupted ());
    part_check (well, "a part has ended");
    return measured;
}

static void
s_help (void)
{
    puts ("Usage: bench-transfer [--rounds N] [--quick] [--json]\n\n"
          "1 GiB from one process to another, in chunks of 256 KiB, over tcp "
          "and ipc, with\nand without a hash of the whole: ours, and bare PUSH "
          "and PULL sockets.\n\n"
          "  --rounds N  default 7\n"
          "  --quick     one round of 32 MiB\n"
          "  --json      for a program");
}

typedef struct {
    s_measured_t by[ROUNDS_MAX][2];  // Bare (0) or ours (1)
} s_column_t;

static void
s_report (bool json, const s_cell_t *cell, const s_column_t *column, int rounds)
{
    double values[3][ROUNDS_MAX], memory[2] = {0, 0};
    figure_t figure[3];
    for (int i = 0; i < rounds; i++) {
        const s_measured_t *by = column->by[i];
        values[0][i] = by[0].rate;
        values[1][i] = by[1].rate;
        values[2][i] = by[1].rate / by[0].rate;
        for (int end = 0; end < 2; end++)
            if (memory[end] < by[1].memory[end])
                memory[end] = by[1].memory[end];
    }
    for (int i = 0; i < 3; i++)
        figure[i] = figure_of (values[i], rounds);
    if (json) {
        printf ("{\"transport\": \"%.3s\", \"hash\": %s, \"sender_mib\": %.1f, "
                "\"receiver_mib\": %.1f",
                cell->endpoint, cell->hash ? "true" : "false", memory[0],
                memory[1]);
        figure_print_json ("bare", &figure[0]);
        figure_print_json ("ours", &figure[1]);
        figure_print_json ("ratio", &figure[2]);
        printf ("}");
        return;
    }
    printf ("%.3s %-7s %10.0f %10.0f   ", cell->endpoint,
            cell->hash ? "hash" : "no hash", figure[0].median,
            figure[1].median);
    figure_print_ratio (&figure[2]);
    printf ("   %.1f and %.1f MiB\n", memory[0], memory[1]);
}

//  Measure all, and print what was found
static void
s_run (const char *folder, uint64_t size, int rounds, bool json)
{
    char ipc[64];
    snprintf (ipc, sizeof ipc, "ipc://%s/socket", folder);
    char tcp[32];
    s_cell_t cells[] = {{tcp, folder, size, false},
                        {tcp, folder, size, true},
                        {ipc, folder, size, false},
                        {ipc, folder, size, true}};
    static s_column_t columns[4];
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < 4; i++)
            for (int turn = 0; turn < 2; turn++) {
                int ours = (round + turn) % 2;  // In turns the first
                snprintf (tcp, sizeof tcp, "tcp://127.0.0.1:%d",
                          part_free_port ());
                columns[i].by[round][ours] = s_measure (&cells[i], ours);
            }
    if (!json)
        puts ("            bare, MiB/s ours, MiB/s   ours by bare   memory of "
              "ours");
    for (int i = 0; i < 4; i++) {
        fputs (json ? i ? ", " : "[" : "", stdout);
        s_report (json, &cells[i], &columns[i], rounds);
    }
    fputs (json ? "]\n" : "", stdout);
}

int
main (int argc, char *argv[])
{
    s_be_part (argv);
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"quick", no_argument, NULL, 'q'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int rounds = 7, option;
    uint64_t size = (uint64_t) 1 << 30;
    bool json = false;
    while ((option = getopt_long (argc, argv, "", names, NULL)) != -1)
        switch (option) {
        case 'r':
            rounds = (int) words_number ("rounds", optarg, 1, ROUNDS_MAX);
            break;
        case 'q':
            rounds = 1;
            size = 32 << 20;
            break;
        case 'j':
            json = true;
            break;
        case 'h':
            s_help ();
            return 0;
        default:
            return 2;
        }
    if (optind < argc) {
        fprintf (stderr, "E: what is %s? (try --help)\n", argv[optind]);
        return 2;
    }
    part_catch_signals ();
    char folder[] = "/tmp/bench-transfer-XXXXXX";
    part_check (mkdtemp (folder), "mkdtemp");
    char *path = zsys_sprintf ("%s/object", folder);
    int fd = open (path, O_CREAT | O_RDWR, 0600);
    part_check (fd != -1 && ftruncate (fd, (off_t) size) == 0, path);
    close (fd);
    s_run (folder, size, rounds, json);
    char *socket = zsys_sprintf ("%s/socket", folder);
    unlink (path);
    unlink (socket);
    rmdir (folder);
    free (path);
    free (socket);
    return 0;
}
